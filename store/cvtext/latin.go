package cvtext

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Code pages whose text is written in Latin letters, in the order in which they are tried: of equals the first one is right.
const (
	latin2  = 28592
	latin4  = 28594
	latin5  = 28599
	latin7  = 28603
	latin9  = 28605
	latin10 = 28606
)

// tongue is a language in Latin letters: its letters beyond ASCII, the most frequent first, and the code pages in which it is written.
type tongue struct {
	letters string
	pages   []int
}

var (
	western = []int{1252, latin9, macPage, 850, 437}
	central = []int{1250, latin2, 852}
	baltic  = []int{1257, latin7, latin4}
	turkish = []int{1254, latin5}
)

// tongues are the languages that a text may have. The first is a mixture of all that Windows-1252 is for, such as an English text with
// names in it.
var tongues = []tongue{
	{"éèàáíóúñçüöäßøåæœãõêâôîïëùûìòÿýðþšž", []int{1252}},
	{"äüöß", append([]int{1250, 852}, western...)}, // German
	{"éèàêçâîôùûëïœæüÿ", western},                  // French
	{"óíáñéúü", western},                           // Spanish
	{"ãçáéóíõêúâôà", append([]int{860}, western...)},
	{"àèòùéìîó", western},       // Italian
	{"àèéóòíçúïü", western},     // Catalan
	{"äåöé", western},           // Swedish, Finnish
	{"åøæéòóô", western},        // Danish, Norwegian
	{"áðíóéúþöýæ", []int{1252}}, // Icelandic
	{"éëïöüèêó", western},       // Dutch
	{"áéíóú", western},          // Irish
	{"äõüöšž", append([]int{1252, latin9}, baltic...)},
	{"łąęóżśćńź", append([]int{1257, latin7}, central...)}, // Polish
	{"áíéřěčýžšůúťóňď", central},                           // Czech
	{"áíéčýžšľúťňôäóŕďĺ", central},                         // Slovak
	{"éáöóőüíúű", append([]int{latin10}, central...)},      // Hungarian
	{"čžšćđ", append([]int{latin10}, central...)},          // Croatian, Slovene
	{"ăîâțşșţ", append([]int{latin10}, central...)},        // Romanian
	{"ëç", central},                                        // Albanian
	{"ıişğüçöâîû", turkish},
	{"ėšūžųįčęą", baltic},     // Lithuanian
	{"āīēšūļžņčģķōŗ", baltic}, // Latvian
	{"ưđôơăêâ\u0300\u0301\u0309\u0303\u0323áàãéèíóòõúùý", []int{1258}},
}

// Logarithms of likelihoods of characters beyond ASCII in Latin text.
const (
	strange     = -8.0 // a letter of another language, or no letter at all
	sign        = -4.0 // a dash, a bullet, and the like
	signInPlace = -1.0 // one that stands where such signs do
	misplaced   = -4.0 // what a word does not have inside
	beginsWord  = -0.7 // a large letter
	// leading is how much likelier Windows-1252 is than another page, before anything is read.
	leading = 3.0
)

// signs are the characters beyond ASCII that texts of all languages have.
const signs = "’‘“”„‚«»‹›–—•·…€£§©®™°±×½¼¾²³ºª¿¡\u00a0\u00ad´¨†‡µ¥¢¬¦¶÷"

// tongueWeights has for each language the logarithms of the likelihoods of its letters: each is a sixth rarer than the one before it.
var tongueWeights = func() []map[rune]float64 {
	all := make([]map[rune]float64, len(tongues))
	for i, t := range tongues {
		const rarer = 0.85
		all[i] = map[rune]float64{}
		sum, weight := 0.0, 1.0
		for range t.letters {
			sum, weight = sum+weight, weight*rarer
		}
		weight = 1 / sum
		for _, c := range t.letters {
			all[i][c], weight = math.Log(weight), weight*rarer
		}
	}
	return all
}()

// latinPage is the code page of a text in Latin letters: the one in which it is the likeliest text of a language.
func latinPage(b []byte) int {
	b = withLetters(b)
	texts := map[int][]rune{}
	best, most := 1252, math.Inf(-1)
	for i, t := range tongues {
		for _, page := range t.pages {
			text, ok := texts[page]
			if !ok {
				text = []rune(decodePage(page, b))
				texts[page] = text
			}
			score := scoreTongue(tongueWeights[i], text)
			if page == 1252 {
				score += leading
			}
			if score > most {
				best, most = page, score
			}
		}
	}
	return best
}

