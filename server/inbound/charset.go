package inbound

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode/utf32"

	"itmanagerjobs/store/board/charset"
	"itmanagerjobs/store/cvtext"
)

// charsetOf gives the character set of a name; nil when it is not known.
func charsetOf(name string) encoding.Encoding {
	name = strings.ToLower(strings.Trim(strings.TrimSpace(name), `"'`))
	if strings.HasPrefix(name, "utf8") || strings.HasPrefix(name, "utf-8") || name == "unicode-1-1-utf-8" {
		name = "utf-8" // utf8mb4 and the like
	}
	if m := pageOfWindows.FindStringSubmatch(name); m != nil {
		name = "windows-" + m[1]
	}
	if known, ok := charsetNames[name]; ok {
		name = known
	}
	if name == "x-user-defined" { // it names nothing
		return nil
	}
	if set, ok := otherSets[name]; ok {
		return set
	}
	if set, err := htmlindex.Get(name); err == nil && set != encoding.Replacement {
		return set
	}
	if set, err := ianaindex.MIME.Encoding(name); err == nil {
		return set
	}
	return nil
}

// pageOfWindows matches the ways to write a code page of Windows.
var pageOfWindows = regexp.MustCompile(`^(?:x-)?(?:cp|ms|win|windows)[-_]?(125\d|874)$`)

// charsetNames are names that programs use and the standards do not have.
var charsetNames = map[string]string{
	"cp932": "shift_jis", "ms932": "shift_jis", "windows-932": "shift_jis", "sjis-win": "shift_jis",
	"cp936": "gbk", "ms936": "gbk", "windows-936": "gbk", "gb_2312-80": "gbk", "euc-cn": "gbk", "cp949": "euc-kr", "ms949": "euc-kr", "uhc": "euc-kr", "ks_c_5601": "euc-kr",
	"cp950": "big5", "ms950": "big5", "windows-950": "big5", "iso-2022-jp-ms": "iso-2022-jp", "iso-2022-jp-1": "iso-2022-jp", "iso-2022-jp-2": "iso-2022-jp",
	"iso-2022-jp-3": "iso-2022-jp", "cp50220": "iso-2022-jp", "cp50221": "iso-2022-jp", "eucjp": "euc-jp", "cp51932": "euc-jp",
	"macroman": "macintosh", "mac-roman": "macintosh", "x-macintosh": "macintosh", "x-mac-cyrillic": "x-mac-cyrillic", "koi8": "koi8-r", "8859-1": "iso-8859-1", "8859_1": "iso-8859-1", "8859-15": "iso-8859-15",
	"8859_15": "iso-8859-15", "iso8859_15": "iso-8859-15", "latin-1": "iso-8859-1", "latin9": "iso-8859-15", "latin-9": "iso-8859-15", "ansi": "windows-1252",
	"ucs-2": "utf-16", "ucs2": "utf-16", "iso-10646-ucs-2": "utf-16", "utf16": "utf-16", "utf16le": "utf-16le", "utf16be": "utf-16be",
}

// otherSets are sets that browsers do not read any more, or never did.
var otherSets = map[string]encoding.Encoding{
	"hz-gb-2312": simplifiedchinese.HZGB2312, "utf-32": utf32.UTF32(utf32.LittleEndian, utf32.UseBOM),
	"utf-32le": utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), "utf-32be": utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM),
}

// windowsOf are the pages of Windows whose text programs call by the name of a standard: those have no letters at 0x80 to 0x9F.
var windowsOf = map[string]encoding.Encoding{
	"iso-8859-2": charmap.Windows1250, "iso-8859-4": charmap.Windows1257, "iso-8859-5": charmap.Windows1251, "iso-8859-6": charmap.Windows1256,
	"iso-8859-7": charmap.Windows1253, "iso-8859-8": charmap.Windows1255, "iso-8859-8-i": charmap.Windows1255, "iso-8859-13": charmap.Windows1257,
}

// shiftedSets are those of ISO 2022 in which a sign switches to Korean or Chinese, with the escape that names the set. Some programs leave
// it out.
var shiftedSets = map[string]string{"iso-2022-kr": "\x1b$)C", "iso-2022-cn": "\x1b$)A", "iso-2022-cn-ext": "\x1b$)A"}

// metaCharset finds what HTML says of its own character set.
var metaCharset = regexp.MustCompile(`(?i)<meta[^>]+charset\s*=\s*["']?([a-z0-9_:-]+)`)

