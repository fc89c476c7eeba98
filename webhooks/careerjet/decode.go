package careerjet

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Limits of what Decode reads.
const (
	// MaxCV is the largest size of a CV, in bytes. Of a larger one only its name is kept.
	MaxCV = 10 << 20
	// MaxBody is the largest size of a request, in bytes: what identifies an application comes after its CV, so one that is
	// too large is read over.
	MaxBody = 3*MaxCV + 2<<20
	// maxParts is the largest number of parts, known or unknown, that are looked at.
	maxParts = 64
	// maxDepth is how deep parts may be nested.
	maxDepth = 4
)

// limits are the largest sizes of the texts, in bytes, at which they are cut. A character takes up to four.
var limits = map[string]int64{
	"job_id": 400, "firstname": 400, "lastname": 400, "email": 1000, "phone_number": 200, "cover_letter": 80_000,
	"uuid": 100, "candidate_ip": 100, "candidate_user_agent": 8 << 10, "source_signature": 100,
}

// FaultError says why a request is not an application. Reason may be logged: it has no data of the request except names of
// parts.
type FaultError struct {
	Reason string
	// TooLarge means that the body exceeds its limit.
	TooLarge bool
}

func (f *FaultError) Error() string { return "careerjet: " + f.Reason }

// Decode reads an application from a request's body and its Content-Type. It writes nothing to a file.
//
// It takes what can be taken, because the protocol has no answer that says what is wrong: unknown parts are skipped, texts cut,
// and of a part that comes twice the first counts. But what identifies the application and its sender must not come twice with
// different values. Named parts within another part are taken as if they stood outside: curl, by which the protocol explains
// itself, reads a value that begins with a bracket, such as a telephone number, as the beginning of such parts. Decode does not
// check values and does not look for missing ones: the caller does, after it has checked the signature. With a *FaultError,
// Decode returns what it has read until then. Other errors are those of body.
func Decode(contentType string, body io.Reader) (Application, error) {
	var a Application
	t, params, err := mime.ParseMediaType(contentType)
	if err != nil || t != "multipart/form-data" {
		return a, &FaultError{Reason: "it is not multipart/form-data"}
	}
	// Programs that set the header by hand forget the boundary, or name another than they write: the body begins with it.
	begin := bufio.NewReaderSize(body, beginWithin)
	boundary := boundaryOf(begin, params["boundary"])
	if boundary == "" {
		return a, &FaultError{Reason: "it has no boundary"}
	}
	d := decoder{body: &capped{r: begin, left: MaxBody}, texts: map[string]*string{}, seen: map[string]bool{}}
	for _, f := range a.fields() {
		d.texts[f.name] = f.value
	}
	err = d.parts(multipart.NewReader(d.body, boundary), 0)
	a.CV = d.cv
	a.CandidateUserAgent = visible(a.CandidateUserAgent)
	a.Email = bareAddress(a.Email)
	return a, err
}

// beginWithin is how many bytes of a body are looked at for its boundary.
const beginWithin = 4096

// boundaryOf gives the boundary that the header names, unless the body begins with another one.
func boundaryOf(body *bufio.Reader, named string) string {
	head, _ := body.Peek(beginWithin) // a shorter body ends before
	line, rest, _ := bytes.Cut(bytes.TrimLeft(head, "\r\n"), []byte("\n"))
	line = bytes.TrimRight(line, "\r \t")
	if written, ok := bytes.CutPrefix(line, []byte("--")); ok && len(written) > 0 && len(written) <= 70 &&
		bytes.HasPrefix(bytes.ToLower(rest), []byte("content-")) && (named == "" || !bytes.HasPrefix(line, []byte("--"+named))) {
		return string(written)
	}
	return named
}

// bareAddress is an email address without what people write around it.
func bareAddress(s string) string {
	s = strings.TrimSpace(s)
	if a, err := mail.ParseAddress(s); err == nil && !strings.ContainsAny(a.Address, " \"") {
		return a.Address
	}
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s, _, _ = strings.Cut(s[7:], "?")
	}
	return strings.Trim(s, "<>,; ")
}

type decoder struct {
	body  *capped
	texts map[string]*string
	seen  map[string]bool
	cv    *File
	count int
}

