package board

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// plainForm writes a word as somebody would on a keyboard with English letters only: without accents, in the usual forms
// of letters, digits and signs, Cyrillic letters as they sound, and without what is not seen.
func plainForm(word string) string {
	if isASCII(word) {
		return word
	}
	var b strings.Builder
	b.Grow(len(word))
	for _, c := range word {
		switch {
		case c < utf8.RuneSelf:
			b.WriteRune(c)
		case int(c) < len(plainLetters):
			b.WriteString(plainLetters[c])
		default:
			b.WriteString(plainRune(c))
		}
	}
	return b.String()
}

// plainLetters are those of the alphabets of Europe.
var plainLetters = func() (t [0x530]string) {
	for c := rune(utf8.RuneSelf); int(c) < len(t); c++ {
		t[c] = plainRune(c)
	}
	return t
}()

func plainRune(c rune) string {
	if strings.ContainsRune("’‘ʼ´′＇", c) {
		return "'"
	}
	if unicode.Is(unicode.Pd, c) {
		return "-"
	}
	var b strings.Builder
	for _, part := range norm.NFKD.String(string(c)) {
		lower := unicode.ToLower(part)
		switch {
		case part < utf8.RuneSelf:
			b.WriteRune(part)
		case unicode.Is(unicode.Nd, part):
			b.WriteRune('0' + digitOf(part))
		case unicode.In(part, unicode.M, unicode.Cf):
		case lower == 'ß' || lower == 'ẞ':
			b.WriteString("ss")
		case latin[lower] != "":
			b.WriteString(latin[lower])
		case lower >= 'а' && lower <= 'я':
			b.WriteString(cyrillic[lower-'а'])
		default:
			b.WriteRune(lower)
		}
	}
	return strings.ReplaceAll(b.String(), " ", "") // of signs that stand for themselves on a blank
}

// digitOf is the value of a digit of any script: each has its ten in a row. Rare ones count as 0.
func digitOf(c rune) rune {
	for _, r := range unicode.Nd.R16 {
		if c <= rune(r.Hi) {
			return (c - rune(r.Lo)) % 10
		}
	}
	return 0
}

// latin are the letters that Unicode does not take apart, but people do.
var latin = map[rune]string{
	'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'ł': "l", 'ı': "i", 'þ': "th", 'ħ': "h",
	'ё': "e", 'і': "i", 'ї': "i", 'є': "ye", 'ґ': "g", 'ў': "u", 'ј': "j", 'љ': "lj", 'њ': "nj", 'џ': "dz", 'ђ': "dj", 'ћ': "c",
}

var cyrillic = strings.Split("a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya", " ")

// umlauts are spelled in two ways.
var (
	umlauts   = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "å", "aa", "ø", "oe")
	noUmlauts = strings.NewReplacer("ae", "a", "oe", "o", "ue", "u")
)
