package inbound

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
)

const domain = "apply.example.com"

func envelope() Envelope {
	return Envelope{From: "zoe@example.com", Reference: "PL-001", Domain: domain}
}

// email writes a message as it travels: lines end with CR LF.
func email(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n" }

var pdf = []byte("%PDF-1.7\n1 0 obj\n")

func encoded(b []byte) string {
	var out []string
	text := base64.StdEncoding.EncodeToString(b)
	for len(text) > 76 {
		out, text = append(out, text[:76]), text[76:]
	}
	return strings.Join(append(out, text), "\r\n")
}

// attachment is a part of a multipart message with the boundary "b".
func attachment(header, content string) string {
	return email("--b", "Content-Type: application/octet-stream", "Content-Transfer-Encoding: base64", header, "", content)
}

func withParts(parts ...string) string {
	return email("From: Zoë O'Neill <zoe@example.com>", "To: apply+PL-001@apply.example.com", "Subject: =?utf-8?q?J=C3=B6b?=",
		"Message-ID: <1@example.com>", "MIME-Version: 1.0", `Content-Type: multipart/mixed; boundary="b"`, "", "preamble") +
		strings.Join(parts, "") + email("--b--", "", "epilogue")
}

var textPart = email("--b", "Content-Type: text/plain; charset=iso-8859-1", "Content-Transfer-Encoding: quoted-printable", "", "Dear all,", "", "Gr=FC=DFe")

func TestParse(t *testing.T) {
	t.Parallel()
	zoe := board.Applicant{FirstName: "Zoë", LastName: "O'Neill", Email: "zoe@example.com", CoverLetter: "Dear all,\n\nGrüße"}
	want := Message{Reference: "PL-001", Applicant: zoe, CV: &board.CV{Name: "cv.pdf", Kind: board.KindPDF, Bytes: pdf}, Subject: "Jöb", ID: "1@example.com"}
	with := func(change func(*Message)) Message {
		m := want
		change(&m)
		return m
	}
	cv := attachment(`Content-Disposition: attachment; filename="cv.pdf"`, encoded(pdf))
	for _, tc := range []struct {
		name string
		raw  string
		want Message
	}{
		{"text and CV", withParts(textPart, cv), want},
		{"the CV is shown inline", withParts(textPart, strings.Replace(cv, "attachment", "inline", 1)), want},
		{"no name", withParts(textPart, attachment(`Content-Description: x`, encoded(pdf))), want},
		{"an old program's name", withParts(textPart, email("--b", `Content-Type: application/pdf; name="=?utf-8?q?R=C3=A9sum=C3=A9=2Epdf?="`, "Content-Transfer-Encoding: base64", "", encoded(pdf))),
			with(func(m *Message) { m.CV = &board.CV{Name: "Résumé.pdf", Kind: board.KindPDF, Bytes: pdf} })},
		{"a name by RFC 2231", withParts(textPart, attachment(`Content-Disposition: attachment; filename*=utf-8''R%C3%A9sum%C3%A9.pdf`, encoded(pdf))),
			with(func(m *Message) { m.CV = &board.CV{Name: "Résumé.pdf", Kind: board.KindPDF, Bytes: pdf} })},
		{"the CV among others", withParts(textPart,
			attachment(`Content-Disposition: attachment; filename="photo.jpg"`, encoded([]byte("jpg"))),
			attachment(`Content-Disposition: attachment; filename="note.txt"`, encoded([]byte("note"))),
			attachment(`Content-Disposition: attachment; filename="Zeugnis.pdf"`, encoded([]byte("%PDF-1.4 certificate"))),
			cv, attachment(`Content-Disposition: attachment; filename="cv-old.pdf"`, encoded([]byte("%PDF-1.4 old")))),
			with(func(m *Message) {
				m.Unread = []board.UnreadFile{
					{Name: "photo.jpg", Reason: board.ReasonNotACV}, {Name: "note.txt", Reason: board.ReasonAnother},
					{Name: "Zeugnis.pdf", Reason: board.ReasonAnother}, {Name: "cv-old.pdf", Reason: board.ReasonAnother},
				}
			})},
		{"a text file is better than none", withParts(textPart, attachment(`Content-Disposition: attachment; filename="me.TXT"`, encoded([]byte("I")))),
			with(func(m *Message) { m.CV = &board.CV{Name: "me.txt", Kind: board.KindTXT, Bytes: []byte("I")} })},
		{"an empty file is none", withParts(textPart, attachment(`Content-Disposition: attachment; filename="cv.pdf"`, "")),
			with(func(m *Message) {
				m.CV, m.Unread = nil, []board.UnreadFile{{Name: "cv.pdf", Reason: board.ReasonEmpty}}
			})},
		{"broken base64", withParts(textPart, attachment(`Content-Disposition: attachment; filename="cv.pdf"`, "!!!!")),
			with(func(m *Message) {
				m.CV, m.Unread = nil, []board.UnreadFile{{Name: "cv.pdf", Reason: board.ReasonEmpty}}
			})},
		{"a CV that is too large", withParts(textPart, email("--b", `Content-Disposition: attachment; filename="cv.pdf"`, "", string(make([]byte, board.MaxCV+5000)))),
			with(func(m *Message) {
				m.CV, m.Unread = nil, []board.UnreadFile{{Name: "cv.pdf", Reason: "It is larger than 10 MiB."}}
			})},
		{"without its last boundary", strings.TrimSuffix(withParts(textPart, cv), email("--b--", "", "epilogue")), want},
		{"an executable", withParts(textPart, attachment(`Content-Disposition: attachment; filename="cv.pdf.exe"`, encoded([]byte("MZ\x90\x00")))), with(func(m *Message) {
			m.CV, m.Unread = nil, []board.UnreadFile{{Name: "cv.pdf.exe", Reason: board.ReasonNotACV}}
		})},
		{"HTML alone", withParts(email("--b", "Content-Type: text/html; charset=utf-8", "", "<style>x</style><p>Dear all,</p><p>Gr&uuml;&szlig;e</p>"), cv),
			with(func(m *Message) { m.Applicant.CoverLetter = "Dear all,\nGrüße" })},
		{"text beside HTML", withParts(email("--b", "Content-Type: multipart/alternative; boundary=c", "", "--c", "", "Dear all,", "", "--c", "Content-Type: text/html", "", "<p>other</p>", "--c--"), cv),
			with(func(m *Message) { m.Applicant.CoverLetter = "Dear all," })},
		{"an unknown set of characters", withParts(email("--b", "Content-Type: text/plain; charset=klingon", "", "nuqneH"), cv),
			with(func(m *Message) { m.Applicant.CoverLetter = "nuqneH" })},
		{"plain", email("From: zoe.oneill@example.com", "", "Hello"),
			Message{Reference: "PL-001", Applicant: board.Applicant{FirstName: "Zoe", LastName: "Oneill", Email: "zoe.oneill@example.com", CoverLetter: "Hello"}}},
		{"a long letter is cut", email("From: a b <a@example.com>", "", strings.Repeat("ü", board.MaxCoverLetter+1)),
			Message{
				Reference: "PL-001", Applicant: board.Applicant{FirstName: "a", LastName: "b", Email: "a@example.com", CoverLetter: strings.Repeat("ü", board.MaxCoverLetter)},
				Unread: []board.UnreadFile{{Name: "the end of the letter", Reason: "The letter has more than 20000 characters."}},
			}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			raw := []byte(tc.raw)
			got, err := Parse(raw, envelope())
			if err != nil {
				t.Fatal(err)
			}
			if string(raw) != tc.raw {
				t.Error("the message was changed, which may be read again")
			}
			if diff := cmp.Diff(tc.want, got, cmp.Comparer(bytes.Equal)); diff != "" {
				t.Errorf("(-want +got):\n%.2000s", diff)
			}
		})
	}
}