// maxLetters is how many letters beyond ASCII are looked at.
const maxLetters = 300

// withLetters is the beginning of a text that has so many.
func withLetters(b []byte) []byte {
	n := 0
	for i, c := range b {
		if c >= utf8.RuneSelf {
			if n++; n == maxLetters {
				return b[:i+1]
			}
		}
	}
	return b
}

func scoreTongue(letters map[rune]float64, text []rune) (sum float64) {
	at := func(i int) rune {
		if i < 0 || i >= len(text) {
			return ' '
		}
		return text[i]
	}
	for i, c := range text {
		if c < utf8.RuneSelf {
			continue
		}
		before, after := at(i-1), at(i+1)
		weight, ok := letters[unicode.ToLower(c)]
		switch {
		case !ok && inPlace(at, i):
			sum += signInPlace
			continue
		case !ok && strings.ContainsRune(signs, c):
			sum += sign
			if unicode.IsLetter(before) && unicode.IsLetter(after) && !strings.ContainsRune("’‘·\u00ad\u00a0–—´", c) ||
				strings.ContainsRune("½¼¾", c) && (unicode.IsLetter(before) || unicode.IsLetter(after)) {
				sum += misplaced
			}
			continue
		case !ok:
			sum += strange
		default:
			sum += weight
		}
		switch {
		case unicode.IsUpper(c) && unicode.IsLower(before), unicode.IsDigit(before) && unicode.IsDigit(after):
			sum += misplaced
		case !unicode.IsLetter(before) && !unicode.IsLetter(after) && !strings.ContainsRune(words, unicode.ToLower(c)):
			sum += misplaced
		case unicode.IsUpper(c) && !unicode.IsLetter(before) && !unicode.IsLetter(after):
			sum += misplaced // a word of one large letter: rather a sign, such as one of money
		case unicode.IsUpper(c) && unicode.IsLetter(before):
		case unicode.IsUpper(c):
			sum += beginsWord
		case unicode.IsUpper(before) && unicode.IsUpper(after) && c != 'ß':
			sum += misplaced
		}
	}
	return sum
}

// words are the letters beyond ASCII that are words of a language by themselves.
const words = "àèéåáíúőöæ"

// inPlace tells whether a sign stands where a text has it, as Word puts it there: most English texts have no other characters beyond ASCII.
func inPlace(at func(int) rune, i int) bool {
	before, after := at(i-1), at(i+1)
	if c := at(i); (before == c || after == c) && !unicode.IsLetter(c) {
		return strings.ContainsRune("…·•–—", c) // a line of them
	}
	free := func(c rune) bool { return unicode.IsSpace(c) || unicode.IsDigit(c) }
	switch at(i) {
	case '’':
		return isContraction(at, i)
	case '–', '—':
		return free(before) && free(after) || isLongWord(at, i-1, -1) && isLongWord(at, i+1, 1)
	case '“', '‘', '„', '«':
		return !isWord(before) && isWord(after)
	case '”', '»':
		return !unicode.IsSpace(before) && !isWord(after)
	case '•', '·':
		return (before == '\n' || before == '\r' || i == 0) && unicode.IsSpace(after)
	case '…':
		return isWord(before) && !isWord(after)
	case '®', '™':
		return unicode.IsLetter(before) && !isWord(after)
	case '€', '£':
		return unicode.IsDigit(after) || unicode.IsDigit(before) || unicode.IsDigit(at(i-2)) && before == ' '
	}
	return false
}

// isLongWord tells whether there are three letters in a direction.
func isLongWord(at func(int) rune, i, step int) bool {
	return unicode.IsLetter(at(i)) && unicode.IsLetter(at(i+step)) && unicode.IsLetter(at(i+2*step))
}

func isWord(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }

// isContraction tells whether an apostrophe stands as it does in English (don’t, we’ve) or in French and Italian (l’équipe, dell’azienda).
func isContraction(at func(int) rune, i int) bool {
	before, after, next := at(i-1), at(i+1), at(i+2)
	switch {
	case !unicode.IsLetter(before):
		return false
	case !isWord(after): // the companies’
		return before == 's'
	case strings.ContainsRune("stmd", after):
		return !unicode.IsLetter(next)
	case slices.Contains([]string{"re", "ve", "ll"}, string([]rune{after, next})):
		return !unicode.IsLetter(at(i + 3))
	}
	return strings.ContainsRune("ldjnsmctu", unicode.ToLower(before)) && strings.ContainsRune("aeiouyhéèêâîàôœ", unicode.ToLower(after))
}
