package careerjet

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what Decode reads.
const (
	// MaxCV is the largest size of a CV, in bytes.
	MaxCV = 10 << 20
	// MaxBody is the largest size of a request, in bytes: a CV, the texts, and room for unknown parts.
	MaxBody = MaxCV + 2<<20
	// maxParts is the largest number of parts, known or unknown.
	maxParts = 64
)

// limits are the largest sizes of the texts, in bytes. A character takes up to four.
var limits = map[string]int64{
	"job_id": 400, "firstname": 400, "lastname": 400, "email": 1000, "phone_number": 200, "cover_letter": 80_000,
	"uuid": 100, "candidate_ip": 100, "candidate_user_agent": 8 << 10, "source_signature": 100,
}

// FaultError says why a request is not an application. Reason may be logged: it has no data of the request except names of
// parts.
type FaultError struct {
	Reason string
	// TooLarge means that a part or the body exceeds its limit.
	TooLarge bool
}

func (f *FaultError) Error() string { return "careerjet: " + f.Reason }

// Decode reads an application from a request's body and its Content-Type. It writes nothing to a file.
//
// It skips unknown parts, because the protocol may get more. It refuses a known part that comes twice, because the signature would
// not tell which of the two is meant. It does not check values and does not look for missing ones: the caller does, after it has
// checked the signature. With a *FaultError, Decode returns what it has read until then. Other errors are those of body.
func Decode(contentType string, body io.Reader) (Application, error) {
	var a Application
	t, params, err := mime.ParseMediaType(contentType)
	switch {
	case err != nil || t != "multipart/form-data":
		return a, &FaultError{Reason: "it is not multipart/form-data"}
	case params["boundary"] == "":
		return a, &FaultError{Reason: "it has no boundary"}
	}
	limited := &capped{r: body, left: MaxBody}
	parts := multipart.NewReader(limited, params["boundary"])
	texts := map[string]*string{}
	for _, f := range a.fields() {
		texts[f.name] = f.value
	}
	seen := map[string]bool{}
	for range maxParts {
		// The raw part, without decoding quoted-printable, which forms do not use.
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			a.CandidateUserAgent = visible(a.CandidateUserAgent)
			return a, nil
		}
		if err != nil {
			return a, limited.fault(err, "the parts cannot be read")
		}
		name := part.FormName()
		if known := name == "cv" || texts[name] != nil; !known {
			continue // NextRawPart skips the rest of the part
		}
		if seen[name] {
			return a, &FaultError{Reason: name + " comes twice"}
		}
		seen[name] = true
		if name == "cv" {
			a.CV, err = readCV(part, limited)
		} else {
			*texts[name], err = readText(part, limited, name)
		}
		if err != nil {
			return a, err
		}
	}
	return a, &FaultError{Reason: fmt.Sprintf("it has more than %d parts", maxParts)}
}

func readText(part *multipart.Part, body *capped, name string) (string, error) {
	if part.FileName() != "" {
		return "", &FaultError{Reason: name + " is a file"}
	}
	b, err := readUpTo(part, body, name, limits[name])
	if err != nil {
		return "", err
	}
	if !utf8.Valid(b) {
		return "", &FaultError{Reason: name + " is not UTF-8"}
	}
	return string(b), nil
}

// readCV returns nil when no file was chosen in the form.
func readCV(part *multipart.Part, body *capped) (*File, error) {
	content, err := readUpTo(part, body, "cv", MaxCV)
	if err != nil {
		return nil, err
	}
	name := unescape(part.FileName()) // without directories
	switch {
	case len(content) == 0 && name == "":
		return nil, nil //nolint:nilnil // there is none
	case name == "":
		return nil, &FaultError{Reason: "cv is not a file"}
	case !utf8.ValidString(name):
		return nil, &FaultError{Reason: "the name of the file in cv is not UTF-8"}
	}
	return &File{Name: name, MediaType: part.Header.Get("Content-Type"), Content: content}, nil
}

func unescape(name string) string {
	return strings.NewReplacer("%22", `"`, "%0D", "\r", "%0A", "\n").Replace(name)
}

func readUpTo(part io.Reader, body *capped, name string, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(part, limit+1))
	switch {
	case err != nil:
		return nil, body.fault(err, name+" cannot be read")
	case int64(len(b)) > limit:
		return nil, &FaultError{Reason: fmt.Sprintf("%s has more than %d bytes", name, limit), TooLarge: true}
	}
	return b, nil
}

// visible removes control characters: no user agent needs them, and PostgreSQL cannot store NUL.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
}

var errTooLarge = errors.New("the body is too large")

// capped reads at most left bytes. It keeps an error of the reader below it.
type capped struct {
	r    io.Reader
	left int64
	err  error
}

func (c *capped) Read(p []byte) (int, error) {
	if c.left <= 0 {
		// A body that has exactly the limit ends here.
		if n, err := io.ReadFull(c.r, make([]byte, 1)); n == 0 && errors.Is(err, io.EOF) {
			return 0, io.EOF
		}
		return 0, errTooLarge
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err //nolint:wrapcheck // io.EOF must stay itself
}

// fault returns an error of the connection unchanged, and a *FaultError for any other error of the parser.
func (c *capped) fault(err error, reason string) error {
	switch {
	case errors.Is(err, errTooLarge):
		return &FaultError{Reason: fmt.Sprintf("it has more than %d bytes", MaxBody), TooLarge: true}
	case c.err != nil:
		return c.err
	}
	return &FaultError{Reason: reason}
}