func TestSplitName(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, address, first, last string }{
		{"Zoë van Dyk", "x@example.com", "Zoë van", "Dyk"},
		{"van Dyk, Zoë", "x@example.com", "Zoë van", "Dyk"},
		{"Zoë", "x@example.com", "Zoë", "-"},
		{"", "joe.smith+jobs@example.com", "Joe", "Smith"},
		{"joe@example.com", "joe_p-smith99@example.com", "Joe P", "Smith"},
		{" ", "12345@example.com", "12345", "-"},
		{",", "x@example.com", ",", "-"},
	} {
		if first, last := splitName(tc.name, tc.address); first != tc.first || last != tc.last {
			t.Errorf("%q <%s> is %q, %q; want %q, %q", tc.name, tc.address, first, last, tc.first, tc.last)
		}
	}
}

// TestPrograms: no answer of a program, and nothing that has been here, becomes an application.
func TestPrograms(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, header, from string
		automatic          bool
	}{
		{"a person", "X-Mailer: Mail", "zoe@example.com", false},
		{"a person's program says so", "Auto-Submitted: no", "zoe@example.com", false},
		{"urgent", "Precedence: first-class", "zoe@example.com", false},
		{"vacation", "Auto-Submitted: auto-replied (vacation)", "zoe@example.com", true},
		{"a system", "auto-submitted: auto-generated; owner-email=x", "zoe@example.com", true},
		{"bulk", "Precedence: Bulk", "zoe@example.com", true},
		{"an old autoreply", "X-Autoreply: yes", "zoe@example.com", true},
		{"somebody who is away", "In-Reply-To: <1@localhost>\r\nSubject: =?utf-8?Q?Abwesenheitsnotiz:_Ihre_Bewerbung?=", "zoe@example.com", true},
		{"somebody who is away, of Exchange", "X-Auto-Response-Suppress: All\r\nSubject: Automatic reply: Your application", "zoe@example.com", true},
		{"somebody who is away, of Apple", "In-Reply-To: <1@localhost>\r\nSubject: Auto reply: Your application", "zoe@example.com", true},
		{"bulk of a list that is for reading", "Precedence: bulk\r\nList-Post: NO", "zoe@example.com", true},
		{"bulk of a group's address", "Precedence: bulk\r\nX-Loop: jobs@employer.example\r\nList-Post: <mailto:jobs@employer.example>", "zoe@example.com", false},
		{"bulk that a group's address writes", "Precedence: bulk\r\nList-Post: <mailto:zoe@example.com>", "zoe@example.com", true},
		{"a person of Exchange", "X-Auto-Response-Suppress: All\r\nSubject: Application", "zoe@example.com", false},
		{"a person who applies for automatic replies", "Subject: Automatic reply systems engineer", "zoe@example.com", false},

		{"a loop", "X-Loop: apply@example.com", "zoe@example.com", true},
		{"a bounce", "X-Mailer: Mail", "", true},
		{"another bounce", "X-Mailer: Mail", "MAILER-DAEMON@example.com", true},
		{"a report", "Content-Type: multipart/report; boundary=b", "zoe@example.com", true},
		{"ourselves", "X-Mailer: Mail", "APPLY+PL-001@apply.example.com", true},
	} {
		e := envelope()
		e.From = tc.from
		_, err := Parse([]byte(email("From: Zoë <zoe@example.com>", tc.header, "", "Hello")), e)
		if automatic := errors.As(err, new(*AutomaticError)); automatic != tc.automatic || !automatic && err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	for _, from := range []string{"apply+X@apply.example.com", "Mail Delivery <mailer-daemon@example.com>"} {
		if _, err := Parse([]byte(email("From: "+from, "", "x")), envelope()); !errors.As(err, new(*AutomaticError)) {
			t.Errorf("From %s: %v", from, err)
		}
	}
}

