package inbound

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
)

// read is what became of a message, in the words of a test.
func read(t *testing.T, raw []byte) (who, cv, letter, unread string) {
	t.Helper()
	m, err := Parse(raw, Envelope{From: "sender@example.com", Reference: "1.PL-001", Domain: "localhost"})
	if err != nil {
		return "", "", "", err.Error()
	}
	if m.CV != nil {
		cv = m.CV.Name
	}
	var names []string
	for _, f := range m.Unread {
		names = append(names, f.Name)
	}
	return m.Applicant.FirstName + "|" + m.Applicant.LastName + "|" + m.Applicant.Email, cv, m.Applicant.CoverLetter, strings.Join(names, ",")
}

// TestMailOfPrograms: messages with the faults that programs are known for, each with what a person sees in it.
func TestMailOfPrograms(t *testing.T) {
	t.Parallel()
	const letter = "Dear team,\nplease find my CV."
	for _, tc := range []struct{ file, who, cv, letter string }{
		{"e00-control", "Ada|Control|e00@example.com", "Ada CV.pdf", letter},
		{"e01-unquoted", "Una|Quoted|e01@example.com", "Una CV 2026.pdf", letter},
		{"e01b-unquoted-disposition", "Una|Half|e01b@example.com", "Una CV 2026.pdf", letter},
		{"e01c-unquoted-alone", "Una|Alone|e01c@example.com", "Una CV 2026.pdf", ""},
		{"e03-apple", "Apple|Writer|e03@example.com", "cv.pdf", "Dear team,\n\nI have run platforms for ten years and can start in March.\nYou reach me at +44 20 7946 0000."},
		{"e05-b64-footer", "Bas|Sixfour|e05@example.com", "cv.pdf", letter},
		{"e05c-cte-blank", "Bas|Blank|e05c@example.com", "cv.pdf", letter},
		{"e07-nocharset", "Jorg|Muller|e07@example.com", "", "Sehr geehrte Frau Größer,\nmit freundlichen Grüßen\nJörg Müller"},
		{"e07b-hebrew", "Dana|Cohen|e07b@example.com", "", "שלום רב"},
		{"e07c-utf8-as-ascii", "Ana|Ascii|e07c@example.com", "", "Grüße"},
		{"e07d-charset-name", "Ute|Charset|e07d@example.com", "", "Grüße"},
		{"e08b-raw8bit", "Zoë|Roh|e08b@example.com", "", "Hello, I apply."},
		{"e08c-brackets", "Jane|Doe [Consultant]|e08c@example.com", "", "Hello, I apply."},
		{"e08h-comment", "Jane|Doe|e08h@example.com", "", "Hello, I apply."},
		{"e09-dot", "Taro|Yamada|taro..y.@example.com", "", "Hello, I apply."},
		{"e10-group", "Gina|Group|e10@example.com", "cv.pdf", letter},
		{"e11-noext", "Nora|Noext|e11@example.com", "Nora Noext CV.pdf", letter},
		{"e11c-doc", "Nora|Doc|e11c@example.com", "Nora CV.doc", letter},
		{"e14-flowed", "Fay|Flowed|e14@example.com", "", "I have run platforms for ten years and would like to go on with it in a team that cares.\n\n-- \nFay"},
		{"e15-mbox", "Mia|Mbox|e15@example.com", "Ada CV.pdf", letter},
		{"e16-dup-param", "Dora|Double|e16@example.com", "cv.pdf", letter},
		{"e18-lowercase", "Lena|Lower|e18@example.com", "Ada CV.pdf", letter},
		{"e22-boundary-equals", "Bo|Undary|e22@example.com", "cv.pdf", letter},
		{"e23-charset-unclosed", "Una|Closed|e23@example.com", "", "Grüße"},
		{"e27-two-from-lines", "Sender|Line|e27@example.com", "", "Hello"},
		{"e28-cid-inline", "Cid|Inline|e28@example.com", "cv.pdf", "Hello"},
		{"e29-octet", "Otto|Octet|e29@example.com", "otto.pdf", letter},
		{"e30", "Zoe|Mail|e30@example.com", "Ada CV.pdf", letter},
	} {
		raw, err := os.ReadFile(filepath.Join("testdata", "mail", tc.file+".eml"))
		if err != nil {
			t.Fatal(err)
		}
		who, cv, text, unread := read(t, raw)
		if who != tc.who || cv != tc.cv || text != tc.letter || unread != "" {
			t.Errorf("%s: %q, %q, %q, %q", tc.file, who, cv, text, unread)
		}
	}
}

