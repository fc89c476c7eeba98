package charset

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// MostlyUTF8 reads text that is UTF-8 but for a few bytes, such as a dash that was pasted from elsewhere, or a last character that was cut
// off. Those are read as Windows-1252. ok is false for text of another character set.
func MostlyUTF8(b []byte) (text string, ok bool) {
	whole, broken := 0, 0
	var out strings.Builder
	for i := 0; i < len(b); {
		c, size := utf8.DecodeRune(b[i:])
		switch {
		case c != utf8.RuneError || size > 1:
			if size > 1 {
				whole++
			}
			out.Write(b[i : i+size])
		case !utf8.FullRune(b[i:]):
			size = len(b) - i // cut off
		default:
			broken++
			if c := charmap.Windows1252.DecodeByte(b[i]); c != utf8.RuneError {
				out.WriteRune(c)
			}
		}
		i += size
	}
	return out.String(), whole > 2*broken
}