// parts reads the parts of a form, or of one of its parts.
func (d *decoder) parts(parts *multipart.Reader, depth int) error {
	for ; d.count < maxParts; d.count++ {
		// The raw part: what is encoded is decoded below, so that a mistake in it does not cost the part.
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return d.body.fault(err, "the parts cannot be read")
		}
		if t, params, err := mime.ParseMediaType(part.Header.Get("Content-Type")); err == nil && strings.HasPrefix(t, "multipart/") && depth < maxDepth {
			if err := d.parts(multipart.NewReader(part, params["boundary"]), depth+1); err != nil {
				return err
			}
			continue
		}
		if err := d.part(part); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) part(part *multipart.Part) error {
	// FormName knows form-data alone, and parts within parts are attachments.
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil && params == nil {
		return nil
	}
	name := strings.ToLower(params["name"])
	if name == "cv" {
		if d.cv != nil {
			return nil
		}
		d.cv, err = d.readCV(part)
		return err
	}
	target := d.texts[name]
	if target == nil {
		return nil // NextRawPart skips the rest of the part
	}
	value, err := d.readText(part, name)
	switch {
	case err != nil:
		return err
	case !d.seen[name]:
		*target = value
	case identifies(name) && *target != value:
		return &FaultError{Reason: name + " comes twice"}
	}
	d.seen[name] = true
	return nil
}

// identifies tells whether a part says which application it is, and whose.
func identifies(name string) bool {
	return name == "job_id" || name == "uuid" || name == "source_signature"
}

// readText reads a text up to its limit. What is not UTF-8 is read as Windows-1252.
func (d *decoder) readText(part *multipart.Part, name string) (string, error) {
	b, err := d.readUpTo(part, name, limits[name])
	if err != nil {
		return "", err
	}
	b = bytes.TrimLeft(b, "\ufeff") // a file that a program of Windows has written, which curl can read a value from
	for cut := 0; cut < utf8.UTFMax && int64(len(b)) == limits[name] && !utf8.Valid(b); cut++ {
		b = b[:len(b)-1] // a character that was cut in two
	}
	if utf8.Valid(b) {
		return string(b), nil
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD"), nil //nolint:nilerr // it is read as far as it can be
	}
	return string(text), nil
}

// readCV returns nil when no file was chosen in the form.
func (d *decoder) readCV(part *multipart.Part) (*File, error) {
	content, err := d.readUpTo(part, "cv", MaxCV+1)
	if err != nil {
		return nil, err
	}
	name := visible(fileName(part)) // without directories
	if len(content) == 0 && name == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	f := &File{Name: name, MediaType: part.Header.Get("Content-Type"), Content: content}
	if len(content) > MaxCV {
		f.Content, f.TooLarge = nil, true
	}
	return f, nil
}

// fileName is the name of a file, in UTF-8 or in what else programs write there.
func fileName(part *multipart.Part) string {
	name := unescape(part.FileName())
	if decoded, err := new(mime.WordDecoder).DecodeHeader(name); err == nil {
		name = decoded
	}
	if utf8.ValidString(name) {
		return name
	}
	if text, err := charmap.Windows1252.NewDecoder().String(name); err == nil {
		return text
	}
	return strings.ToValidUTF8(name, "")
}

func unescape(name string) string {
	return strings.NewReplacer("%22", `"`, "%0D", "\r", "%0A", "\n").Replace(name)
}

// readUpTo reads what a part has, up to a limit. Browsers encode nothing; curl does with -F 'cv=@cv.pdf;encoder=base64'. What is not
// encoded as it says is taken as it stands.
func (d *decoder) readUpTo(part *multipart.Part, name string, limit int64) ([]byte, error) {
	encoding := strings.ToLower(strings.TrimSpace(part.Header.Get("Content-Transfer-Encoding")))
	longest := limit
	if encoding == "base64" || encoding == "quoted-printable" {
		longest = 3 * limit // the limit of a file of which each byte is written as three
	}
	b, err := io.ReadAll(io.LimitReader(part, longest))
	if err != nil {
		return nil, d.body.fault(err, name+" cannot be read")
	}
	var plain []byte
	switch encoding {
	case "base64":
		plain, err = io.ReadAll(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(b)))
	case "quoted-printable":
		plain, err = io.ReadAll(quotedprintable.NewReader(bytes.NewReader(b)))
	default:
		return b, nil
	}
	if err == nil {
		b = plain
	}
	return b[:min(int64(len(b)), limit)], nil
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
