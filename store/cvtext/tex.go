package cvtext

import (
	"strings"
	"unicode"
)

// TeX's fonts of small dots (Type 3) say nothing of their letters, so that PDFium gives their codes in the encoding T1 as if these were
// characters. Ligatures have codes that no text has: a text with one of them is written in T1.
const (
	texLigatures = "\x1b\x1c\x1d\x1e\x1f"
	texFirst     = 0x0e // of texSigns; those below are accents, and ends of lines
)

// texSigns are the characters of T1 from texFirst to 0x1f; the space is a mark without width.
var texSigns = strings.Split("‹ › “ ” „ « » – —  0 ı ȷ ff fi fl ffi ffl", " ")

// texLetters are those from 0x80 to 0xbf. The letters above are as in Unicode, but for the four below.
var texLetters = []rune("ĂĄĆČĎĚĘĞĹĽŁŃŇŊŐŔŘŚŠŞŤŢŰŮŸŹŽŻĲİđ§ăąćčďěęğĺľłńňŋőŕřśšşťţűůÿźžżĳ¡¿£")

// fromTeX reads the codes of T1 in a text that has ligatures of it, or what must be the ß of a German text. Other fonts of the same file may have signs with the numbers of T1's
// letters: a letter is read only beside another one.
func fromTeX(text string) string {
	if !strings.ContainsAny(text, texLigatures) && (!strings.Contains(text, "ÿ") || !strings.ContainsAny(text, "äöüÄÖÜ")) {
		return text
	}
	runes := []rune(text)
	letter := func(i int) bool {
		if i < 0 || i >= len(runes) {
			return false
		}
		c := runes[i]
		return unicode.IsLetter(c) || c == 0x19 || strings.ContainsRune(texLigatures, c) || c >= 0x80 && c < 0xc0 && !strings.ContainsRune("\u00a0«»¿¡©®°·", c)
	}
	var b strings.Builder
	for i, c := range runes {
		before, after := letter(i-1), letter(i+1)
		switch {
		case c >= texFirst && c < ' ':
			b.WriteString(texSigns[c-texFirst])
		case c == 0x88 && !before && !after:
			b.WriteRune('•') // of the font of signs (TS1), as the next one
		case c == 0xbf && !before && !after:
			b.WriteRune('€')
		case c >= 0x80 && c < 0xa0:
			b.WriteRune(texLetters[c-0x80])
		case strings.ContainsRune("©®°·«»", c) && (!before || !after), c == '§' && !before:
			b.WriteRune(c)
		case c >= 0xa0 && c <= 0xbf && (before || after) && c != 0xa0 && c != 0xad:
			b.WriteRune(texLetters[c-0x80])
		case c == 0xa0 && before && after:
			b.WriteRune('ă')
		case c == 0xd7 && after:
			b.WriteRune('Œ')
		case c == 0xf7 && (before || after):
			b.WriteRune('œ')
		case c == 0xff && before:
			b.WriteRune('ß')
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}
