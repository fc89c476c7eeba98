package inbound

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"

	"itmanagerjobs/store/board"
)

// Lines that name the author, with the headers beside them, as people and sites write them.
func TestKindsOfAuthors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ lines, who string }{
		{`From: "jane doe"@example.org`, `Jane|Doe|"jane doe"@example.org`},
		{`From: Jane Doe <"jane@home"@example.org>`, `Jane|Doe|"jane@home"@example.org`},
		{`From: Jane Doe [X] <"jane doe"@example.org>`, `Jane|Doe [X]|"jane doe"@example.org`},
		{`From: "jane"@example.org`, "Jane|-|jane@example.org"},
		{`From: <"j.d."@example.org>`, "J|D|j.d.@example.org"},
		{`From: (work) Jane (x) Doe <jane(home)@example.org>`, "Jane|Doe|jane@example.org"},
		{`From: Jane Doe (of \) Kent) <jane(home \) x)@example.org>`, "Jane|Doe|jane@example.org"},
		{`From: Jane Doe <jane@(mail (old))example.org>`, "Jane|Doe|jane@example.org"},
		{`From: Jane <jane @ example.org>`, "Jane|-|jane@example.org"},
		{`From: jane @ example.org`, "Jane|-|jane@example.org"},
		{`From: Jane Doe <jane＠example.org>`, "Jane|Doe|jane@example.org"},
		{`From: Jane Doe jane@work.example <jane@example.org>`, "Jane|Doe|jane@example.org"},
		{`From: <Jane Doe> <jane@example.org>`, "Jane|Doe|jane@example.org"},
		{`From: =?x-unknown?Q?J=C3=A4ne?= Doe <jane@example.org>`, "Jäne|Doe|jane@example.org"},
		{`From: =?iso-8859-1?Q?O=92Neill?= <jane@example.org>`, "O’Neill|-|jane@example.org"},
		{`From: =?gb2312?B?1cU=?= =?gb2312?B?yP0=?= <zhang@example.org>`, "张三|-|zhang@example.org"},
		{`From: =?gb2312?B?1Q==?= =?gb2312?B?xcj9?= <zhang@example.org>`, "张三|-|zhang@example.org"}, // cut within a character
		{`From: [EXTERNAL] Jane Doe <jane@example.org>`, "Jane|Doe|jane@example.org"},
		{`From: Jane Doe (Extern) <jane@example.org>`, "Jane|Doe|jane@example.org"},
		{`From: Jane O&#39;Neill <jane@example.org>`, "Jane|O'Neill|jane@example.org"},
		{"From: Jane Doe via Networking <no-reply@site.example>\r\nReply-To: jane@example.org", "Jane|Doe|jane@example.org"},
		{"From: Site <noreply@site.example>\r\nReply-To: Jane Doe <jane@example.org>", "Jane|Doe|jane@example.org"},
		{"From: Site <noreply@site.example>\r\nReply-To: no-reply@site.example", "Site|-|noreply@site.example"},
		{"From: Jane Doe <jane@work.example>\r\nReply-To: jane@example.org", "Jane|Doe|jane@work.example"},
		{"From: Jane Doe <jane@work.example>\r\nSender: Office <office@work.example>", "Jane|Doe|jane@work.example"},
		{"From: Jane Doe\r\nSender: jane@example.org", "Jane|Doe|jane@example.org"},
		{"From: <>\r\nReply-To: Jane Doe <jane@example.org>", "Jane|Doe|jane@example.org"},
		{"Reply-To: Jane Doe <jane@example.org>", "Jane|Doe|jane@example.org"},
		{"From: a@example.org, b@example.org\r\nReply-To: a@example.org", ""},
		{"From: undisclosed-recipients:;", ""},
		{"From: Jane Doe <jane@[IPv6:2001:db8::1]>", ""},
		{"From: jane@[192.0.2.7]", ""},
		{`From: "Jane Doe <jane@example.org>`, "Jane|Doe|jane@example.org"},
		{"From: " + eightBits(charmap.Windows1251, "Иван Петров") + " <ivan@example.org>", "Иван|Петров|ivan@example.org"},
		{`From: "<b>Jane</b> <i>Doe</i>" <jane@example.org>`, "Jane|Doe|jane@example.org"},
		{"From: Jane Doe <jane@[IPv6:2001:db8::1]>\r\nReply-To: jane@example.org", "Jane|Doe|jane@example.org"},
		{"From: Zoë Doe <zoë@example.org>", ""},
		{"From: Zoë Doe <zoë@example.org>\r\nReply-To: <zoe@exämple.org>", "Zoë|Doe|zoe@exämple.org"},
	} {
		who, _, _, unread := read(t, []byte(tc.lines+"\r\n\r\nHello"))
		if who != tc.who || (unread == "") != (tc.who != "") {
			t.Errorf("%s: %q, %q; want %q", tc.lines, who, unread, tc.who)
		}
	}
}

