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
	// MaxCV is the size of a CV in bytes.
	MaxCV = 10 << 20
	// MaxBody is the size of a request in bytes: a CV, the texts, and room for parts that are not known.
	MaxBody = MaxCV + 2<<20
	// maxParts bounds the parts, known or not.
	maxParts = 64
)

// limits are the sizes of the texts in bytes. A character takes up to four.
var limits = map[string]int64{
	"job_id": 400, "firstname": 400, "lastname": 400, "email": 1000, "phone_number": 200, "cover_letter": 80_000,
	"uuid": 100, "candidate_ip": 100, "candidate_user_agent": 8 << 10, "source_signature": 100,
}

// FaultError is why a request is not an application. Reason is fit for our log; it bears nothing of what was sent but names
// of parts.
type FaultError struct {
	Reason string
	// TooLarge tells that something exceeds its limit.
	TooLarge bool
}

func (f *FaultError) Error() string { return "careerjet: " + f.Reason }

// Decode reads an application from a request's body and its Content-Type. Nothing is written to a file.
//
// Parts that are not known are passed over: the protocol may grow. A known part that comes twice is refused, for which
// of the two the signature is about could not be told. Whether the values make sense, and whether anything is missing,
// is for the caller to judge, who looks at the signature first: on a *FaultError the application bears what was read until
// then. Other errors are those of body.
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
		// The raw part: a quoted-printable body is nothing that a form sends.
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
			continue // NextRawPart passes over the rest
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

// readCV gives nil for a form in which no file was chosen.
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

// visible drops control characters, which no program's name has and some databases cannot keep.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
}

var errTooLarge = errors.New("the body is too large")

// capped reads so far and no further, and remembers what went wrong below it.
type capped struct {
	r    io.Reader
	left int64
	err  error
}

func (c *capped) Read(p []byte) (int, error) {
	if c.left <= 0 {
		// A body of exactly the limit has ended here.
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

// fault says whose fault an error of the parser is: the connection's, which stays as it is, or the sender's.
func (c *capped) fault(err error, reason string) error {
	switch {
	case errors.Is(err, errTooLarge):
		return &FaultError{Reason: fmt.Sprintf("it has more than %d bytes", MaxBody), TooLarge: true}
	case c.err != nil:
		return c.err
	}
	return &FaultError{Reason: reason}
}
