package inbound

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// What programs and gateways do to the form of a message: none of it costs the CV or the letter.
func TestMessagesOfUnusualForm(t *testing.T) {
	t.Parallel()
	head := "From: Zoe Mail <zoe@example.com>\r\nMIME-Version: 1.0\r\n"
	part := func(header string) string {
		return "--b\r\n" + header + "\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded(pdf) + "\r\n"
	}
	mixed := func(parts ...string) string {
		return head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nDear all\r\n" + strings.Join(parts, "") + "--b--\r\n"
	}
	file := mixed(part("Content-Type: application/pdf; name=cv.pdf"))
	content := base64.StdEncoding.EncodeToString([]byte("--b\r\n\r\nDear all\r\n--b\r\nContent-Type: application/pdf; name=cv.pdf\r\n\r\n%PDF-1.7\r\n--b--\r\n"))
	inner := base64.StdEncoding.EncodeToString([]byte("From: Ada <ada@example.com>\r\nContent-Type: application/pdf; name=ada.pdf\r\n\r\n%PDF-1.7\r\n"))
	tnef := append(winmail("cv.pdf", pdf), 1, 0x0c, 0x80, 2, 0, 9, 0, 0, 0)
	tnef = append(append(tnef, "Dear all\x00"...), 0, 0)
	for _, tc := range []struct{ name, raw, cv, letter string }{
		{"carriage returns alone", strings.ReplaceAll(file, "\r\n", "\r"), "cv.pdf", "Dear all"},
		{"line feeds alone", strings.ReplaceAll(file, "\r\n", "\n"), "cv.pdf", "Dear all"},
		{"carriage returns twice", strings.ReplaceAll(file, "\r\n", "\r\r\n"), "cv.pdf", "Dear all"},
		{"a byte order mark", "\ufeff" + file, "cv.pdf", "Dear all"},
		{"an empty line in front", "\r\n" + file, "cv.pdf", "Dear all"},
		{"two types", strings.Replace(file, "MIME-Version", "Content-Type: text/plain\r\nMIME-Version", 1), "cv.pdf", "Dear all"},
		{"half a type", strings.Replace(file, "multipart/mixed", "multipart", 1), "cv.pdf", "Dear all"},
		{
			"one boundary for parts within parts",
			head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nDear all\r\n" +
				"--b\r\nContent-Type: text/html\r\n\r\n<p>Dear all\r\n--b--\r\n" + part("Content-Type: application/pdf; name=cv.pdf") + "--b--\r\n",
			"cv.pdf", "Dear all",
		},
		{"all parts in base64", head + "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n\r\n" + content, "cv.pdf", "Dear all"},
		{
			"all parts quoted-printable",
			head + "Content-Type: multipart/mixed; boundary=\"=b\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
				"--=3Db\r\n\r\nDear all\r\n--=3Db\r\nContent-Type: application/pdf; name=3Dcv.pdf\r\n\r\n%PDF-1.7\r\n--=3Db--\r\n",
			"cv.pdf", "Dear all",
		},
		{
			"a file of a Mac in two parts",
			mixed("--b\r\nContent-Type: multipart/appledouble; boundary=d\r\n\r\n--d\r\nContent-Type: application/applefile; name=cv.pdf\r\n\r\nfork\r\n" +
				strings.ReplaceAll(part("Content-Type: application/pdf; name=cv.pdf"), "--b", "--d") + "--d--\r\n"),
			"cv.pdf", "Dear all",
		},
		{"a CV that is called a picture", mixed(part("Content-Type: image/pdf; name=cv.pdf\r\nContent-ID: <1>")), "cv.pdf", "Dear all"},
		{"a message as a file", mixed("--b\r\nContent-Type: application/octet-stream; name=Application.eml\r\nContent-Transfer-Encoding: base64\r\n\r\n" + inner + "\r\n"), "ada.pdf", "Dear all"},
		{"a digest", mixed("--b\r\nContent-Type: multipart/digest; boundary=d\r\n\r\n--d\r\n\r\nFrom: Ada <ada@example.com>\r\nContent-Type: application/pdf; name=ada.pdf\r\n\r\n%PDF-1.7\r\n--d--\r\n"), "ada.pdf", "Dear all"},
		{"a letter that is marked as a file", head + "Content-Type: text/html\r\nContent-Disposition: attachment\r\n\r\n<p>Dear all</p>", "", "Dear all"},
		{"a CV that is marked as text", mixed(part("Content-Type: text/plain\r\nContent-Disposition: attachment")), "cv.pdf", "Dear all"},
		{"text that is marked as base64", head + "Content-Transfer-Encoding: base64\r\n\r\nDear all, I apply for the job.\r\nRegards Zoe", "", "Dear all, I apply for the job.\nRegards Zoe"},
		{"a signature that is base64, below", head + "Content-Transfer-Encoding: base64\r\n\r\nRGVhciBhbGw=\r\n\r\nThis mail was checked by a gateway.\r\n", "", "Dear all"},
		{"signs of encodings", head + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: Quoted_Printable\r\n\r\nGr=C3=BC=C3=9Fe", "", "Grüße"},
		{"a file in the text", head + "\r\nDear all\r\n\r\n" + uuencode("cv.pdf", pdf), "cv.pdf", "Dear all"},
		{"a file in the text, in base64", head + "\r\nDear all\r\nbegin-base64 644 cv.pdf\r\n" + encoded(pdf) + "\r\n====\r\n", "cv.pdf", "Dear all"},
		{"the letter in winmail.dat", head + "Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded(tnef), "cv.pdf", "Dear all"},
		{"lines of a quotation joined", head + "Content-Type: text/plain; format=flowed\r\n\r\n> You \r\n> wrote\r\n>> this \r\n> \r\nand \r\nI answer", "", "> You wrote\n>> this\n>\nand I answer"},
	} {
		who, cv, letter, unread := read(t, []byte(tc.raw))
		letter = strings.ReplaceAll(strings.ReplaceAll(letter, " \n", "\n"), "> \n", ">\n")
		if who != "Zoe|Mail|zoe@example.com" || cv != tc.cv || letter != tc.letter || unread != "" {
			t.Errorf("%s: %q, %q, %q, %q", tc.name, who, cv, letter, unread)
		}
	}
}

// uuencode writes a file as programs sent it before there was MIME.
func uuencode(name string, content []byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "begin 644 %s\r\n", name)
	for line := content; len(line) > 0; line = line[min(45, len(line)):] {
		part := line[:min(45, len(line))]
		b.WriteByte(byte(' ' + len(part)))
		for ; len(part) > 0; part = part[min(3, len(part)):] {
			var three [3]byte
			copy(three[:], part)
			for _, six := range []byte{three[0] >> 2, three[0]<<4&63 | three[1]>>4, three[1]<<2&63 | three[2]>>6, three[2] & 63} {
				b.WriteByte(' ' + six)
			}
		}
		b.WriteString("\r\n")
	}
	return b.String() + "`\r\nend\r\n"
}

// Character sets as programs name them, or do not.
func TestCharacterSetsOfLetters(t *testing.T) {
	t.Parallel()
	written := func(set encoding.Encoding, s string) string {
		out, err := set.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	utf16Of := func(s string) string {
		var b bytes.Buffer
		for _, u := range utf16.Encode([]rune(s)) {
			b.Write([]byte{byte(u), byte(u >> 8)})
		}
		return b.String()
	}
	for _, tc := range []struct{ charset, text, want string }{
		{"utf-16le", utf16Of("Grüße"), "Grüße"},
		{"utf-16", "\xff\xfe" + utf16Of("Grüße"), "Grüße"},
		{"unicode", "\xff\xfe" + utf16Of("Grüße"), "Grüße"},
		{"", "\xff\xfe" + utf16Of("Grüße"), "Grüße"},
		{"utf-8", "\ufeffGrüße", "Grüße"},
		{"utf-7", "Gr+APwA3w-e 1 +- 1", "Grüße 1 + 1"},
		{"unicode-1-1-utf-7", "Gr+APwA3w-e", "Grüße"},
		{"cp932", written(japanese.ShiftJIS, "履歴書"), "履歴書"},
		{"windows-31j", written(japanese.ShiftJIS, "履歴書"), "履歴書"},
		{"", written(japanese.ISO2022JP, "履歴書"), "履歴書"},
		{"iso-2022-jp-ms", written(japanese.ISO2022JP, "履歴書"), "履歴書"},
		{"us-ascii", written(japanese.ISO2022JP, "履歴書"), "履歴書"},
		{"macroman", written(charmap.Macintosh, "Grüße"), "Grüße"},
		{"x-macintosh", written(charmap.Macintosh, "Grüße"), "Grüße"},
		{"cp850", written(charmap.CodePage850, "Grüße"), "Grüße"},
		{"win-1251", written(charmap.Windows1251, "Резюме"), "Резюме"},
		{"cp-1251", written(charmap.Windows1251, "Резюме"), "Резюме"},
		{"8859_15", "5 \xa4", "5 €"},
		{"iso-8859-1; charset=utf-8", "Grüße", "Grüße"},
		{"", written(charmap.KOI8R, "Добрый день! Прошу рассмотреть моё резюме."), "Добрый день! Прошу рассмотреть моё резюме."},
		{"x-unknown", written(simplifiedchinese.GBK, "您好，附件是我的简历，请查收。"), "您好，附件是我的简历，请查收。"},
		{"us-ascii", written(charmap.Windows1251, "Добрый день! Прошу рассмотреть моё резюме."), "Добрый день! Прошу рассмотреть моё резюме."},
		{"us-ascii", "Gr\xfc\xdfe aus K\xf6ln", "Grüße aus Köln"},
		{"us-ascii (Plain text)", "Grüße", "Grüße"},
		// A set that it is not in.
		{"gb2312", "Größe – Grüße", "Größe – Grüße"},
		{"koi8-r", "Grüße", "Grüße"},
		{"utf-16", "Dear all", "Dear all"},
		{"utf-8", written(charmap.Windows1251, "Добрый день! Прошу рассмотреть моё резюме."), "Добрый день! Прошу рассмотреть моё резюме."},
		{"iso-8859-1", written(charmap.KOI8R, "Добрый день! Прошу рассмотреть моё резюме."), "Добрый день! Прошу рассмотреть моё резюме."},
		{"windows-1252", written(simplifiedchinese.GBK, "您好，附件是我的简历，请查收。"), "您好，附件是我的简历，请查收。"},
		{"iso-2022-jp", written(japanese.ShiftJIS, "履歴書を添付いたします。"), "履歴書を添付いたします。"},
		{"us-ascii", "\x1b$)C\x0e@L7B<-\x0f CV", "이력서 CV"},
		{"", utf16Of("Grüße, 简历"), "Grüße, 简历"},
	} {
		kind := "Content-Type: text/plain; charset=" + tc.charset
		if tc.charset == "" {
			kind = "Content-Type: text/plain"
		}
		_, _, letter, unread := read(t, []byte("From: Zoe Mail <zoe@example.com>\r\n"+kind+"\r\nContent-Transfer-Encoding: base64\r\n\r\n"+base64.StdEncoding.EncodeToString([]byte(tc.text))))
		if letter != tc.want || unread != "" {
			t.Errorf("%q: %q, %q; want %q", tc.charset, letter, unread, tc.want)
		}
	}
}

func eightBits(set encoding.Encoding, s string) string {
	out, err := set.NewEncoder().String(s)
	if err != nil {
		panic(err)
	}
	return out
}

// Names of files as programs write them.
func TestNamesOfFiles(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		`name * = UTF-8''R%C3%A9sum%C3%A9.pdf`:                                                  "Résumé.pdf",
		`name*="UTF-8''R%C3%A9sum%C3%A9.pdf"`:                                                   "Résumé.pdf",
		`name*=R%C3%A9sum%C3%A9.pdf`:                                                            "Résumé.pdf",
		`name*1*=sum%C3%A9; name*0*=UTF-8''R%C3%A9; name*2=".pdf"`:                              "Résumé.pdf",
		`name*0*=UTF-8''R%C3; name*1*=%A9sum%C3%A9.pdf`:                                         "Résumé.pdf",
		`name="=?utf-8?B?UsM=?= =?utf-8?B?qXN1bcOpLnBkZg==?="`:                                  "Résumé.pdf",
		`name="=?utf-8?B?UsOpc3Vtw6kgMy5wZGY?="`:                                                "Résumé 3.pdf",
		`name==?utf-8?B?UsOpc3Vtw6kucGRm?=`:                                                     "Résumé.pdf",
		`name="=?utf-8*en?Q?R=C3=A9sum=C3=A9.pdf?="`:                                            "Résumé.pdf",
		`name="R%C3%A9sum%C3%A9%202026.pdf"`:                                                    "Résumé 2026.pdf",
		`name="100% of 5.pdf"`:                                                                  "100% of 5.pdf",
		`name="=?windows-1252?Q?Zoe=5F=96=5FCV.pdf?="`:                                          "Zoe_–_CV.pdf",
		`name="R&eacute;sum&#233;.pdf"`:                                                         "Résumé.pdf",
		`name='Zoe CV.pdf'`:                                                                     "Zoe CV.pdf",
		`name="Zoe CV.pdf.."`:                                                                   "Zoe CV.pdf",
		`name="C:\Users\zoe\Zoe CV.pdf"`:                                                        "Zoe CV.pdf",
		`name="Zoe CV.pdf`:                                                                      "Zoe CV.pdf",
		`name="CV.doc"`:                                                                         "CV.pdf",
		"x=y\r\n;name=\"Zoe CV.pdf\"":                                                           "Zoe CV.pdf", // folded without a blank
		`name*=UTF-8''Zoe R%C3%A9sum%C3%A9.pdf`:                                                 "Zoe Résumé.pdf",
		"name=\"=?utf-8?Q?R=C3=A9sum=\r\n C3=A9.pdf?=\"":                                        "Résumé.pdf",
		`name="Zoe CV.pdf" (my CV); size=1`:                                                     "Zoe CV.pdf",
		"name=\"" + eightBits(charmap.Windows1251, "Резюме Иванов") + ".pdf\"":                  "Резюме Иванов.pdf",
		"name=\"" + eightBits(simplifiedchinese.GBK, "个人简历") + ".pdf\"":                         "个人简历.pdf",
		"name=\"" + eightBits(japanese.ShiftJIS, "職務経歴書") + ".pdf\"":                            "職務経歴書.pdf",
		"name=\"cv.pdf\"; x=\"\u00a0\"":                                                         "cv.pdf",
		`name="=?iso-8859-1?Q?R=E9sum=E9?=` + "\r\n\t" + `=?iso-8859-1?Q?_Zoe=2Epdf?="; size=1`: "Résumé Zoe.pdf",
	} {
		_, cv, _, unread := read(t, []byte("From: Zoe Mail <zoe@example.com>\r\nContent-Type: application/pdf; "+line+"\r\n\r\n%PDF-1.7"))
		if cv != want || unread != "" {
			t.Errorf("%s: %q, %q; want %q", line, cv, unread, want)
		}
	}
}

func TestAuthorsOfUnusualForm(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ line, first, last string }{
		{`Jane <<jane@example.com>>`, "Jane", "-"},
		{`Jane Doe [mailto:jane@example.com]`, "Jane", "Doe"},
		{`Jane Doe <mailto:jane@example.com>`, "Jane", "Doe"},
		{`Jane Doe (jane@example.com)`, "Jane", "Doe"},
		{`Jane Doe <jane@example.com> <jane@example.com>`, "Jane", "Doe"},
		{`Jane Doe <jane@example.com>, Jane Doe <JANE@example.com>`, "Jane", "Doe"},
		{`=?utf-8?Q?Jane_Doe_<jane@example.com>?=`, "Jane", "Doe"},
		{`=?utf-8?B?SmFuZSBEb2U?= <jane@example.com>`, "Jane", "Doe"},
		{`Dr. Jane Doe, PhD <jane@example.com>`, "Dr. Jane", "Doe"},
		{`"Jane Doe, MBA, M.Sc." <jane@example.com>`, "Jane", "Doe"},
		{`"Doe, Jane" <jane@example.com>`, "Jane", "Doe"},
	} {
		name, address, ok := person(tc.line)
		first, last := splitName(name, address)
		if !ok || address != "jane@example.com" || first != tc.first || last != tc.last {
			t.Errorf("%s: %q %q, %q, %v", tc.line, first, last, address, ok)
		}
	}
}