// variations are faults of the same kinds, made by hand.
func TestFaultsOfMail(t *testing.T) {
	t.Parallel()
	head := "From: Zoe Mail <zoe@example.com>\r\nMIME-Version: 1.0\r\n"
	file := func(header ...string) string {
		return head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nDear all\r\n--b\r\n" +
			strings.Join(append(header, "Content-Transfer-Encoding: base64", "", encoded(pdf)), "\r\n") + "\r\n--b--\r\n"
	}
	twice := base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString(append(pdf, make([]byte, 60)...))))
	latin, err := charmap.ISO8859_1.NewEncoder().String("Größe")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, raw, cv, letter, unread string }{
		{"a name in ISO-8859-1", file("Content-Type: application/pdf", "Content-Disposition: attachment; filename*=iso-8859-1''R%E9sum%E9.pdf"), "Résumé.pdf", "Dear all", ""},
		{"a name in KOI8-R", file("Content-Type: application/pdf; name*=koi8-r'ru'%F2%C5%DA%C0%CD%C5.pdf"), "Резюме.pdf", "Dear all", ""},
		{"a name in pieces", file("Content-Type: application/pdf", "Content-Disposition: attachment; filename*0*=utf-8''R%C3%A9; filename*1=\"sum\u00e9 2026\"; filename*2*=%2Epdf"), "Résumé 2026.pdf", "Dear all", ""},
		{"a name in Shift_JIS", file("Content-Type: application/pdf", "Content-Disposition: attachment; filename*=shift_jis'ja'%97%9A%97%F0%8F%91.pdf"), "履歴書.pdf", "Dear all", ""},
		{"an encoded word in quotes", file("Content-Type: application/pdf; name=\"=?iso-8859-1?Q?R=E9sum=E9.pdf?=\""), "Résumé.pdf", "Dear all", ""},
		{"a name in raw Latin", file("Content-Type: application/pdf; name=\"" + latin + ".pdf\""), "Größe.pdf", "Dear all", ""},
		{"semicolons twice", file("Content-Type: application/pdf;; name=\"cv.pdf\";"), "cv.pdf", "Dear all", ""},
		{"no semicolon", file("Content-Type: application/pdf name=cv.pdf"), "cv.pdf", "Dear all", ""},
		{"quotes within quotes", file("Content-Disposition: attachment; filename=\"CV \"Zoe\".pdf\""), "CV Zoe.pdf", "Dear all", ""},
		{"brackets", file("Content-Disposition: attachment; filename=Lebenslauf (2026).pdf"), "Lebenslauf (2026).pdf", "Dear all", ""},
		{"a boundary with a question mark", strings.NewReplacer("boundary=b", "boundary=?=b=?", "--b", "--?=b=?").Replace(file("Content-Type: application/pdf; name=cv.pdf")), "cv.pdf", "Dear all", ""},
		{"another boundary than it says", strings.Replace(file("Content-Type: application/pdf; name=cv.pdf"), "boundary=b", "boundary=c", 1), "cv.pdf", "Dear all", ""},
		{"no boundary", strings.Replace(strings.Replace(file("Content-Type: application/pdf; name=cv.pdf"), "; boundary=b", "", 1), "--b\r\n\r\n", "--b\r\nContent-Type: text/plain\r\n\r\n", 1), "cv.pdf", "Dear all", ""},
		{"stray characters", strings.Replace(file("Content-Type: application/pdf; name=cv.pdf"), "JVBER", "JV!B\x00ER", 1), "cv.pdf", "Dear all", ""},
		{"base64 twice", head + "Content-Type: application/pdf; name=cv.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + twice, "cv.pdf", "", ""},
		{"base64 that nothing names", head + "Content-Type: application/pdf; name=cv.pdf\r\n\r\n" + encoded(pdf), "cv.pdf", "", ""},
		{"HTML that names its set", head + "Content-Type: text/html\r\n\r\n<meta charset=iso-8859-2><p>\xb1</p>", "", "ą", ""},
		{"lines joined without the blank", head + "Content-Type: text/plain; format=Flowed; DelSp=Yes\r\n\r\nplat \r\nforms \r\n\r\n> quoted\r\n", "", "platforms\n> quoted", ""},
		{"Exchange's rest of the text", head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nDear all\r\n--b\r\nContent-Type: text/plain; name=ATT00001.txt\r\nContent-Disposition: inline; filename=ATT00001.txt\r\n\r\nZoe\r\n--b--\r\n", "", "Dear all\n\nZoe", ""},
		{"a picture in the text", head + "Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\nHi\r\n--b\r\nContent-Type: image/png; name=logo.png\r\nContent-ID: <1>\r\n\r\npng\r\n--b--\r\n", "", "Hi", ""},
		{"S/MIME", head + "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\nMIAG\r\n", "", "", "smime.p7m"},
		{"a calendar", file("Content-Type: text/calendar; name=invite.ics"), "invite.ics.pdf", "Dear all", ""},
		{"winmail.dat", head + "Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded(winmail("Zoe CV.pdf", pdf)), "Zoe CV.pdf", "", ""},
		{"a message within", head + "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\r\nMy message of yesterday\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n" + file("Content-Type: application/pdf; name=cv.pdf") + "--o--\r\n", "cv.pdf", "My message of yesterday", ""},
	} {
		who, cv, letter, unread := read(t, []byte(tc.raw))
		if who != "Zoe|Mail|zoe@example.com" || cv != tc.cv || letter != tc.letter || unread != tc.unread {
			t.Errorf("%s: %q, %q, %q, %q", tc.name, who, cv, letter, unread)
		}
	}
}

// winmail makes a winmail.dat with one file.
func winmail(name string, content []byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, tnefSignature)
	b = append(b, 1, 0)
	attribute := func(id uint32, data []byte) {
		b = append(b, 2)
		b = binary.LittleEndian.AppendUint32(b, id)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
		b = append(append(b, data...), 0, 0)
	}
	attribute(tnefRenderData, make([]byte, 14))
	attribute(tnefTitle, append([]byte("ZOECV~1.PDF"), 0))
	attribute(tnefData, content)
	long := binary.LittleEndian.AppendUint32(nil, mapiLongName<<16|0x1e)
	long = binary.LittleEndian.AppendUint32(long, 1)
	long = binary.LittleEndian.AppendUint32(long, uint32(len(name)+1))
	attribute(tnefAttachment, append(append(long, name...), 0))
	return b
}

func TestTheApplicantOfAForwardedMessageIsItsAuthor(t *testing.T) {
	t.Parallel()
	inner := "From: Ada Inner <ada@example.com>\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\nI apply\r\n--i\r\nContent-Type: application/pdf; name=cv.pdf\r\n\r\n%PDF-1.7\r\n--i--\r\n"
	message := func(subject, text string) []byte {
		return []byte("From: Henry Resources <hr@employer.example>\r\nSubject: " + subject + "\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\r\n" + text +
			"\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n" + inner + "\r\n--o--\r\n")
	}
	for _, tc := range []struct{ subject, text, who, letter string }{
		{"Fwd: Application", "fyi", "Ada|Inner|ada@example.com", "I apply"},
		{"WG: Bewerbung", "", "Ada|Inner|ada@example.com", "I apply"},
		{"Application", "", "Ada|Inner|ada@example.com", "I apply"},
		{"Application of nobody", "", "Henry|Resources|hr@employer.example", "I apply"},
		{"Application", "This is mine", "Henry|Resources|hr@employer.example", "This is mine"},
	} {
		raw := message(tc.subject, tc.text)
		if tc.subject == "Application of nobody" {
			raw = bytes.Replace(raw, []byte("<ada@example.com>"), nil, 1)
		}
		who, cv, letter, unread := read(t, raw)
		if who != tc.who || letter != tc.letter || cv != "cv.pdf" || unread != "" {
			t.Errorf("%s %s: %q, %q, %q, %q", tc.subject, tc.text, who, cv, letter, unread)
		}
	}
}

func TestMailThroughAList(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ lines, who string }{
		{"From: 'Gina' via Jobs <jobs@employer.example>\r\nList-ID: <jobs.employer.example>\r\nX-Original-From: Gina Group <gina@example.com>", "Gina|Group|gina@example.com"},
		{"From: 'Gina' via Jobs <jobs@employer.example>\r\nList-ID: <jobs.employer.example>\r\nReply-To: gina@example.com", "Gina|-|gina@example.com"},
		{"From: Gina Group <gina@example.com>\r\nPrecedence: list\r\nList-Post: <mailto:jobs@employer.example>\r\nReply-To: jobs@employer.example", "Gina|Group|gina@example.com"},
		{"From: Gina Group <gina@example.com>\r\nPrecedence: bulk\r\nX-Loop: jobs@employer.example\r\nList-ID: <jobs.employer.example>\r\nList-Post: <mailto:jobs@employer.example>", "Gina|Group|gina@example.com"},
		{"From: Gina Group <gina@example.com>\r\nPrecedence: list\r\nX-Google-Group-Id: 1\r\nList-ID: <jobs.employer.example>\r\nReply-To: other@example.com", "Gina|Group|gina@example.com"},
		{"From: Site <noreply@site.example>\r\nList-ID: <jobs.employer.example>\r\nList-Post: <mailto:jobs@employer.example>\r\nReply-To: Gina Group <gina@example.com>", "Gina|Group|gina@example.com"},
		{"From: News <news@shop.example>\r\nList-ID: <news.shop.example>\r\nList-Post: NO", ""},
		{"From: 'Gina' via Jobs <jobs@employer.example>\r\nList-ID: <jobs.employer.example>\r\nReply-To: jobs@employer.example", ""},
	} {
		m, err := Parse([]byte(tc.lines+"\r\n\r\nHello"), Envelope{From: "bounce@lists.example", Domain: "localhost"})
		who := m.Applicant.FirstName + "|" + m.Applicant.LastName + "|" + m.Applicant.Email
		if tc.who == "" {
			if refused, ok := errors.AsType[*UnreadableError](err); !ok || !strings.Contains(refused.Reason, "mailing list") {
				t.Errorf("%s: %v", tc.lines, err)
			}
		} else if err != nil || who != tc.who {
			t.Errorf("%s: %s, %v", tc.lines, who, err)
		}
	}
}

