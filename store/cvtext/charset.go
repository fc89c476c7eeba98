package cvtext

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"itmanagerjobs/store/board/charset"
)

// Pages that have no number in Windows, or none that RTF uses.
const (
	symbolPage = -1
	macPage    = 10000
)

// codePages are the code pages of Windows.
var codePages = map[int]encoding.Encoding{
	437: charmap.CodePage437, 850: charmap.CodePage850, 852: charmap.CodePage852, 855: charmap.CodePage855, 860: charmap.CodePage860,
	866: charmap.CodePage866,
	874: charmap.Windows874, 932: japanese.ShiftJIS, 936: simplifiedchinese.GBK, 949: korean.EUCKR, 950: traditionalchinese.Big5,
	1250: charmap.Windows1250, 1251: charmap.Windows1251, 1252: charmap.Windows1252, 1253: charmap.Windows1253,
	1254: charmap.Windows1254, 1255: charmap.Windows1255, 1256: charmap.Windows1256, 1257: charmap.Windows1257, 1258: charmap.Windows1258,
	macPage: charmap.Macintosh, 10007: charmap.MacintoshCyrillic, 20866: charmap.KOI8R, 21866: charmap.KOI8U,
	28591: charmap.ISO8859_1, latin2: charmap.ISO8859_2, latin4: charmap.ISO8859_4, 28595: charmap.ISO8859_5, latin5: charmap.ISO8859_9,
	latin7: charmap.ISO8859_13, latin9: charmap.ISO8859_15, latin10: charmap.ISO8859_16,
	54936: simplifiedchinese.GB18030, 65001: encoding.Nop,
}

// decodePage reads bytes of a code page; one that is not known is read as Windows-1252.
func decodePage(page int, b []byte) string {
	set, ok := codePages[page]
	if !ok {
		set = charmap.Windows1252
	}
	out, err := set.NewDecoder().Bytes(b)
	if err != nil {
		return ""
	}
	return strings.ToValidUTF8(string(out), "\ufffd")
}

// fromTXT reads plain text in the character set that it most likely has.
func fromTXT(b []byte) string {
	if text, ok := charset.Wide(b); ok {
		return text
	}
	if text, ok := Escaped(b); ok {
		return text
	}
	if text, ok := charset.MostlyUTF8(b); ok || utf8.Valid(b) {
		return strings.TrimPrefix(text, "\ufeff")
	}
	return Guess(b)
}
