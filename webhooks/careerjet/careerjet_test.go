package careerjet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/textproto"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// sample is an application with values that are difficult to encode.
func sample() Application {
	a := Application{
		JobID: "PL-001", FirstName: "Zoë", LastName: `O"Neill`, Email: "zoe@example.com", PhoneNumber: "",
		CV:          &File{Name: `my "new" CV.pdf`, MediaType: "application/pdf", Content: []byte("%PDF-1.7\r\n--\r\n\x00\xff\r\n")},
		CoverLetter: "Dear all,\r\n\r\nI apply.\nZoë", UUID: "0a6ed2c3-3c7f-4f6d-9d0e-6a3f5f7a1b2c",
		CandidateIP: "2001:db8::1", CandidateUserAgent: "Mozilla/5.0 (X11; Linux x86_64)",
	}
	a.SourceSignature = Sign(a.UUID, "s3cret")
	return a
}

// TestSign compares the signature with values made with md5sum.
func TestSign(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ uuid, secret, want string }{
		{"", "", "d41d8cd98f00b204e9800998ecf8427e"},
		{"abc", "", "900150983cd24fb0d6963f7d28e17f72"},
		{"a", "bc", "900150983cd24fb0d6963f7d28e17f72"},
		{"0a6ed2c3-3c7f-4f6d-9d0e-6a3f5f7a1b2c", "s3cret", "47574e2643495adf71c043e558c0f0c0"},
	} {
		if got := Sign(tc.uuid, tc.secret); got != tc.want {
			t.Errorf("Sign(%q, %q) = %s, want %s", tc.uuid, tc.secret, got, tc.want)
		}
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	good := Sign("u", "s")
	for _, tc := range []struct {
		name                    string
		uuid, signature, secret string
		want                    bool
	}{
		{"right", "u", good, "s", true},
		{"in capitals", "u", strings.ToUpper(good), "s", true},
		{"another secret", "u", good, "t", false},
		{"another uuid", "v", good, "s", false},
		{"absent", "u", "", "s", false},
		{"cut off", "u", good[:31], "s", false},
		{"no secret", "u", Sign("u", ""), "", false},
		{"no uuid", "", Sign("", "s"), "s", false},
	} {
		a := Application{UUID: tc.uuid, SourceSignature: tc.signature}
		if got := a.Verify(tc.secret); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

// TestGolden checks that the encoding does not change.
func TestGolden(t *testing.T) {
	t.Parallel()
	e := Encode(sample())
	want, err := os.ReadFile("testdata/sample.http")
	if err != nil {
		t.Fatal(err)
	}
	got := "Content-Type: " + e.ContentType() + "\r\n\r\n" + string(e.Bytes())
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("testdata/sample.http (-want +got):\n%s", diff)
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	without := sample()
	without.CV = nil
	for name, want := range map[string]Application{"full": sample(), "without a CV": without, "empty": {}} {
		e := Encode(want)
		for reader, r := range map[string]io.Reader{
			"at once": bytes.NewReader(e.Bytes()), "byte by byte": iotest.OneByteReader(bytes.NewReader(e.Bytes())),
		} {
			got, err := Decode(e.ContentType(), r)
			if err != nil {
				t.Errorf("%s, %s: %v", name, reader, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", name, reader, diff)
			}
		}
		if diff := cmp.Diff(e, Encode(want), cmp.AllowUnexported(Encoded{})); diff != "" {
			t.Errorf("%s is not the same the second time:\n%s", name, diff)
		}
	}
}

func TestMediaTypeCannotBreakOut(t *testing.T) {
	t.Parallel()
	a := sample()
	a.CV.MediaType = "text/plain\r\nX-Evil: 1"
	a.CV.Name = "a\r\nX-Evil: 1\r\n\r\n.pdf"
	e := Encode(a)
	if strings.Contains(string(e.Bytes()), "\nX-Evil") {
		t.Errorf("a header was smuggled in:\n%s", e.Bytes())
	}
	got, err := Decode(e.ContentType(), bytes.NewReader(e.Bytes()))
	if err != nil || got.CV.MediaType != "application/octet-stream" || got.CV.Name != "aX-Evil: 1.pdf" {
		t.Errorf("Decode = %+v, %v", got.CV, err)
	}
}

func TestWriteToReportsFailure(t *testing.T) {
	t.Parallel()
	n, err := Encode(sample()).WriteTo(&failing{after: 100})
	if n != 100 || !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("WriteTo = %d, %v", n, err)
	}
}

type failing struct{ after int }

func (f *failing) Write(p []byte) (int, error) {
	n := min(len(p), f.after)
	f.after -= n
	if n < len(p) {
		return n, io.ErrShortWrite
	}
	return n, nil
}

// form builds a body with the standard library.
func form(t *testing.T, build func(w *multipart.Writer)) (contentType string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	build(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.Bytes()
}

func text(name, value string) func(w *multipart.Writer) {
	return func(w *multipart.Writer) { _ = w.WriteField(name, value) }
}

func encoded(encoding, content string) func(w *multipart.Writer) {
	return func(w *multipart.Writer) {
		p, _ := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="cv"`}, "Content-Transfer-Encoding": {encoding}})
		_, _ = io.WriteString(p, content)
	}
}

func file(name, filename string, content []byte) func(w *multipart.Writer) {
	return func(w *multipart.Writer) {
		p, _ := w.CreateFormFile(name, filename)
		_, _ = p.Write(content)
	}
}

func all(parts ...func(w *multipart.Writer)) func(w *multipart.Writer) {
	return func(w *multipart.Writer) {
		for _, p := range parts {
			p(w)
		}
	}
}

func TestDecodeWhatItTakes(t *testing.T) {
	t.Parallel()
	many := func(w *multipart.Writer) {
		_ = w.WriteField("uuid", "u")
		for i := range maxParts + 1 {
			_ = w.WriteField(fmt.Sprintf("p%d", i), "")
		}
	}
	octets := func(name string, content string) *File {
		return &File{Name: name, MediaType: "application/octet-stream", Content: []byte(content)}
	}
	for _, tc := range []struct {
		name  string
		build func(w *multipart.Writer)
		want  Application
	}{
		{"any order, unknown parts", all(text("uuid", "u"), text("utm", strings.Repeat("x", 1<<20)), file("photo", "a.png", []byte("x")), text("job_id", "J")),
			Application{UUID: "u", JobID: "J"}},
		{"unknown parts twice", all(text("utm", "1"), text("utm", "2")), Application{}},
		{"directories in a file's name", file("cv", `C:\fakepath/../../etc/cv.pdf`, []byte("x")), Application{CV: &File{Name: "cv.pdf", MediaType: "application/octet-stream", Content: []byte("x")}}},
		{"control characters of a user agent", text("candidate_user_agent", "a\x00b\r\nc"), Application{CandidateUserAgent: "abc"}},
		{"the largest CV", file("cv", "cv.txt", make([]byte, MaxCV)), Application{CV: &File{Name: "cv.txt", MediaType: "application/octet-stream", Content: make([]byte, MaxCV)}}},
		{"nothing at all", all(), Application{}},
		{"a CV twice", all(file("cv", "a.pdf", []byte("x")), file("cv", "b.pdf", []byte("y"))), Application{CV: octets("a.pdf", "x")}},
		{"a text twice", all(text("lastname", "a"), text("lastname", "b")), Application{LastName: "a"}},
		{"what identifies it twice, alike", all(text("uuid", "u"), text("uuid", "u")), Application{UUID: "u"}},
		{"a text as file", file("uuid", "u.txt", []byte("u")), Application{UUID: "u"}},
		{"a CV as text", text("cv", "%PDF"), Application{CV: &File{Content: []byte("%PDF")}}},
		{"a text too long", text("lastname", strings.Repeat("x", 399)+"ü"), Application{LastName: strings.Repeat("x", 399)}},
		{"a CV too large", all(file("cv", "cv.pdf", make([]byte, MaxCV+1)), text("uuid", "u")),
			Application{UUID: "u", CV: &File{Name: "cv.pdf", MediaType: "application/octet-stream", TooLarge: true}}},
		{"not UTF-8", text("lastname", "M\xfcller"), Application{LastName: "Müller"}},
		{"many parts", many, Application{UUID: "u"}},
		{"a file that curl has encoded", encoded("base64", "JVBERi0x\r\nLjc=\r\n"), Application{CV: &File{Content: []byte("%PDF-1.7")}}},
		{"a file that is not encoded as it says", encoded("BASE64", "%PDF"), Application{CV: &File{Content: []byte("%PDF")}}},
		{"a file in quoted-printable", encoded("quoted-printable", "=25PDF=\r\n"), Application{CV: &File{Content: []byte("%PDF")}}},
		{"a byte order mark", text("firstname", "\ufeffAda"), Application{FirstName: "Ada"}},
		{"a name around the address", text("email", "Ada Lovelace <ada@example.com>"), Application{Email: "ada@example.com"}},
		{"signs around the address", text("email", " <ada@example.com>; "), Application{Email: "ada@example.com"}},
		{"a link for the address", text("email", "mailto:ada@example.com?subject=x"), Application{Email: "ada@example.com"}},
		{"an address that needs its quotation marks", text("email", `"ada l"@example.com`), Application{Email: `"ada l"@example.com`}},
		{"no address", text("email", "ada"), Application{Email: "ada"}},
		{"names of parts in capitals", text("FirstName", "Ada"), Application{FirstName: "Ada"}},
		{"a file's name in Latin", file("cv", "R\xe9sum\xe9.pdf", []byte("x")), Application{CV: octets("Résumé.pdf", "x")}},
		{"a file's name as an encoded word", file("cv", "=?utf-8?Q?R=C3=A9sum=C3=A9.pdf?=", []byte("x")), Application{CV: octets("Résumé.pdf", "x")}},
		{"cv left empty", text("cv", ""), Application{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			contentType, body := form(t, tc.build)
			got, err := Decode(contentType, bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got, cmp.Comparer(bytes.Equal)); diff != "" { // a diff of 10 MiB would take too long
				t.Errorf("(-want +got):\n%.2000s", diff)
			}
		})
	}
}

func TestDecodeWhatItRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		build    func(w *multipart.Writer)
		reason   string
		tooLarge bool
	}{
		{"a part twice", all(text("uuid", "u"), text("uuid", "v")), "uuid comes twice", false},
		{"much of what is unknown", text("utm", strings.Repeat("x", MaxBody)), "it has more than", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			contentType, body := form(t, tc.build)
			_, err := Decode(contentType, bytes.NewReader(body))
			fault := new(FaultError)
			if !errors.As(err, &fault) || !strings.Contains(fault.Reason, tc.reason) || fault.TooLarge != tc.tooLarge {
				t.Errorf("Decode: %v, want %q", err, tc.reason)
			}
		})
	}
}

func TestDecodeWhatIsNoForm(t *testing.T) {
	t.Parallel()
	contentType, body := form(t, all(text("uuid", "u"), text("job_id", "J")))
	for name, tc := range map[string]struct{ contentType, body string }{
		"JSON":        {"application/json", "{}"},
		"urlencoded":  {"application/x-www-form-urlencoded", "uuid=u"},
		"nothing":     {"", ""},
		"no boundary": {"multipart/form-data", "x"},
		"broken off":  {contentType, string(body[:len(body)-20])},
	} {
		a, err := Decode(tc.contentType, strings.NewReader(tc.body))
		if !errors.As(err, new(*FaultError)) {
			t.Errorf("%s: %v", name, err)
		}
		if name == "broken off" && a.UUID != "u" {
			t.Errorf("what was read is lost: %+v", a)
		}
	}
	// A broken connection is not a fault of the sender.
	broken := errors.New("connection reset")
	if _, err := Decode(contentType, io.MultiReader(bytes.NewReader(body[:100]), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("a broken connection: %v", err)
	}
}

func TestReplies(t *testing.T) {
	t.Parallel()
	got := map[int]string{}
	for _, r := range []Reply{Accepted, InvalidSource, Closed, JobNotFound, RegionNotAccepted, Unexpected} {
		got[r.Status()] = string(r.JSON())
	}
	want := map[int]string{
		200: `{"status":"application accepted"}`, 403: `{"status":"invalid source"}`, 409: `{"status":"application period closed"}`,
		410: `{"status":"job not found"}`, 451: `{"status":"region not accepted"}`, 418: `{"status":"unexpected error"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		status  int
		outcome Outcome
		reason  string
	}{
		{200, Delivered, "application accepted"},
		{204, Delivered, "application accepted"},
		{301, Retry, "301 Moved Permanently"},
		{400, Retry, "400 Bad Request"},
		{403, Refused, "403 invalid source"},
		{404, Retry, "404 Not Found"},
		{409, Refused, "409 application period closed"},
		{410, Refused, "410 job not found"},
		{451, Refused, "451 region not accepted"},
		{418, Retry, "418 unexpected error"},
		{429, Retry, "429 Too Many Requests"},
		{500, Retry, "500 Internal Server Error"},
		{503, Retry, "503 Service Unavailable"},
		{799, Retry, "799 an unknown status"},
	} {
		if o, reason := Classify(tc.status); o != tc.outcome || reason != tc.reason {
			t.Errorf("Classify(%d) = %d, %q", tc.status, o, reason)
		}
	}
}

func FuzzDecode(f *testing.F) {
	e := Encode(sample())
	f.Add(e.ContentType(), e.Bytes())
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"cv\"; filename=\"\"\r\n\r\n\r\n--x--"))
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=cv; filename*=utf-8''%00%ff\r\n\r\nx\r\n--x--\r\n"))
	f.Add("multipart/form-data; boundary=\"\xff\"", []byte("--\xff\r\n\r\n"))
	f.Add("multipart/mixed; boundary=x", []byte("--x--"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		a, err := Decode(contentType, bytes.NewReader(body))
		if err != nil {
			if !errors.As(err, new(*FaultError)) {
				t.Errorf("a fault of ours: %v", err)
			}
			return
		}
		again := Encode(a)
		b, err := Decode(again.ContentType(), bytes.NewReader(again.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if a.CV != nil {
			b.CV.MediaType = a.CV.MediaType // an invalid media type is replaced
		}
		if diff := cmp.Diff(a, b); diff != "" {
			t.Errorf("what was decoded is encoded as something else (-want +got):\n%s", diff)
		}
	})
}

// Programs that write the header by hand forget the boundary, or name another one.
func TestDecodeFindsTheBoundary(t *testing.T) {
	t.Parallel()
	_, body := form(t, all(text("uuid", "u"), file("cv", "cv.pdf", []byte("--x\r\nContent-x"))))
	want := Application{UUID: "u", CV: &File{Name: "cv.pdf", MediaType: "application/octet-stream", Content: []byte("--x\r\nContent-x")}}
	for _, contentType := range []string{"multipart/form-data", "multipart/form-data; boundary=other", "multipart/form-data; charset=utf-8"} {
		got, err := Decode(contentType, bytes.NewReader(body))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", contentType, err, diff)
		}
	}
	if got, err := Decode("multipart/form-data", strings.NewReader("uuid=u")); err == nil {
		t.Errorf("a body without parts is taken: %+v", got)
	}
}