// decodeText reads the text of a part. What is UTF-8 is read as that, unless the character set is one whose text could look
// so: many programs name another one. So is text whose own signs say what it is. Text without a character set that fits is guessed.
func decodeText(b []byte, claimed string, html bool) string {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	name := strings.ToLower(claimed)
	switch {
	case strings.HasSuffix(name, "utf-7"):
		return decodeUTF7(b)
	case shiftedSets[name] != "":
		if text, ok := cvtext.Escaped(append([]byte(shiftedSets[name]), b...)); ok {
			return text
		}
	case hasC1(b) && windowsOf[name] != nil && !utf8.Valid(b):
		if out, err := windowsOf[name].NewDecoder().Bytes(b); err == nil {
			return strings.ToValidUTF8(string(out), "\ufffd")
		}
	}
	if text, ok := selfEvident(b, name); ok {
		return text
	}
	if claimed == "" && html {
		if m := metaCharset.FindSubmatch(b[:min(len(b), 4096)]); m != nil {
			name = strings.ToLower(string(m[1]))
		}
	}
	set := charsetOf(name)
	if text, ok := charset.MostlyUTF8(b); ok && (set == nil || set == encoding.Nop || strings.HasPrefix(name, "utf")) {
		return text
	}
	if set == nil || set == encoding.Nop || isClaimedByAll(name) && !isASCII(b) {
		return guess(b)
	}
	out, err := set.NewDecoder().Bytes(b)
	text := strings.ToValidUTF8(string(out), "\ufffd")
	switch {
	case err != nil, strings.Count(text, "\ufffd") > 1+utf8.RuneCountInString(text)/20:
		return guess(b)
	case isWestern(name) && !isASCII(b):
		// Programs that do not know better name the set of the West. What is in another script is not in that one.
		// One letter tells nothing: a dash and the sign behind it look like one of East Asia.
		if other := guess(b); beyondLatin(other) > 1 {
			return other
		}
	}
	return text
}

// beyondLatin counts the letters of other scripts.
func beyondLatin(text string) (n int) {
	for _, c := range text {
		if unicode.IsLetter(c) && !unicode.Is(unicode.Latin, c) && c != 'µ' {
			n++
		}
	}
	return n
}

func guess(b []byte) string { return strings.ToValidUTF8(cvtext.Guess(b), "\ufffd") }

// selfEvident reads text that is of one character set whatever is said of it; name is what is said.
func selfEvident(b []byte, name string) (text string, ok bool) {
	wide := strings.HasPrefix(name, "utf-16") || strings.HasPrefix(name, "utf-32")
	if text, ok = charset.Wide(b); ok && (!wide || isMarked(b)) {
		return text, true
	}
	switch {
	case wide:
		// Plain text has blanks, and that of two bytes a zero beside each of them.
		return string(b), isASCII(b) && bytes.ContainsAny(b, " \n") && bytes.IndexByte(b, 0) < 0
	case isASCII(b):
		if text, ok = cvtext.Escaped(b); ok {
			return text, true
		}
		return string(b), !strings.HasPrefix(name, "iso-2022") && name != "hz-gb-2312"
	}
	// Characters of two bytes in UTF-8 may be pairs of East Asian sets, too; of three bytes there is hardly one.
	return string(b), utf8.Valid(b) && (!isEastAsian(name) || bytes.ContainsFunc(b, func(c rune) bool { return c >= 0x800 }))
}

// isMarked tells whether a text begins with the mark that tells the order of its bytes.
func isMarked(b []byte) bool {
	return bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) || bytes.HasPrefix(b, []byte("\x00\x00\xfe\xff"))
}

// isClaimedByAll tells whether a name is one that programs write for text of every character set.
func isClaimedByAll(name string) bool {
	return strings.HasPrefix(name, "utf8") || strings.HasPrefix(name, "utf-8") || name == "us-ascii" || name == "ascii"
}

func isWestern(name string) bool {
	set := charsetOf(name)
	return set == charmap.Windows1252 || set == charmap.ISO8859_1 || set == charmap.ISO8859_15
}

// isEastAsian tells whether characters of a set have two bytes.
func isEastAsian(name string) bool {
	switch charsetOf(name) {
	case japanese.ShiftJIS, japanese.EUCJP, korean.EUCKR, simplifiedchinese.GBK, simplifiedchinese.GB18030, traditionalchinese.Big5:
		return true
	}
	return false
}

// decodeUTF7 decodes UTF-7 (RFC 2152), in which old versions of Outlook wrote; what is none stays as it is.
func decodeUTF7(b []byte) string {
	return shifted.ReplaceAllStringFunc(string(b), func(s string) string {
		text := strings.TrimSuffix(s[1:], "-")
		if text == "" {
			return "+"
		}
		text = text[:len(text)-max(0, len(text)%4-3)]
		decoded, err := base64.RawStdEncoding.DecodeString(text)
		if err != nil {
			return s
		}
		units := make([]uint16, len(decoded)/2)
		for i := range units {
			units[i] = binary.BigEndian.Uint16(decoded[2*i:])
		}
		return string(utf16.Decode(units))
	})
}

// shifted matches what UTF-7 encodes.
var shifted = regexp.MustCompile(`\+[A-Za-z0-9+/]*-?`)

func hasC1(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 && c < 0xa0 {
			return true
		}
	}
	return false
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// unflow joins the lines of a text that its writer's program has broken (RFC 3676).
func unflow(text string, deleteSpace bool) string {
	var b strings.Builder
	open := false // the line before goes on
	depth, before := 0, 0
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		rest := strings.TrimLeft(line, ">")
		depth, before = len(line)-len(rest), depth
		rest = strings.TrimPrefix(rest, " ") // stuffed
		switch {
		case open && depth == before:
			line = rest // of the same quotation
		case depth == 0:
			line = rest
			fallthrough
		default:
			if b.Len() > 0 {
				b.WriteByte('\n')
			}
		}
		open = strings.HasSuffix(rest, " ") && rest != "-- "
		if open && deleteSpace {
			line = strings.TrimSuffix(line, " ")
		}
		b.WriteString(line)
	}
	return b.String()
}
