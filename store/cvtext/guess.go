package cvtext

import (
	"bytes"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

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
	{charmap.KOI8U, weights(cyrillic)},
	{charmap.CodePage866, weights(cyrillic)},
	{charmap.ISO8859_5, weights(cyrillic)},
	{charmap.MacintoshCyrillic, weights(cyrillic)},
	{charmap.Windows1253, weights(greek)},
	{charmap.Windows1255, weights(hebrew)},
	{charmap.CodePage862, weights(hebrew)},
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
	unlikely   = -7.6
	fallback   = -6.3 // all that is less likely is read as Windows-1252
	capital    = -0.3 // is added for a large letter
	inWord     = -3.0 // and this for one after a small letter, a small one between large ones, or one beside a Latin letter
	usual      = 2.0  // is how much likelier Russian in Windows-1251 is than another one, before anything is read
	kana       = -2.0
	hangul     = -2.8 // a syllable of everyday words
	syllable   = -5.0 // any other
	frequently = -3.0 // an ideogram of everyday words
	common     = -4.4 // another one that schools teach
	rare       = -6.0
)

// everyday makes a set of characters.
func everyday(characters string) map[rune]bool {
	set := map[rune]bool{}
	for _, c := range characters {
		set[c] = true
	}
	return set
}

// The frequent characters of languages, and those of names, of which more than half of a text consists.
var (
	syllables   = everyday("이다는의에하을가고지한로기사은도리자어나대아시정인서스일수그부해보전여적라들장만주제원과성소상구조유위업무력경공개발관팀를습니입합있었했된되으며면와년월학교울산험술프웨엔트젝게거것계국군급남내너네노능당더데동두드등디따때또려련료르른린마명모목못문물미민바반방배번법변별분비생석선설세속신실심안알야약양언없연영예오온올외요용우운음임작재저점접종중즉직진질차참책처천체총출취치칙크타터통특파편평포표품필할함항행향현호화환활회후희담베김박최강윤권황송류홍손백허곽철준혁훈숙순옥혜태승규찬빈율솔")
	simplified  = everyday("的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处简历项目软师姓名张王李刘陈杨赵黄周吴徐孙胡朱林何郭马罗京海负责网络安")
	traditional = everyday("的一是在不了有和人這中大為上個國我以要他時來用們生到作地於出就分對成會可主發年動同工也能下過子說產種面而方後多定行學法所民得經十三之進著等部度家電力裡如水化高自二理起小物現實加量都兩體制機當使點從業本去把性好應開它合還因由其些然前外天政四日那社義事平形相全表間樣與關各重新線內數正心反你明看原又麼利比或但質氣第向道命此變條只沒結解問意建月公無系軍很情者最立代想已通並提直題程展五果料象員革位入常文總次品式活設及管特件長求老頭基資邊流路級少圖山統接知較將組見計別她手角期根論運農指幾九區強放決西被幹做必戰先回則任取據處履歷簡專案軟師姓名張王李劉陳楊趙黃周吳徐孫胡朱林何郭馬羅臺北負責網安")
	kanji       = everyday("日一国人年大十二本中長出三時行見月後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名川千水半男西電校語土木聞食車何南万毎白天火会同事自社発者地業方新場員立開手力問代明動京目通言理体田主題意不作用度強公持野以思家世多正安院心界教文元重近考画海売知道集別物使品計特私始運終台広住無真有口少町料工建空急止送切転研足究楽起着店質待試族験英医仕去字注図室館屋色習駅職務経歴履株式情報処設管技術担当部課営企資格氏所番号志望機鈴佐藤橋伊渡辺林加吉松井村太郎県都市区府阪")
)

// pairs are the character sets of East Asia, with the likelihood of a character by its first byte.
var pairs = []struct {
	set    encoding.Encoding
	weight func(lead byte, c rune) float64
}{
	{japanese.ShiftJIS, func(lead byte, c rune) float64 { return ideogram(c, kanji, lead >= 0x88 && lead <= 0x97, kana) }},
	{japanese.EUCJP, func(lead byte, c rune) float64 { return ideogram(c, kanji, lead >= 0xb0 && lead <= 0xcf, kana) }},
	{simplifiedchinese.GB18030, func(lead byte, c rune) float64 { return ideogram(c, simplified, lead >= 0xb0 && lead <= 0xd7, rare) }},
	{traditionalchinese.Big5, func(lead byte, c rune) float64 { return ideogram(c, traditional, lead >= 0xa4 && lead <= 0xc6, rare) }},
	{korean.EUCKR, func(lead byte, c rune) float64 {
		switch {
		case !unicode.Is(unicode.Hangul, c) || lead < 0xb0 || lead > 0xc8:
			return ideogram(c, nil, false, rare)
		case syllables[c]:
			return hangul
		}
		return syllable
	}},
}

