package careerjet

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"strings"
)

// boundaryPrefix is the prefix of curl's boundaries, by which the protocol's documentation shows a request.
const boundaryPrefix = "------------------------"

// field is a text part.
type field struct {
	name  string
	value *string
}

// fields returns the text parts in the order of the protocol's documentation. The part cv comes after the first cvAt of them.
func (a *Application) fields() []field {
	return []field{
		{"job_id", &a.JobID},
		{"firstname", &a.FirstName},
		{"lastname", &a.LastName},
		{"email", &a.Email},
		{"phone_number", &a.PhoneNumber},
		{"cover_letter", &a.CoverLetter},
		{"uuid", &a.UUID},
		{"candidate_ip", &a.CandidateIP},
		{"candidate_user_agent", &a.CandidateUserAgent},
		{"source_signature", &a.SourceSignature},
	}
}

const cvAt = 5

// Encoded is an application that is ready to be sent. The same application always has the same bytes, so that every attempt to
// send it is the same request.
type Encoded struct {
	app      Application
	boundary string
}

// Encode prepares an application for sending.
func Encode(a Application) Encoded {
	h := sha256.New()
	for _, f := range a.fields() {
		_, _ = io.WriteString(h, *f.value+"\x00")
	}
	if a.CV != nil {
		_, _ = h.Write(a.CV.Content)
	}
	// An application cannot contain its own hash, so the boundary does not occur in it.
	return Encoded{app: a, boundary: boundaryPrefix + hex.EncodeToString(h.Sum(nil))[:22]}
}

// ContentType returns the value of the Content-Type header.
func (e Encoded) ContentType() string { return "multipart/form-data; boundary=" + e.boundary }

// WriteTo writes the body. Errors are those of w.
func (e Encoded) WriteTo(w io.Writer) (int64, error) {
	out := &counter{w: w}
	for i, f := range e.app.fields() {
		if i == cvAt {
			e.writeCV(out)
		}
		out.text("--" + e.boundary + "\r\nContent-Disposition: form-data; name=\"" + f.name + "\"\r\n\r\n" + *f.value + "\r\n")
	}
	out.text("--" + e.boundary + "--\r\n")
	if out.err != nil {
		return out.n, fmt.Errorf("careerjet: write: %w", out.err)
	}
	return out.n, nil
}

// Bytes returns the whole body.
func (e Encoded) Bytes() []byte {
	var b bytes.Buffer
	if e.app.CV != nil {
		b.Grow(len(e.app.CV.Content) + len(e.app.CoverLetter) + 4<<10)
	}
	_, _ = e.WriteTo(&b) // writing to a buffer cannot fail
	return b.Bytes()
}

// writeCV writes the part cv. Without a file it writes what a browser sends when no file was chosen: the part is never missing.
func (e Encoded) writeCV(out *counter) {
	cv := e.app.CV
	if cv == nil {
		cv = &File{}
	}
	out.text("--" + e.boundary + "\r\nContent-Disposition: form-data; name=\"cv\"; filename=\"" + escape(cv.Name) + "\"\r\n" +
		"Content-Type: " + mediaType(cv.MediaType) + "\r\n\r\n")
	out.bytes(cv.Content)
	out.text("\r\n")
}

// escape escapes a file name for a quoted parameter, as browsers and curl do.
func escape(name string) string {
	return strings.NewReplacer(`"`, "%22", "\r", "%0D", "\n", "%0A").Replace(name)
}

// mediaType returns a claimed media type if it is valid, because it is written into a header.
func mediaType(claimed string) string {
	if t, params, err := mime.ParseMediaType(claimed); err == nil {
		if formatted := mime.FormatMediaType(t, params); formatted != "" {
			return formatted
		}
	}
	return "application/octet-stream"
}

// counter counts the bytes that it writes, and writes nothing more after an error.
type counter struct {
	w   io.Writer
	n   int64
	err error
}

func (c *counter) text(s string) { c.bytes([]byte(s)) }

func (c *counter) bytes(b []byte) {
	if c.err != nil {
		return
	}
	n, err := c.w.Write(b)
	c.n, c.err = c.n+int64(n), err
}