// Programs that pass a message on, or send a form for a person, write the signs of those that write by themselves: what has a CV is taken,
// and the sender of anything else hears of it.
func TestProgramsThatSendForPeople(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, header, from string
		doubtful           bool
	}{
		{"a site", "Auto-Submitted: auto-generated", "bounces@site.example", true},
		{"a mailing of a job board", "Precedence: bulk\r\nList-Unsubscribe: <https://site.example/off>", "bounces@site.example", true},
		{"a group without an address for posts", "Precedence: bulk\r\nList-ID: <jobs.employer.example>", "jobs-bounces@employer.example", true},
		{"a filter that forwards", "X-Loop: zoe@example.com", "zoe@example.com", true},
		{"a person who answers in a group", "Precedence: bulk\r\nIn-Reply-To: <1@localhost>", "jobs-bounces@employer.example", false},
	} {
		e := envelope()
		e.From = tc.from
		head := "From: Zoë <zoe@example.com>\r\nReply-To: zoe@example.com\r\n" + tc.header + "\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n--b\r\n"
		m, err := Parse([]byte(head+"Content-Type: application/pdf; name=cv.pdf\r\n\r\n%PDF-1.4\r\n--b--\r\n"), e)
		if err != nil || m.CV == nil || m.Applicant.Email != "zoe@example.com" {
			t.Errorf("%s with a CV: %+v, %v", tc.name, m, err)
		}
		_, err = Parse([]byte(head+"\r\nBye\r\n--b--\r\n"), e)
		if automatic, ok := errors.AsType[*AutomaticError](err); !ok || automatic.Doubtful != tc.doubtful {
			t.Errorf("%s without a CV: %v", tc.name, err)
		}
	}
	for head, want := range map[string]string{
		"From: Job Site <apply@site.example>\r\nReply-To: zoe@example.com":                     "Zoe|-|zoe@example.com",
		"From: Job Site <apply@site.example>\r\nReply-To: Zoë Quinn <zoe@example.com>":         "Zoë|Quinn|zoe@example.com",
		"From: Zoë Quinn via Job Site <apply@site.example>\r\nReply-To: zoe@example.com":       "Zoë|Quinn|zoe@example.com",
		"From: Zoë Quinn <zoe@example.com>\r\nReply-To: No Reply <no-reply@site.example>":      "Zoë|Quinn|zoe@example.com",
		"From: Zoë Quinn <zoe@example.com>\r\nReply-To: j@e.example\r\nList-Post: j@e.example": "Zoë|Quinn|zoe@example.com",
	} {
		m, err := Parse([]byte(email(head, "Auto-Submitted: auto-generated", "Content-Type: application/pdf", "", "%PDF-1.4")), envelope())
		if got := m.Applicant.FirstName + "|" + m.Applicant.LastName + "|" + m.Applicant.Email; err != nil || got != want {
			t.Errorf("%s: %s, %v", head, got, err)
		}
	}
	e := envelope()
	e.From = ""
	if _, err := Parse([]byte(email("From: Mail Delivery System", "", "x")), e); !errors.As(err, new(*AutomaticError)) {
		t.Errorf("a bounce without an author: %v", err)
	}
}