func ideogram(c rune, frequent map[rune]bool, taught bool, kanaWeight float64) float64 {
	switch {
	case unicode.In(c, unicode.Hiragana, unicode.Katakana) && c < 0xff00:
		return kanaWeight
	case strings.ContainsRune("、。，．・：；（）「」　！？", c):
		return common
	case frequent[c]:
		return frequently
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
	head := telling(b)
	if !foreign(head) {
		return decodePage(latinPage(head), b)
	}
	var best encoding.Encoding = charmap.Windows1252
	score := fallback
	for _, a := range alphabets {
		s := scoreAlphabet(a.set, a.letters, head)
		if a.set == charmap.Windows1251 {
			s += usual / float64(beyondASCII(head))
		}
		if s > score {
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

// maxTelling is how much of a text is looked at, in bytes: every set costs its time.
const maxTelling = 3000

// telling gives lines of a text with bytes beyond ASCII, which alone tell something of its set.
func telling(b []byte) []byte {
	if len(b) <= maxTelling {
		return b
	}
	out := make([]byte, 0, maxTelling)
	for len(b) > 0 && len(out) < maxTelling {
		line, rest, _ := bytes.Cut(b, []byte{'\n'})
		if beyond := bytes.IndexFunc(line, func(c rune) bool { return c >= utf8.RuneSelf }); beyond >= 0 {
			const context = 100
			line = line[max(beyond-context, 0):]
			out = append(append(out, line[:min(len(line), maxTelling-len(out))]...), '\n')
		}
		b = rest
	}
	return out
}

func scoreAlphabet(set encoding.Encoding, letters map[rune]float64, b []byte) float64 {
	out, err := set.NewDecoder().Bytes(b)
	if err != nil {
		return unlikely
	}
	sum, n := 0.0, 0.0
	text := []rune(string(out))
	before, small := ' ', false // small says that the word has a small letter
	for i, c := range text {
		lower := unicode.ToLower(c)
		w, ok := letters[lower]
		small = small && unicode.IsLetter(before)
		switch {
		case c < utf8.RuneSelf:
			before = c
			continue
		case !ok:
			w = unlikely
		case lower == c:
			small = true
			if unicode.IsUpper(before) && i+1 < len(text) && unicode.IsUpper(text[i+1]) {
				w += inWord
			}
		case small:
			w += inWord
		default:
			w += capital
		}
		if isASCIILetter(before) || i+1 < len(text) && isASCIILetter(text[i+1]) {
			w += inWord
		}
		n++
		sum += w
		before = c
	}
	return sum / max(n, 1)
}

func isASCIILetter(c rune) bool { return c < utf8.RuneSelf && unicode.IsLetter(c) }

func beyondASCII(b []byte) (n int) {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			n++
		}
	}
	return max(n, 1)
}

func scorePairs(set encoding.Encoding, weight func(lead byte, c rune) float64, b []byte) float64 {
	d, sum, n := set.NewDecoder(), 0.0, 0.0
	for i := 0; i < len(b); {
		if b[i] < 0x80 {
			i++
			continue
		}
		width := min(2, len(b)-i)
		if i+3 < len(b) && b[i+1] >= '0' && b[i+1] <= '9' {
			width = 4 // GB18030 alone has this
		}
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

// foreign tells whether the text has runs of different bytes beyond ASCII, as no word of a language in Latin letters has: those have
// single letters with accents.
func foreign(b []byte) bool {
	run, long, short, same, last := 0, 0, 0, true, byte(0)
	for _, c := range append(bytes.Clone(b), ' ') {
		if c >= 0x80 {
			same = run == 0 || same && c == last
			run++
			last = c
			continue
		}
		switch {
		case run >= 3 && same: // a line of dots, which is to be filled in
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