// Files in every wrapping that programs put around them.
func TestKindsOfWrappings(t *testing.T) {
	t.Parallel()
	head := "From: Zoe Mail <zoe@example.com>\r\nMIME-Version: 1.0\r\n"
	mixed := func(header, content string) string {
		return head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nDear all\r\n--b\r\n" + header + "\r\n\r\n" + content + "\r\n--b--\r\n"
	}
	coded := func(kind string, content []byte) string {
		return mixed("Content-Type: "+kind+"\r\nContent-Transfer-Encoding: base64", encoded(content))
	}
	const named = "application/pdf; name=cv.pdf"
	file := encoded(pdf)
	inner := "Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\nSigned\r\n--i\r\nContent-Type: " + named + "\r\n\r\n%PDF-1.7\r\n--i--\r\n"
	forwarded := "From: Ada Inner <ada@example.com>\r\n" + inner + strings.Repeat(" ", 57-len("From: Ada Inner <ada@example.com>\r\n"+inner)%57) + "%PDF-1.7"
	whole := mixed("Content-Type: "+named+"\r\nContent-Transfer-Encoding: base64", file)
	header, body, _ := strings.Cut(whole, "\r\n\r\n")
	for _, tc := range []struct{ name, raw, cv, letter, unread string }{
		{"words around base64", mixed("Content-Type: "+named+"\r\nContent-Transfer-Encoding: base64", "This is a file\r\n"+file+"\r\n-- scanned by a gateway --"), "cv.pdf", "Dear all", ""},
		{"quoted base64", mixed("Content-Type: "+named+"\r\nContent-Transfer-Encoding: base64", "> "+strings.ReplaceAll(file, "\r\n", "\r\n> ")), "cv.pdf", "Dear all", ""},
		{"base64 of a message with a file at the beginning of a line", coded("message/rfc822", []byte(forwarded)), "cv.pdf", "Dear all", ""},
		{"a body of carriage returns", header + "\r\n\r\n" + strings.ReplaceAll(body, "\r\n", "\r"), "cv.pdf", "Dear all", ""},
		{"uuencode without its end", head + "\r\nDear all\r\n" + strings.TrimSuffix(uuencode("cv.pdf", pdf), "`\r\nend\r\n"), "cv.pdf", "Dear all", ""},
		{"uuencode in a file", mixed("Content-Type: application/octet-stream; name=cv.pdf", uuencode("cv.pdf", pdf)), "cv.pdf", "Dear all", ""},
		{"yEnc in the text", head + "\r\nDear all\r\n" + yencoded("Zoe CV.pdf", "", pdf) + "Zoe", "Zoe CV.pdf", "Dear all\nZoe", ""},
		{"yEnc in pieces", head + "\r\nDear all\r\n" + yencoded("cv.pdf", "=ypart begin=1 end=9\r\n", pdf), "cv.pdf", "Dear all", ""},
		{"yEnc as an encoding", mixed("Content-Type: "+named+"\r\nContent-Transfer-Encoding: x-yenc", yencoded("cv.pdf", "", pdf)), "cv.pdf", "Dear all", ""},
		{"yEnc that breaks off", mixed("Content-Type: application/octet-stream; name=cv.pdf", strings.TrimSuffix(yencoded("cv.pdf", "", pdf), "=yend size=17\r\n")), "cv.pdf", "Dear all", ""},
		{"a CV that says it is text", coded("text/plain", pdf), "cv.pdf", "Dear all", ""},
		{"blanks in place of an empty line", strings.Replace(whole, "MIME-Version: 1.0\r\n", "MIME-Version: 1.0\r\n  \r\n", 1), "cv.pdf", "Dear all", ""},
		{"a form", head + "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\nContent-Disposition: form-data; name=letter\r\n\r\nDear all\r\n--b\r\nContent-Disposition: form-data; name=file; filename=cv.pdf\r\n\r\n%PDF-1.7\r\n--b--\r\n", "cv.pdf", "Dear all", ""},
		{"a CV that says it is a message", mixed("Content-Type: message/rfc822; name=cv.pdf\r\nContent-Transfer-Encoding: base64", file), "cv.pdf", "Dear all", ""},
		{"parts that say they are plain text", strings.Replace(whole, "multipart/mixed", "text/plain", 1), "cv.pdf", "Dear all", ""},
		{"a file of a Mac in one piece", coded("application/applefile; name=cv.pdf", []byte("\x00\x05\x16\x00\x00\x02\x00\x00"+strings.Repeat("\x00", 16)+"\x00\x01\x00\x00\x00\x01\x00\x00\x00\x26\x00\x00\x00\x08%PDF-1.7")), "cv.pdf", "Dear all", ""},
		{"a message in winmail.dat", coded("application/ms-tnef", attachedByProperty(kindObject, strings.Repeat("\x00", 16)+string(winmail("cv.pdf", pdf)))), "cv.pdf", "Dear all", ""},
		{"a file among the properties of winmail.dat", coded("application/ms-tnef", attachedByProperty(kindBytes, string(pdf))), "cv.pdf", "Dear all", ""},
		{"a CV that says it is HTML", coded("text/html", pdf), "cv.pdf", "Dear all", ""},
		{"a text that names the sign of a file", head + "\r\nMy CV begins with %PDF-1.7", "", "My CV begins with %PDF-1.7", ""},
		{"a picture in line that is a CV", coded("image/jpeg; name=\"Zoe CV.jpg\"\r\nContent-ID: <1>\r\nContent-Disposition: inline", []byte("\xff\xd8")), "", "Dear all", "Zoe CV.jpg"},
		{"a picture in line that was added by hand", coded("image/jpeg; name=\"Zeugnis.jpg\"\r\nContent-Disposition: inline", []byte("\xff\xd8")), "", "Dear all", "Zeugnis.jpg"},
		{"a logo", coded("image/png; name=image001.png\r\nContent-ID: <1>\r\nContent-Disposition: inline", []byte("\x89PNG")), "", "Dear all", ""},
		{"an archive", coded("application/zip; name=x.zip", archive("Zeugnis.pdf", "%PDF-1.4", "Zoe/Zoe CV.pdf", "%PDF-1.7", "__MACOSX/Zoe/._Zoe CV.pdf", "x", "Zoe/", "", "notes.xyz", "\x00")), "Zoe CV.pdf", "Dear all", "notes.xyz,Zeugnis.pdf"},
		{"an archive in an archive", coded("application/zip; name=x.zip", archive("y.zip", string(archive("cv.pdf", "%PDF-1.7")))), "cv.pdf", "Dear all", ""},
		{"archives without end", coded("application/zip; name=x.zip", archive("1.zip", string(archive("2.zip", string(archive("3.zip", string(archive("cv.pdf", "%PDF-1.7")))))))), "", "Dear all", "2.zip"},
		{"an archive with a password", coded("application/zip; name=x.zip", locked(archive("cv.pdf", "%PDF-1.7"))), "", "Dear all", "cv.pdf"},
		{"an archive that is damaged", coded("application/zip; name=x.zip", archive("cv.pdf", "%PDF-1.7")[:40]), "", "Dear all", "x.zip"},
		{"an item of Outlook", coded("application/vnd.ms-outlook; name=x.msg", outlookFile("Zoe CV.pdf", pdf)), "Zoe CV.pdf", "Dear all", ""},
		{"an item of Outlook with an old document of Word", coded("application/vnd.ms-outlook; name=x.msg", outlookFile("Zoe CV.doc", oldWord)), "Zoe CV.doc", "Dear all", ""},
		{"an item of Outlook that is damaged", coded("application/vnd.ms-outlook; name=x.msg", outlookFile("Zoe CV.pdf", pdf)[:4000]), "", "Dear all", "x.msg"},
		{"a signed message", head + "Content-Type: application/pkcs7-mime; smime-type=signed-data\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded(signedMessage(inner, false)), "cv.pdf", "Signed", ""},
		{"a signed message of open lengths", head + "Content-Type: application/x-pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded(signedMessage(inner, true)), "cv.pdf", "Signed", ""},
		{"an encrypted message", head + "Content-Type: application/pkcs7-mime; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded([]byte("\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0\x80\x30\x80")), "", "", "smime.p7m"},
		{"an encrypted file of PGP", mixed("Content-Type: application/octet-stream; name=encrypted.asc", "-----BEGIN PGP MESSAGE-----\r\n\r\nhQ\r\n-----END PGP MESSAGE-----"), "", "Dear all", "encrypted.asc"},
		{"the letter among the properties of winmail.dat", head + "Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded(withProperty(mapiHTML, kindBytes, "<p>Dear all</p>")), "cv.pdf", "Dear all", ""},
		{"the letter among the properties, as text", head + "Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded(withProperty(mapiBody, kindNarrow, "Dear all\x00")), "cv.pdf", "Dear all", ""},
		{"the letter in compressed RTF", head + "Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded(withProperty(mapiRichText, kindBytes, packedRich)), "cv.pdf", "hello world", ""},
		{"the letter in RTF that is not compressed", head + "Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded(withProperty(mapiRichText, kindBytes, plainRich(richOfPage))), "cv.pdf", "Grüße\nI apply & come", ""},
		{"compressed RTF that breaks off", head + "Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded(withProperty(mapiRichText, kindBytes, packedRich[:30])), "cv.pdf", "", "the text of the message"},
		{"a page of the web called plain text", head + "Content-Type: text/plain\r\n\r\n<!DOCTYPE html>\n<html><body><p>Dear <b>all</b>,</p></body></html>", "", "Dear all,", ""},
		{"plain text about a page of the web", head + "\r\nI wrote <html> by hand", "", "I wrote <html> by hand", ""},
		{"enriched text", head + "Content-Type: text/enriched\r\n\r\n<bold>Dear</bold> <color><param>red</param>all</color>, 1 << 2", "", "Dear all, 1 < 2", ""},
		{"markdown", head + "Content-Type: text/markdown\r\n\r\n# Dear all", "", "# Dear all", ""},
		{"a part without a header and without the blank line after it", head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nDear all, I apply: see below\r\nZoe\r\n--b\r\nContent-Type: " + named + "\r\nContent-Transfer-Encoding: base64\r\n\r\n" + file + "\r\n--b--\r\n", "cv.pdf", "Dear all, I apply: see below\nZoe", ""},
		{"a CV that is linked", head + "Content-Type: text/html\r\n\r\n<p>See <a href=\"https://drive.example/1?a=b&amp;c=d\">CV.pdf</a>, <a href='https://zoe.example/'>zoe.example</a>, <a href=mailto:z@example.com>mail</a>", "", "See CV.pdf (https://drive.example/1?a=b&c=d), zoe.example, mail", ""},
		{"a letter that HTML repeats, with links", head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee CV.pdf\r\n--b\r\nContent-Type: text/html\r\n\r\nSee <a href=\"https://drive.example\">CV.pdf</a>\r\n--b--\r\n", "", "See CV.pdf", ""},
		{"a letter that is too long", head + "\r\n" + strings.Repeat("x\r\n", board.MaxCoverLetter), "", strings.TrimSuffix(strings.Repeat("x\n", board.MaxCoverLetter/2), "\n"), "the end of the letter"},
		{"a text that PGP has encrypted", head + "\r\n-----BEGIN PGP MESSAGE-----\r\nVersion: 1\r\n\r\nhQ\r\n-----END PGP MESSAGE-----\r\n", "", "", "the text of the message"},
		{"a text that PGP has encrypted, in words", head + "\r\nDear all\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nhQ", "", "Dear all", "the text of the message"},
		{"a text that PGP has signed", head + "\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nDear all\r\n- -- Zoe\r\n-----BEGIN PGP SIGNATURE-----\r\n\r\niQ\r\n-----END PGP SIGNATURE-----\r\n", "", "Dear all\n-- Zoe", ""},
		{"what a Mac keeps beside a file", coded("application/octet-stream; name=\"._Zoe CV.pdf\"", append(bytes.Clone(appleDouble), "Mac OS X"...)), "", "Dear all", ""},
		{"the first piece of a message", head + "Content-Type: message/partial; number=1; total=2; id=a\r\n\r\nContent-Type: text/plain\r\n\r\nDear all, I", "", "Dear all, I", "the rest of the message"},
		{"the second piece of a message", head + "Content-Type: message/partial; number=2; total=2; id=a\r\n\r\nJVBERi0xLjQ=\r\n", "", "", "the rest of the message"},
		{"a letter that only Outlook reads", head + "Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded(withProperty(mapiRichText, kindBytes, "LZFu")), "cv.pdf", "", "the text of the message"},
	} {
		who, cv, letter, unread := read(t, []byte(tc.raw))
		if who != "Zoe|Mail|zoe@example.com" || cv != tc.cv || letter != tc.letter || unread != tc.unread {
			t.Errorf("%s: %q, %q, %q, %q", tc.name, who, cv, letter, unread)
		}
	}
}

// packedRich is the example of [MS-OXRTFCP], 3.1: {\rtf1\ansi\ansicpg1252\pard hello world}. plainRich is an RTF that is not compressed,
// and richOfPage a page of HTML in RTF ([MS-OXRTFEX]).
const (
	packedRich = "\x2d\x00\x00\x00\x2b\x00\x00\x00LZFu\xf1\xc5\xc7\xa7\x03\x00\x0a\x00rcpg125\x42\x32\x0a\xf3 hel\x09\x00 bw\x05\xb0ld}\x0a\x80\x0f\xa0"
	richOfPage = `{\rtf1\ansi\ansicpg1252\fromhtml1{\fonttbl{\f0\fswiss Arial;}}{\*\htmltag50 <body>}{\*\htmltag64 <p>}Gr\'fc\'dfe\htmlrtf\par\htmlrtf0{\*\htmltag72 </p>}I apply {\*\htmltag84 &amp;}\htmlrtf &\htmlrtf0  come}`
)

func plainRich(rtf string) string {
	head := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, uint32(len(rtf)+12)), uint32(len(rtf)))
	return string(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(head, richPlain), 0)) + rtf
}

// A message that was forwarded within the text, with nothing of the sender's own, is that of its author.
func TestTheApplicantOfAMessageForwardedInTheText(t *testing.T) {
	t.Parallel()
	const rob, ada = "Rob|Recruiter|rob@agency.example", "Ada|Inner|ada@example.com"
	for _, tc := range []struct{ name, subject, text, who, letter string }{
		{"Gmail", "Fwd: Job", "---------- Forwarded message ---------\r\nFrom: Ada Inner <ada@example.com>\r\nDate: Sun, 29 Nov 2026 at 08:00\r\nSubject: Job\r\nTo: <rob@agency.example>\r\n\r\n\r\nI apply\r\n", ada, "I apply"},
		{"Gmail in German", "Fwd: Job", "---------- Forwarded message ---------\r\nVon: Ada Inner <ada@example.com>\r\nDate: So., 29. Nov. 2026\r\n\r\nI apply", ada, "I apply"},
		{"Apple", "Fwd: Job", "\r\n\r\nBegin forwarded message:\r\n\r\n> From: Ada Inner <ada@example.com>\r\n> Subject: Job\r\n> \r\n> I apply", ada, "I apply"},
		{"Outlook", "FW: Job", "________________________________\r\nFrom: Ada Inner <ada@example.com>\r\nSent: Sunday\r\n\r\nI apply", ada, "I apply"},
		{"Outlook in German", "WG: Job", "-----Ursprüngliche Nachricht-----\r\nVon: Ada Inner [mailto:ada@example.com]\r\nGesendet: Sonntag\r\n\r\nI apply", ada, "I apply"},
		{"Thunderbird", "Fwd: Job", "-------- Forwarded Message --------\r\nSubject: \tJob\r\nDate: \tSun\r\nFrom: \tAda Inner <ada@example.com>\r\n\r\nI apply", ada, "I apply"},
		{"French", "TR: Job", "De : Ada Inner <ada@example.com>\r\nObjet : Job\r\n\r\nI apply", ada, "I apply"},
		{"with words of the sender's", "Fwd: Job", "I would like this job.\r\n\r\n---------- Forwarded message ---------\r\nFrom: Ada Inner <ada@example.com>\r\n\r\nOpen job", rob, ""},
		{"of a site", "Fwd: Job", "---------- Forwarded message ---------\r\nFrom: Jobs <no-reply@site.example>\r\n\r\nOpen job", rob, ""},
		{"no forward", "Job", "From: Ada Inner <ada@example.com>\r\n\r\nsays hello", rob, ""},
	} {
		who, _, letter, _ := read(t, []byte("From: Rob Recruiter <rob@agency.example>\r\nSubject: "+tc.subject+"\r\n\r\n"+tc.text))
		if who != tc.who || tc.letter != "" && letter != tc.letter {
			t.Errorf("%s: %q, %q", tc.name, who, letter)
		}
	}
}

// An item of Outlook is a message within the message: its author applies when it was forwarded.
func TestTheApplicantOfAForwardedItemOfOutlook(t *testing.T) {
	t.Parallel()
	who, cv, letter, unread := read(t, []byte("From: Henry <hr@employer.example>\r\nSubject: WG: Bewerbung\r\nContent-Type: application/vnd.ms-outlook; name=x.msg\r\nContent-Transfer-Encoding: base64\r\n\r\n"+
		encoded(outlookFile("Ada CV.pdf", pdf))))
	if who != "Ada|Inner|ada@example.com" || cv != "Ada CV.pdf" || letter != "I apply, Grüße" || unread != "" {
		t.Errorf("%q, %q, %q, %q", who, cv, letter, unread)
	}
}

// TestAnItemOfOutlookWithoutAnAuthor: its text is the letter where there is no other.
func TestAnItemOfOutlookWithoutAnAuthor(t *testing.T) {
	t.Parallel()
	headers := []byte("0\x000\x007\x00D\x00")
	item := bytes.Replace(outlookFile("cv.pdf", pdf), headers, []byte("0\x000\x000\x000\x00"), 1)
	for _, tc := range []struct{ text, letter string }{{"", "I apply, Grüße"}, {"Dear all", "Dear all"}} {
		who, cv, letter, unread := read(t, []byte("From: Zoe Mail <zoe@example.com>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"+tc.text+
			"\r\n--b\r\nContent-Type: application/vnd.ms-outlook; name=x.msg\r\nContent-Transfer-Encoding: base64\r\n\r\n"+encoded(item)+"\r\n--b--\r\n"))
		if who != "Zoe|Mail|zoe@example.com" || cv != "cv.pdf" || letter != tc.letter || unread != "" {
			t.Errorf("%q, %q, %q, %q", who, cv, letter, unread)
		}
	}
}

// Every file of a message is named, however many there are.
func TestManyFiles(t *testing.T) {
	t.Parallel()
	var parts, names []string
	for i := range 40 {
		names = append(names, fmt.Sprintf("Zeugnis %d.pdf", i))
		parts = append(parts, attachment(fmt.Sprintf(`Content-Disposition: attachment; filename="%s"`, names[i]), encoded(fmt.Appendf(nil, "%%PDF-1.4 %d", i))))
	}
	parts = append(parts, attachment(`Content-Disposition: attachment; filename="CV.pdf"`, encoded(pdf)))
	_, cv, _, unread := read(t, []byte(withParts(parts...)))
	if want := strings.Join(names, ","); cv != "CV.pdf" || unread != want {
		t.Errorf("%q, %q; want %q", cv, unread, want)
	}
	parts = nil
	for i := range 400 {
		parts = append(parts, attachment(fmt.Sprintf(`Content-Disposition: attachment; filename="%d.png"`, i), encoded(fmt.Appendf(nil, "\x89PNG %d", i))))
	}
	parts = append(parts, attachment(`Content-Disposition: attachment; filename="CV.pdf"`, encoded(pdf)))
	if _, cv, _, unread := read(t, []byte(withParts(parts...))); cv != "CV.pdf" || !strings.HasSuffix(unread, ",198.png,other files") {
		t.Errorf("%q, %q", cv, unread)
	}
}

func TestKindsOfCharacterSets(t *testing.T) {
	t.Parallel()
	polish, err := charmap.Windows1250.NewEncoder().String("Łódź ąśę – “x”")
	if err != nil {
		t.Fatal(err)
	}
	chinese, err := simplifiedchinese.HZGB2312.NewEncoder().String("简历")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ charset, text, want string }{
		{"iso-8859-2", polish, "Łódź ąśę – “x”"},
		{"iso-8859-1", "5 \x80 \x93x\x94", "5 € “x”"},
		{"x-user-defined", "Gr\xfc\xdfe aus K\xf6ln", "Grüße aus Köln"},
		{"hz-gb-2312", chinese, "简历"},
		{"iso-2022-kr", "\x1b$)C\x0e@L7B<-\x0f CV", "이력서 CV"},
		{"iso-2022-cn", "\x1b$)A\x0e<r@z\x0f", "简历"},
		{"utf-32", "\xff\xfe\x00\x00G\x00\x00\x00\xfc\x00\x00\x00", "Gü"},
		{"utf-32be", "\x00\x00\x00G\x00\x00\x00\xfc", "Gü"},
		{"klingon", "Gr\xfc\xdfe aus K\xf6ln", "Grüße aus Köln"},
	} {
		_, _, letter, unread := read(t, []byte("From: Zoe Mail <zoe@example.com>\r\nContent-Type: text/plain; charset="+tc.charset+
			"\r\nContent-Transfer-Encoding: base64\r\n\r\n"+base64.StdEncoding.EncodeToString([]byte(tc.text))))
		if letter != tc.want || unread != "" {
			t.Errorf("%q: %q, %q; want %q", tc.charset, letter, unread, tc.want)
		}
	}
}

// What gateways and programs leave of base64 gives the same bytes.
func TestBase64(t *testing.T) {
	t.Parallel()
	content := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte{0xfb, 0xef, 0x00}, 2*decodedAtOnce)...)
	content = append(content, 0xff)
	file := encoded(content)
	for name, body := range map[string]string{
		"as it is":                    file,
		"in one line":                 strings.ReplaceAll(file, "\r\n", ""),
		"in lines of various lengths": strings.NewReplacer("\r\n", "", "+", "+\r\n").Replace(file),
		"without padding":             strings.TrimRight(strings.TrimSpace(file), "="),
		"of the alphabet of URLs":     strings.NewReplacer("+", "-", "/", "_").Replace(file),
		"in quoted-printable":         strings.ReplaceAll(strings.ReplaceAll(file, "=", "=3D"), "\r\n", "=0D=0A\r\n"),
		"with escaped ends of lines":  strings.ReplaceAll(file, "\r\n", `\r\n`+"\r\n"),
		"a footer right below":        file + "\r\n_____________________________\r\nJobs mailing list\r\njobs@list.example\r\n",
		"a footer":                    file + "\r\n\r\n--\r\nScanned\r\n",
	} {
		if got := decodeBase64([]byte(body)); !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes, want %d", name, len(got), len(content))
		}
	}
}

// archive makes a zip of names and contents.
func archive(entries ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		w, err := z.Create(entries[i])
		if err == nil {
			_, err = w.Write([]byte(entries[i+1]))
		}
		if err != nil && entries[i+1] != "" {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// locked sets the flag of a password in an archive.
func locked(b []byte) []byte {
	at := bytes.Index(b, []byte("PK\x01\x02"))
	b[at+8] |= 1
	return b
}

func yencoded(name, more string, content []byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "=ybegin line=128 size=%d name=%s\r\n%s", len(content), name, more)
	for _, c := range content {
		if c += 42; c == 0 || c == '\n' || c == '\r' || c == '=' {
			b.WriteByte('=')
			c += 64
		}
		b.WriteByte(c)
	}
	fmt.Fprintf(&b, "\r\n=yend size=%d\r\n", len(content))
	return b.String()
}

// signedMessage wraps a message as S/MIME does, without a signature.
func signedMessage(message string, open bool) []byte {
	element := func(tag byte, content ...[]byte) []byte {
		all := bytes.Join(content, nil)
		if open && tag&constructed != 0 {
			return append(append([]byte{tag, 0x80}, all...), 0, 0)
		}
		return append([]byte{tag, 0x82, byte(len(all) >> 8), byte(len(all))}, all...)
	}
	octets := element(tagOctets, []byte(message))
	if open {
		octets = element(tagOctets|constructed, element(tagOctets, []byte(message[:10])), element(tagOctets, []byte(message[10:])))
	}
	oid := func(last byte) []byte { return element(tagOID, append(bytes.Clone(oidSignedData[:8]), last)) }
	return element(tagSequence, oid(2), element(tagContext0, element(tagSequence,
		element(2, []byte{1}), element(0x31), element(tagSequence, oid(1), element(tagContext0, octets)), element(0x31))))
}

// withProperty is a winmail.dat with a CV and a property of the message.
func withProperty(property, kind uint32, value string) []byte {
	data := propertyTag(property, kind)
	data = binary.LittleEndian.AppendUint32(data, 1)
	data = append(binary.LittleEndian.AppendUint32(data, uint32(len(value))), value...)
	b := append(winmail("cv.pdf", pdf), 1)
	b = binary.LittleEndian.AppendUint32(b, tnefProperties)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	return append(append(b, data...), 0, 0)
}

// attachedByProperty is a winmail.dat whose file is one of its properties.
func attachedByProperty(kind uint32, content string) []byte {
	data := binary.LittleEndian.AppendUint32(propertyTag(mapiContent, kind), 1)
	data = append(binary.LittleEndian.AppendUint32(data, uint32(len(content))), content...)
	b := append(winmail("cv.pdf", nil), 2)
	b = binary.LittleEndian.AppendUint32(b, tnefAttachment)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	return append(append(b, data...), 0, 0)
}

// oldWord is what a document of Word before 2007 is known by.
var oldWord = []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1W\x00o\x00r\x00d\x00D\x00o\x00c\x00u\x00m\x00e\x00n\x00t\x00")

// outlookFile makes an item of Outlook from Ada with one file: a compound file ([MS-CFB]) whose streams have eight sectors each.
func outlookFile(name string, content []byte) []byte {
	const sector, streamSectors, none = 512, 8, 0xffffffff
	type entry struct {
		name              string
		kind              byte
		left, right, down uint32
		content           []byte
	}
	wide := func(s string) (b []byte) {
		for _, u := range utf16.Encode([]rune(s)) {
			b = binary.LittleEndian.AppendUint16(b, u)
		}
		return b
	}
	headers := "From: Ada Inner <ada@example.com>\r\nSubject: Bewerbung\r\n"
	entries := []entry{
		{"Root Entry", 5, none, none, 1, nil},
		{"__properties_version1.0", 2, none, 2, none, []byte("x")},
		{"__substg1.0_1000001F", 2, none, 3, none, wide("I apply, Grüße")},
		{"__substg1.0_007D001E", 2, none, 4, none, []byte(headers)},
		{"__attach_version1.0_#00000000", 1, none, none, 5, nil},
		{"__substg1.0_37010102", 2, none, 6, none, content},
		{"__substg1.0_3707001F", 2, none, none, none, wide(name)},
		{"", 0, none, none, none, nil},
	}
	directory := (len(entries)*128 + sector - 1) / sector
	var fat, streams, dirs []byte
	chain := func(from, count int) {
		for i := range count {
			next := uint32(from + i + 1)
			if i == count-1 {
				next = 0xfffffffe
			}
			fat = binary.LittleEndian.AppendUint32(fat, next)
		}
	}
	fat = binary.LittleEndian.AppendUint32(fat, 0xfffffffd)
	chain(1, directory)
	at := 1 + directory
	for _, e := range entries {
		d := make([]byte, 128)
		copy(d, wide(e.name))
		binary.LittleEndian.PutUint16(d[64:], uint16(2*len(e.name)+2))
		d[66] = e.kind
		binary.LittleEndian.PutUint32(d[68:], e.left)
		binary.LittleEndian.PutUint32(d[72:], e.right)
		binary.LittleEndian.PutUint32(d[76:], e.down)
		binary.LittleEndian.PutUint32(d[116:], 0xfffffffe)
		if e.kind == 2 {
			binary.LittleEndian.PutUint32(d[116:], uint32(at))
			binary.LittleEndian.PutUint32(d[120:], sector*streamSectors)
			padded := make([]byte, sector*streamSectors)
			copy(padded, e.content)
			streams = append(streams, padded...)
			chain(at, streamSectors)
			at += streamSectors
		}
		dirs = append(dirs, d...)
	}
	head := make([]byte, sector)
	copy(head, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	for _, v := range []struct{ at, value uint16 }{{24, 0x3e}, {26, 3}, {28, 0xfffe}, {30, 9}, {32, 6}} {
		binary.LittleEndian.PutUint16(head[v.at:], v.value)
	}
	for _, v := range []struct{ at, value uint32 }{{44, 1}, {48, 1}, {56, 4096}, {60, 0xfffffffe}, {68, 0xfffffffe}} {
		binary.LittleEndian.PutUint32(head[v.at:], v.value)
	}
	for i := 80; i < sector; i += 4 {
		binary.LittleEndian.PutUint32(head[i:], none)
	}
	for len(fat) < sector {
		fat = binary.LittleEndian.AppendUint32(fat, none)
	}
	return bytes.Join([][]byte{head, fat, dirs, streams}, nil)
}

// A stranger's archive or item of Outlook costs little, whatever it says of itself.
func TestHostileWrappings(t *testing.T) {
	t.Parallel()
	var entries []string
	for i := range maxArchived + 10 {
		entries = append(entries, fmt.Sprint(i, ".bin"), "\x00")
	}
	_, unread, ok := readArchive(archive(entries...), new(int64(maxUnpacked)))
	if !ok || len(unread) != 1 || unread[0].Name != "other files of an archive" {
		t.Errorf("%v, %v", unread, ok)
	}
	bomb := archive("a.pdf", strings.Repeat("0", board.MaxCV), "b.pdf", strings.Repeat("0", board.MaxCV), "c.pdf", strings.Repeat("0", board.MaxCV),
		"d.pdf", strings.Repeat("0", board.MaxCV), "e.pdf", "0")
	if files, unread, ok := readArchive(bomb, new(int64(maxUnpacked))); !ok || len(files) != 4 || len(unread) != 1 {
		t.Errorf("%d files, %v, %v", len(files), unread, ok)
	}
	for _, b := range [][]byte{bytes.Repeat([]byte{0x30, 0x80}, 1<<20), {0x30}, {0x30, 0x84, 0xff}, bytes.Repeat([]byte{0xff}, 100), nil} {
		if content, ok := signedContent(b); ok {
			t.Errorf("%d bytes have a message in them: %.20q", len(b), content)
		}
	}
}
