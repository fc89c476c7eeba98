package cvtext

import (
	"bytes"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gogs/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// Letters of alphabets, the most frequent first.
const (
	cyrillic = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъёіїєўґ"
	greek    = "αοιετνσηυρπκμςλωγίδέόάήθχφύώβξζψϊϋ"
	hebrew   = "יהולארתבשמנםעדחקפכגןזסטץךףצ"
	arabic   = "اليمونرتبةعدسفهكقأحجشصطخىإذضثزغئءظؤآ"
	thai     = "านรกอเงมยลวดทสตะปบคหแจพชขใไโผถศธณญซฐภฏฎฆฉฌฒฝฟฬฮำิีึืุู่้๊๋์ๆ็ั"
)

// alphabets are the character sets that a text in another script than the Latin one may have.
var alphabets = []struct {
	set     encoding.Encoding
	letters map[rune]float64
}{
	{charmap.Windows1251, weights(cyrillic)},
	{charmap.KOI8R, weights(cyrillic)},
	{charmap.CodePage866, weights(cyrillic)},
	{charmap.ISO8859_5, weights(cyrillic)},
	{charmap.MacintoshCyrillic, weights(cyrillic)},
	{charmap.Windows1253, weights(greek)},
	{charmap.Windows1255, weights(hebrew)},
	{charmap.Windows1256, weights(arabic)},
	{charmap.ISO8859_6, weights(arabic)},
	{charmap.Windows874, weights(thai)},
}

// weights gives each letter the logarithm of its likelihood: each is a little rarer than the one before it.
func weights(letters string) map[rune]float64 {
	w := map[rune]float64{}
	rank := 0.0
	for _, c := range letters {
		w[c] = math.Log(0.11) + rank*math.Log(0.9)
		rank++
	}
	return w
}

// Logarithms of likelihoods, for one byte.
const (
	unlikely = -7.6
	capital  = -5.0
	kana     = -2.0
	hangul   = -2.8 // a syllable of everyday words
	syllable = -5.0 // any other
	common   = -4.0 // an ideogram that schools teach
	rare     = -6.0
)

// syllables are the frequent ones of Korean, of which half of a text consists and more.
const syllables = "이다는의에하을가고지한로기사은도리자어나대아시정인서스일수그부해보전여적라들장만주제원과성소상구조유위업무력경공개발관팀를습니입합있었했된되으며면서과와년월학교울산력험술프로웨엔어소프트젝트" +
	"게거것계국군급남내너네노능당더데동두드등디따때또려련료르른린마명모목못문물미민바반방배번법변별분비생석선설세속신실심안알야약양언없연영예오온올외요용우운음의임작재저점접제종중즉직진질차참책처천체총출취치칙크타터통트특파편평포표품필학할함항행향현호화환활회후희력구현담당책임운영데이터베이스회사"

// pairs are the character sets of East Asia, with the likelihood of a character by its first byte.
var pairs = []struct {
	set    encoding.Encoding
	weight func(lead byte, c rune) float64
}{
	{japanese.ShiftJIS, func(lead byte, c rune) float64 { return ideogram(c, lead >= 0x88 && lead <= 0x97, kana) }},
	{japanese.EUCJP, func(lead byte, c rune) float64 { return ideogram(c, lead >= 0xb0 && lead <= 0xcf, kana) }},
	{simplifiedchinese.GB18030, func(lead byte, c rune) float64 { return ideogram(c, lead >= 0xb0 && lead <= 0xd7, rare) }},
	{traditionalchinese.Big5, func(lead byte, c rune) float64 { return ideogram(c, lead >= 0xa4 && lead <= 0xc6, rare) }},
	{korean.EUCKR, func(lead byte, c rune) float64 {
		switch {
		case !unicode.Is(unicode.Hangul, c) || lead < 0xb0 || lead > 0xc8:
			return ideogram(c, false, rare)
		case strings.ContainsRune(syllables, c):
			return hangul
		}
		return syllable
	}},
}

func ideogram(c rune, taught bool, kanaWeight float64) float64 {
	switch {
	case unicode.In(c, unicode.Hiragana, unicode.Katakana) && c < 0xff00:
		return kanaWeight
	case strings.ContainsRune("、。，．・：；（）「」　！？", c):
		return common
	case unicode.Is(unicode.Han, c) && taught:
		return common
	case unicode.Is(unicode.Han, c), unicode.IsLetter(c) && c > 0xff:
		return rare
	}
	return unlikely
}

// Guess reads 8-bit text of an unknown character set: that in which its letters are the most likely. Windows-1252 is what
// most of it is, and so wins where the bytes say too little.
func Guess(b []byte) string {
	head := b[:min(len(b), 1<<16)]
	if !foreign(head) {
		return latin(b, head)
	}
	var best encoding.Encoding = charmap.Windows1252
	score := (unlikely + capital) / 2
	for _, a := range alphabets {
		if s := scoreAlphabet(a.set, a.letters, head); s > score {
			best, score = a.set, s
		}
	}
	for _, p := range pairs {
		if s := scorePairs(p.set, p.weight, head); s > score {
			best, score = p.set, s
		}
	}
	out, err := best.NewDecoder().Bytes(b)
	if err != nil {
		return decodePage(1252, b)
	}
	return string(out)
}

func scoreAlphabet(set encoding.Encoding, letters map[rune]float64, b []byte) float64 {
	out, err := set.NewDecoder().Bytes(b)
	if err != nil {
		return unlikely
	}
	sum, n := 0.0, 0.0
	for _, c := range string(out) {
		if c < 0x80 {
			continue
		}
		n++
		w, ok := letters[c]
		if !ok {
			w = unlikely
			if _, ok := letters[unicode.ToLower(c)]; ok {
				w = capital
			}
		}
		sum += w
	}
	return sum / max(n, 1)
}

func scorePairs(set encoding.Encoding, weight func(lead byte, c rune) float64, b []byte) float64 {
	d, sum, n := set.NewDecoder(), 0.0, 0.0
	for i := 0; i < len(b); {
		if b[i] < 0x80 {
			i++
			continue
		}
		width := min(2, len(b)-i)
		out, err := d.Bytes(b[i : i+width])
		c, size := utf8.DecodeRune(out)
		n++
		if err != nil || c == utf8.RuneError || size != len(out) {
			sum += unlikely
			i++
			continue
		}
		sum += weight(b[i], c)
		i += width
	}
	return sum / max(n, 1)
}

// foreign tells whether the text has runs of bytes beyond ASCII, as no word of a language in Latin letters has: those have
// single letters with accents.
func foreign(b []byte) bool {
	run, long, short := 0, 0, 0
	for _, c := range append(bytes.Clone(b), ' ') {
		if c >= 0x80 {
			run++
			continue
		}
		switch {
		case run >= 3:
			long += run
		case run > 0:
			short += run
		}
		run = 0
	}
	return long > short || short > 0 && (pairedWithASCII(b) || bigFive(b))
}

// pairedWithASCII tells whether most bytes beyond ASCII stand at odd places of Shift_JIS or Big5 text, whose second bytes may
// be ASCII signs that no word has inside.
func pairedWithASCII(b []byte) bool {
	high, followed := 0, 0
	for i, c := range b {
		if c < 0x80 {
			continue
		}
		high++
		if i+1 < len(b) && strings.IndexByte("@[\\]^_`{|}~", b[i+1]) >= 0 {
			followed++
		}
	}
	return followed*10 > high
}

// bigFive tells whether all bytes beyond ASCII begin or end characters of Big5 that schools teach. Words in Latin letters do not have so
// few of them.
func bigFive(b []byte) bool {
	pairs := 0
	for i := 0; i < len(b); i++ {
		if b[i] < 0x80 {
			continue
		}
		if b[i] < 0xa1 || b[i] > 0xc6 || i+1 == len(b) || b[i+1] < 0x40 || b[i+1] > 0x7e && b[i+1] < 0xa1 {
			return false
		}
		i++
		pairs++
	}
	const few = 8
	return pairs >= few
}

// implausible counts the characters that words of Latin letters do not have inside: signs between letters, and large letters after
// small ones.
func implausible(page int, b []byte) int {
	text := []rune(decodePage(page, b))
	n := 0
	for i, c := range text {
		if c < utf8.RuneSelf || i == 0 || !unicode.IsLetter(text[i-1]) {
			continue
		}
		between := i+1 < len(text) && unicode.IsLetter(text[i+1])
		switch {
		case c == utf8.RuneError || unicode.IsControl(c), c == 'ƒ', c == 'ˆ', unicode.IsUpper(c) && unicode.IsLower(text[i-1]):
			n++
		case !unicode.IsLetter(c) && between && !strings.ContainsRune("’‘–—·\u00ad\u00a0", c):
			n++
		}
	}
	return n
}

// turkishOrCentral is the code page of a text whose letters would be the Icelandic ones of Windows-1252 without any other that Icelandic
// has, or a mixture of Danish, Italian and Czech ones; 0 for another text.
func turkishOrCentral(b []byte) int {
	count := [256]int{}
	for _, c := range b {
		count[c]++
	}
	some := func(letters ...byte) (n int) {
		for _, c := range letters {
			n += count[c]
		}
		return n
	}
	icelandic := some(0xe1, 0xe9, 0xed, 0xf3, 0xfa, 0xe6, 0xc1, 0xc9, 0xcd, 0xd3, 0xda, 0xc6)
	switch {
	case some(0xf0, 0xfd, 0xfe, 0xdd) > 1 && icelandic == 0:
		return 1254 // ğ, ı, ş, İ
	case some(0x9d, 0x8d) > 0, some(0xf8, 0xd8) > 0 && some(0xec, 0x9e, 0x9a, 0x8a, 0x8e, 0xf9) > 0 && some(0xe5, 0xc5, 0xe6, 0xc6) == 0:
		return 1250 // ť, ř and ě, ž, š, ů
	}
	return 0
}

// latin reads text in Latin letters: as Windows-1252, unless the words are clearly those of another language.
func latin(b, head []byte) string {
	const sure, ahead = 50, 20
	if page := turkishOrCentral(head); page != 0 {
		return decodePage(page, b)
	}
	best, least := 1252, implausible(1252, head)
	if least > 0 {
		for _, page := range []int{1250, macPage, 850} {
			if n := implausible(page, head); n*2 < least {
				best, least = page, n
			}
		}
	}
	if best != 1252 {
		return decodePage(best, b)
	}
	results, err := chardet.NewTextDetector().DetectAll(head)
	if err != nil || len(results) == 0 || results[0].Confidence < sure {
		return decodePage(1252, b)
	}
	pages := map[string]int{"windows-1250": 1250, "ISO-8859-2": 28592, "windows-1254": 1254, "ISO-8859-9": 1254}
	page, ok := pages[results[0].Charset]
	for _, r := range results {
		if ok && (r.Charset == "ISO-8859-1" || r.Charset == "windows-1252") && r.Confidence+ahead > results[0].Confidence {
			ok = false
		}
	}
	if !ok {
		page = 1252
	}
	return decodePage(page, b)
}