// Lines of senders that the standard does not have.
func TestPerson(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ line, name, address string }{
		{`"=?utf-8?Q?J=C3=B6rg_M=C3=BCller?=" <j@example.com>`, "Jörg Müller", "j@example.com"},
		{`=?windows-1251?B?wOTg?= <ada@example.com>`, "Ада", "ada@example.com"},
		{`Doe, Jane <jane@example.com>`, "Doe, Jane", "jane@example.com"},
		{`Jane: Doe <jane@example.com>`, "Jane: Doe", "jane@example.com"},
		{`'Jane Doe' <jane@example.com>`, "Jane Doe", "jane@example.com"},
		{`Jane Doe jane@example.com`, "Jane Doe", "jane@example.com"},
		{`"Jane" Doe (PhD) <jane@example.com>`, `"Jane" Doe (PhD)`, "jane@example.com"},
		{`<jane@example.com>`, "", "jane@example.com"},
		{`jane.@example.com`, "", "jane.@example.com"},
		{`Jane <jane@example.com`, "Jane", "jane@example.com"},
	} {
		name, address, ok := person(tc.line)
		if !ok || name != tc.name && name != strings.ReplaceAll(tc.name, `"`, "") && name != strings.ReplaceAll(strings.ReplaceAll(tc.name, `"`, ""), " (PhD)", "") || address != tc.address {
			t.Errorf("%s: %q, %q, %v", tc.line, name, address, ok)
		}
	}
	for _, line := range []string{"", "undisclosed", "a@example.com, b@example.com", "A <a@example.com>, B [x] <b@example.com>"} {
		if name, address, ok := person(line); ok {
			t.Errorf("%s: %q, %q", line, name, address)
		}
	}
}
