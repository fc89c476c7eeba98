package cvtext

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Escaped reads text of seven bits whose own signs switch between character sets: ISO-2022-JP, ISO-2022-KR, ISO-2022-CN and HZ. No other
// text has these signs. ok is false for other bytes.
func Escaped(b []byte) (text string, ok bool) {
	var set encoding.Encoding
	switch {
	case bytes.Contains(b, []byte("\x1b$)C")):
		set, b = korean.EUCKR, unshifted(b)
	case bytes.Contains(b, []byte("\x1b$)")):
		set, b = simplifiedchinese.GBK, unshifted(b)
	case bytes.Contains(b, []byte("\x1b$")):
		set = japanese.ISO2022JP
	case bytes.Contains(b, []byte("~{")) && bytes.Contains(b, []byte("~}")) && !bytes.ContainsFunc(b, func(c rune) bool { return c >= utf8.RuneSelf }):
		set = simplifiedchinese.HZGB2312
	default:
		return "", false
	}
	out, err := set.NewDecoder().Bytes(b)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) && set == simplifiedchinese.HZGB2312 {
		return "", false
	}
	return string(out), true
}

// unshifted reads text in which a sign switches to Korean or Chinese (RFC 1557, RFC 1922) as 8 bits. Each is a set of 8 bits without the
// highest.
func unshifted(b []byte) []byte {
	out := make([]byte, 0, len(b))
	high := byte(0)
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == 0x1b && i+3 < len(b) && b[i+1] == '$':
			i += 3
		case c == 0x0e:
			high = 0x80
		case c == 0x0f:
			high = 0
		case c == '\n':
			high = 0 // each line begins in ASCII
			out = append(out, c)
		case c > ' ':
			out = append(out, c|high)
		default:
			out = append(out, c)
		}
	}
	return out
}
