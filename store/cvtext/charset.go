package cvtext

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	textunicode "golang.org/x/text/encoding/unicode"

	"itmanagerjobs/store/board"
)

// Pages that have no number in Windows, or none that RTF uses.
const (
	symbolPage = -1
	macPage    = 10000
)

// codePages are the code pages of Windows.
var codePages = map[int]encoding.Encoding{
	437: charmap.CodePage437, 850: charmap.CodePage850, 852: charmap.CodePage852, 855: charmap.CodePage855, 866: charmap.CodePage866,
	874: charmap.Windows874, 932: japanese.ShiftJIS, 936: simplifiedchinese.GBK, 949: korean.EUCKR, 950: traditionalchinese.Big5,
	1250: charmap.Windows1250, 1251: charmap.Windows1251, 1252: charmap.Windows1252, 1253: charmap.Windows1253,
	1254: charmap.Windows1254, 1255: charmap.Windows1255, 1256: charmap.Windows1256, 1257: charmap.Windows1257, 1258: charmap.Windows1258,
	macPage: charmap.Macintosh, 10007: charmap.MacintoshCyrillic, 20866: charmap.KOI8R, 21866: charmap.KOI8U,
	28591: charmap.ISO8859_1, 28592: charmap.ISO8859_2, 28595: charmap.ISO8859_5, 28605: charmap.ISO8859_15,
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
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")):
		return decodeUTF16(b, textunicode.BigEndian, textunicode.UseBOM)
	case looksUTF16(b, 1):
		return decodeUTF16(b, textunicode.LittleEndian, textunicode.IgnoreBOM)
	case looksUTF16(b, 0):
		return decodeUTF16(b, textunicode.BigEndian, textunicode.IgnoreBOM)
	case bytes.Contains(b, []byte("\x1b$")):
		if out, err := japanese.ISO2022JP.NewDecoder().Bytes(b); err == nil {
			return string(out)
		}
	}
	if text, ok := board.MostlyUTF8(b); ok || utf8.Valid(b) {
		return strings.TrimPrefix(text, "\ufeff")
	}
	return Guess(b)
}

func decodeUTF16(b []byte, order textunicode.Endianness, bom textunicode.BOMPolicy) string {
	out, err := textunicode.UTF16(order, bom).NewDecoder().Bytes(b)
	if err != nil {
		return ""
	}
	return string(out)
}

// looksUTF16 tells whether the bytes are UTF-16 without a byte order mark, whose upper bytes are at odd places or at even
// ones: nearly every text has blanks and line ends, whose upper byte is zero, and plain text has no other zeros.
func looksUTF16(b []byte, upper int) bool {
	b = b[:min(len(b)&^1, 4096)]
	zeros, others := 0, 0
	for i := 0; i+1 < len(b); i += 2 {
		if b[i+upper] == 0 {
			zeros++
		}
		if b[i+1-upper] == 0 {
			others++
		}
	}
	return zeros > 0 && others == 0 && zeros*20 >= len(b)/2
}