// nested is a message with parts within parts, n of them.
func nested(n int) string {
	var b strings.Builder
	b.WriteString("From: a <a@example.com>\r\n")
	for i := range n {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	b.WriteString("\r\nx\r\n")
	return b.String()
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, raw string
		tooLarge  bool
	}{
		{"nothing", "", false},
		{"no header", "Hello\r\n", false},
		{"a header without end", "From: a@example.com\r\nX: " + strings.Repeat("x", 2*maxHeader), false},
		{"nobody's", email("To: x@example.com", "", "Hello"), false},
		{"two people's", email("From: a@example.com, b@example.com", "", "Hello"), false},
		{"an author who is none", email("From: undisclosed", "", "Hello"), false},
		{"too large", email("From: a@example.com", "", strings.Repeat("x", MaxMessage)), true},
		{"too large behind its end", withParts(textPart) + strings.Repeat("x", MaxMessage), true},
		{"a part's header without end", email("From: a@example.com", "Content-Type: multipart/mixed; boundary=b", "", "--b", "X: "+strings.Repeat("x", MaxMessage)), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse([]byte(tc.raw), envelope())
			unreadable := new(UnreadableError)
			if !errors.As(err, &unreadable) || unreadable.TooLarge != tc.tooLarge {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestDeepAndMany: a message of too many parts is read as far as its limits go, and quickly.
func TestDeepAndMany(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{nested(maxDepth + 2), nested(100_000), withParts(strings.Repeat(textPart, maxParts+1))} {
		m, err := Parse([]byte(raw), envelope())
		if err != nil || len(m.Unread) != 1 || !strings.Contains(m.Unread[0].Reason, "parts") {
			t.Errorf("%+v, %v", m.Unread, err)
		}
	}
}

// TestALetterOfWhichTheEndIsNotRead: what was left out is named, though what is left of the letter is short.
func TestALetterOfWhichTheEndIsNotRead(t *testing.T) {
	t.Parallel()
	m, err := Parse([]byte(email("From: zoe@example.com", "Content-Type: text/html", "", "<p>Hello</p>"+strings.Repeat("<p>word</p>", 300_000))), envelope())
	if err != nil {
		t.Fatal(err)
	}
	if want := (board.UnreadFile{Name: "the end of the letter", Reason: "The letter has more than 1 MiB of text."}); !slices.Contains(m.Unread, want) {
		t.Errorf("what was left out is %v", m.Unread)
	}
}

func TestBrokenConnection(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection reset")
	raw := withParts(textPart, attachment(`Content-Disposition: attachment; filename="cv.pdf"`, encoded(pdf)))
	for _, at := range []int{0, 10, len(raw) / 2, len(raw) - 30, len(raw)} {
		c := newCounter()
		_, leave, err := c.take(io.MultiReader(strings.NewReader(raw[:at]), iotest.ErrReader(broken)), c.turn("192.0.2.1"), 0, envelope(), func() {})
		leave()
		if !errors.Is(err, broken) {
			t.Errorf("broken at %d: %v", at, err)
		}
	}
}

// TestNoFiles: what a message brings is never written to the disk.
func TestNoFiles(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	raw := withParts(textPart, email("--b", `Content-Disposition: attachment; filename="cv.pdf"`, "", string(make([]byte, board.MaxCV))))
	if _, err := Parse([]byte(raw), envelope()); err != nil {
		t.Fatal(err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

func TestReferenceOf(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"apply+7.PL-001@apply.example.com": "7.PL-001", "apply+7.=2Ea.=2Eb=2E@apply.example.com": "7..a..b.", "apply+7.a=20b=2Fc=2Bd@apply.example.com": "7.a b/c+d",
		"apply+7.Gr=C3=B6=C3=9Fe=3D@apply.example.com": "7.Größe=", "apply+7." + strings.Repeat("x", 56) + "@apply.example.com": "7." + strings.Repeat("x", 56),
		"apply+7." + strings.Repeat("x", 57) + "@apply.example.com": "",
		"APPLY+PL-001@Apply.Example.COM":                            "PL-001", "apply+a=2fb@apply.example.com": "a/b", "apply+a+b@apply.example.com": "a+b",
		"apply+@apply.example.com": "", "apply@apply.example.com": "", "apply+x@example.com": "", "x": "", "": "",
		"apply+a=2@apply.example.com": "", "apply+a=zz@apply.example.com": "",
	} {
		if got, ok := ReferenceOf(address, domain); got != want || ok != (want != "") {
			t.Errorf("ReferenceOf(%q) = %q, %v; want %q", address, got, ok, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	cv := attachment(`Content-Disposition: attachment; filename="cv.pdf"`, encoded(pdf))
	for _, raw := range []string{
		withParts(textPart, cv), nested(5), email("From: a@example.com", "", "x"),
		email("From: =?utf-8?b?4pi6?= <a@example.com>", "Content-Type: multipart/mixed", "", "--", "", "x"),
		email("From: a@example.com", "Content-Type: text/html; charset=utf-7", "Content-Transfer-Encoding: base64", "", "AA=="),
		"From: a@example.com\n\n\x00\xff",
		withParts(attachment("X: x", encoded(archive("cv.pdf", "%PDF-1.7")))), withParts(attachment("X: x", encoded(outlookFile("cv.pdf", pdf)))),
		withParts(attachment("X: x", encoded(withProperty(mapiHTML, kindBytes, "<p>x"))), email("--b", "", yencoded("cv.pdf", "", pdf))),
		"From: a@example.com\nContent-Type: application/pkcs7-mime\n\n" + string(signedMessage("Content-Type: text/plain\n\nx", true)),
	} {
		f.Add(raw, "zoe@example.com")
	}
	for _, raw := range messagesOfPrograms(f) {
		f.Add(string(raw), "zoe@example.com")
	}
	f.Fuzz(func(t *testing.T, raw, from string) {
		e := envelope()
		e.From = from
		given := []byte(raw)
		m, err := Parse(given, e)
		switch {
		case string(given) != raw:
			t.Error("the message was changed, which may be read again")
		case err != nil:
			if !errors.As(err, new(*AutomaticError)) && !errors.As(err, new(*UnreadableError)) {
				t.Errorf("a fault of ours: %v", err)
			}
		case m.Applicant.Email == "" || m.Applicant.FirstName == "" || m.Applicant.LastName == "":
			t.Errorf("an applicant without a name or address: %+v", m.Applicant)
		}
	})
}
