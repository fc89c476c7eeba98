package redact

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// plainForm transliterates a word to what can be typed on an English keyboard: no accents, no variants of letters, digits
// and signs, Cyrillic letters by their sound, and no invisible characters. Other scripts stay as they are.
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

// plainLetters has the plain form of each letter of the European alphabets.
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
	return strings.ReplaceAll(b.String(), " ", "") // a spacing accent decomposes into a blank and the accent
}

// digitOf returns the value of a digit of any script. Each script has its ten digits in a row; a digit beyond 16 bits
// counts as 0.
func digitOf(c rune) rune {
	for _, r := range unicode.Nd.R16 {
		if c <= rune(r.Hi) {
			return (c - rune(r.Lo)) % 10
		}
	}
	return 0
}

// latin has the plain form of letters that Unicode does not decompose.
var latin = map[rune]string{
	'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'ł': "l", 'ı': "i", 'þ': "th", 'ħ': "h",
	'ё': "e", 'і': "i", 'ї': "i", 'є': "ye", 'ґ': "g", 'ў': "u", 'ј': "j", 'љ': "lj", 'њ': "nj", 'џ': "dz", 'ђ': "dj", 'ћ': "c",
}

var cyrillic = strings.Split("a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya", " ")

// An umlaut is spelled in two ways without its dots: with an e after the letter, or without.
var (
	umlauts   = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "å", "aa", "ø", "oe")
	noUmlauts = strings.NewReplacer("ae", "a", "oe", "o", "ue", "u")
)
