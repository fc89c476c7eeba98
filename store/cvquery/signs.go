package cvquery

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// isDash tells whether people write NOT with this sign in front of a word: programs for writing make long dashes of a hyphen.
func isDash(c rune) bool {
	return unicode.Is(unicode.Pd, c) || strings.ContainsRune("−˗⁃⁻₋➖⎯─━", c)
}

// usual are the signs of operators in other places of Unicode: of logic, of mathematics, of drawings, and the small forms.
var usual = map[rune]rune{
	'∧': '&', '⋀': '&', '﹠': '&', '∨': '|', '⋁': '|', '¦': '|', '∣': '|', '│': '|', '┃': '|', '❘': '|', '¬': '!', '❗': '!', '❕': '!', '﹗': '!',
	'⁄': '/', '∕': '/', '∗': '*', '⁎': '*', '✱': '*', '﹡': '*', '∶': ':', '﹕': ':', '﹢': '+', '➕': '+', '﹙': '(', '﹚': ')', '﹦': '=',
}

// usualSign gives the sign of an operator that this one is used for.
func usualSign(c rune) rune {
	if u, ok := usual[c]; ok {
		return u
	}
	return c
}

// entity is the sign of HTML, &quot; or &#45;, that stands here; empty for none.
func (p *parser) entity(i int) string {
	const longest = 10 // characters
	for end := i + 2; end < min(len(p.text), i+longest); end++ {
		if p.text[end] == ';' {
			if text := string(p.text[i : end+1]); html.UnescapeString(text) != text {
				return text
			}
			return ""
		}
	}
	return ""
}

// isSeparator tells whether a sign stands between the items of a list.
func isSeparator(c rune) bool { return strings.ContainsRune(",;•·‣▪●…、，；。", c) }

func isQuote(c rune) bool {
	return strings.ContainsRune("\"“”„‟«»‹›″〝〞〟「」『』❝❞❮❯〈〉《》⟨⟩ˮ", c)
}

func isOpening(c rune) bool { return c == '(' || c == '【' }

func isClosing(c rune) bool { return c == ')' || c == '】' }

// endsWord tells whether a word ends before this character, wherever it stands.
func endsWord(c rune) bool {
	return unicode.IsSpace(c) || isQuote(c) || isOpening(c) || isClosing(c) || c == '|' || c == '\u200b' // a blank of no width
}

// run is how often the sign at a place is repeated there.
func (p *parser) run(i int) int {
	n := 1
	for i+n < len(p.text) && p.text[i+n] == p.text[i] {
		n++
	}
	return n
}

// stands tells whether nothing of a term begins here.
func (p *parser) stands(i int) bool {
	return i >= len(p.text) || unicode.IsSpace(p.text[i]) || isClosing(p.text[i]) || p.separates(i)
}

// exclusion reads a sign before a term that means NOT.
func (p *parser) exclusion(i int) error {
	sign := string(p.text[i])
	switch {
	case p.run(i) > 1 || i+1 < len(p.text) && isDash(p.text[i]) && isDash(p.text[i+1]):
		return p.errorf(i, "To leave a word out, write one sign before it: -word.")
	case p.stands(i + 1):
		return p.errorf(i, "This "+sign+" stands by itself. To leave a word out, write it without a blank: -word. Else remove the "+sign+".")
	}
	p.items = append(p.items, item{kind: notItem, position: i})
	return nil
}

// operator reads | and &, single or double.
func (p *parser) operator(i int) (length int, err error) {
	length = p.run(i)
	if length > 2 {
		return length, p.errorf(i, "Write OR or AND in place of these signs.")
	}
	if p.text[i] == '|' {
		p.items = append(p.items, item{kind: orItem, position: i})
	} else {
		p.items = append(p.items, item{kind: andItem, position: i, sign: true})
	}
	return length, nil
}

// inName tells whether an & belongs to a name such as AT&T or R&D: on one side of it stands a single letter.
func (p *parser) inName(i int) bool {
	length := func(step int) (n int) {
		for at := i + step; at >= 0 && at < len(p.text) && (unicode.IsLetter(p.text[at]) || unicode.IsDigit(p.text[at])); at += step {
			n++
		}
		return n
	}
	before, after := length(-1), length(1)
	return before > 0 && after > 0 && (before == 1 || after == 1)
}

// joins tells whether a + stands between two words, as addresses of searches have it: java+python. In names one side is a single letter.
func (p *parser) joins(i int) bool {
	letters := func(step int) (n int) {
		for at := i + step; at >= 0 && at < len(p.text) && unicode.IsLetter(p.text[at]); at += step {
			n++
		}
		return n
	}
	return p.text[i] == '+' && letters(-1) > 1 && letters(1) > 1
}

// singleQuoted is where a phrase in single quotation marks ends that may begin here; 0 when it is an apostrophe.
func (p *parser) singleQuoted(i int) int {
	if !strings.ContainsRune("'‘’‚‛`´′", p.text[i]) || p.stands(i+1) {
		return 0
	}
	for end := i + 2; end < len(p.text); end++ {
		if isApostrophe(p.text[end]) && (end+1 == len(p.text) || endsWord(p.text[end+1]) || p.separates(end+1)) {
			return end
		}
	}
	return 0
}

// The words that are operators elsewhere, with what is written here.
var foreign = map[string]string{
	"UND": "AND", "OCH": "AND", "ORAZ": "AND", "ODER": "OR", "ELLER": "OR", "ALBO": "OR", "VEYA": "OR", "ИЛИ": "OR", "АБО": "OR", "NEBO": "OR",
	"OPPURE": "OR", "OVVERO": "OR", "ЛИБО": "OR", "VAGY": "OR", "EDER": "OR", "OFWEL": "OR", "SAMT": "AND", "EVENSO": "AND",
	"SENZA": "NOT", "SEM": "NOT", "EXCETO": "NOT", "MENOS": "NOT", "SALVO": "NOT", "UTEN": "NOT", "UDEN": "NOT", "UTAN": "NOT", "ILMAN": "NOT",
	"DEĞİL": "NOT", "HARİÇ": "NOT", "FĂRĂ": "NOT", "NEM": "NOT", "НІ": "NOT", "КРОМЕ": "NOT", "ΧΩΡΊΣ": "NOT", "AUSSER": "NOT", "AUSGENOMMEN": "NOT",
	"NICHT": "NOT", "OHNE": "NOT", "SAUF": "NOT", "NIET": "NOT", "ZONDER": "NOT", "IKKE": "NOT", "EXCEPTO": "NOT", "БЕЗ": "NOT", "NÃO": "NOT",
	"WITHOUT": "NOT", "EXCEPT": "NOT", "EXCLUDE": "NOT", "EXCLUDING": "NOT", "ANDNOT": "NOT", "AND-NOT": "NOT", "AND_NOT": "NOT", "BUTNOT": "NOT",
	"EKKI": "NOT", "VÕI": "OR", "ARBA": "OR", "ALEBO": "OR", "HOẶC": "OR", "KHÔNG": "NOT", "ATAU": "OR", "TIDAK": "NOT", "BUKAN": "NOT", "TANPA": "NOT", "AGUS": "AND",
	"EÐA": "OR", "GEEN": "NOT", "KEIN": "NOT", "KEINE": "NOT", "КРІМ": "NOT", "/OR": "OR", "/AND": "AND",
	"ORNOT": "OR NOT", "OR/AND": "OR", "XOR": "(a OR b) NOT (a b)", "NOR": "NOT (a OR b)",
}

// between are operators elsewhere that are initials too: they are meant as operators when something stands on both sides.
var between = map[string]string{
	"ET": "AND", "OG": "AND", "ÉS": "AND", "ŞI": "AND", "ȘI": "AND", "SAU": "OR",
	"と": "AND", "や": "AND", "か": "OR", "非": "NOT", "不": "NOT", "不是": "NOT", "없이": "NOT", "ו": "AND", "לא": "NOT", "لا": "NOT", "हैं": "AND", "और": "AND", "या": "OR", "และ": "AND", "หรือ": "OR", "ไม่": "NOT", "VE": "AND", "JA": "AND", "И": "AND", "ТА": "AND", "OU": "OR", "LUB": "OR", "TAI": "OR",
	"または": "OR", "又は": "OR", "あるいは": "OR", "或": "OR", "或者": "OR", "或是": "OR", "또는": "OR", "혹은": "OR", "أو": "OR", "או": "OR", "Ή": "OR",
	"かつ": "AND", "および": "AND", "及び": "AND", "和": "AND", "与": "AND", "與": "AND", "以及": "AND", "그리고": "AND", "و": "AND", "ΚΑΙ": "AND",
	"且": "AND", "並且": "AND", "并且": "AND", "除了": "NOT", "沒有": "NOT", "没有": "NOT", "また": "AND", "もしくは": "OR", "なし": "NOT", "아닌": "NOT",
	"یا": "OR", "بدون": "NOT", "ليس": "NOT", "ללא": "NOT", "בלי": "NOT",
	"除く": "NOT", "以外": "NOT", "不含": "NOT", "제외": "NOT", "ΟΧΙ": "NOT",
	"Y": "AND", "E": "AND", "O": "OR", "NON": "NOT", "SIN": "NOT", "INTE": "NOT", "NIE": "NOT", "BEZ": "NOT", "НЕ": "NOT",
}

// short are such operators that are words of English: they are meant as operators when, moreover, not all is written in capitals.
var short = map[string]string{"EN": "AND", "OF": "OR", "NO": "NOT", "PAS": "NOT", "BUT": "AND", "PLUS": "AND", "MINUS": "NOT", "EI": "NOT", "VAI": "OR", "ILI": "OR", "ALE": "AND", "MAIS": "AND", "PERO": "AND", "SANS": "NOT",
	"MITTE": "NOT", "VÀ": "AND", "NÓ": "OR", "LUBA": "OR"}

// near are the operators of distance of other languages, which may have a number: NEAR/5, W/3, ADJ2.
var near = []string{"NEAR", "ONEAR", "WITHIN", "ADJ", "W", "N", "PRE"}

// within matches an operator of distance in small letters, which nothing else is: w/5.
var within = regexp.MustCompile(`^(?i)(?:w|n|near|onear|pre|within)[/~]\d{1,3}$`)

// isAbroad tells whether a word is an operator elsewhere.
func isAbroad(word string) bool { return foreign[word] != "" || between[word] != "" }

// foreignOperator refuses a word in capitals that is an operator elsewhere, and would be looked for as a word here.
func (p *parser) foreignOperator(i int, text string) error {
	instead, is := foreign[text]
	if head, _, joined := strings.Cut(text, "-"); !is && joined && (head == "NOT" || foreign[head] == "NOT") {
		return p.errorf(i, "To leave a word out, write NOT, a blank and the word. To look for the word, write it in small letters or in quotation marks.")
	}
	if !is && len(p.items) > 0 && strings.TrimSpace(string(p.text[i+utf8.RuneCountInString(text):])) != "" {
		if instead, is = between[text]; !is && slices.ContainsFunc(p.text, unicode.IsLower) {
			instead, is = short[text]
		}
	}
	if parts := strings.Split(text, "/"); !is && len(parts) == 2 && isAbroad(parts[0]) && isAbroad(parts[1]) {
		instead, is = "OR", true // ET/OU
	}
	if is {
		return p.errorf(i, text+" is no operator here: write "+instead+". To look for the word, write it in small letters or in quotation marks.")
	}
	if within.MatchString(text) || text == "ADJ" && len(p.items) > 0 {
		return p.errorf(i, text+" is no operator here. Put words that must stand beside each other in quotation marks: \"service desk\".")
	}
	name := strings.TrimRight(text, "0123456789")
	number := text[len(name):]
	bare := strings.TrimRight(name, "/~")
	if slices.Contains(near, bare) && (bare == "NEAR" || bare == "ONEAR" || number != "" && (bare != name || bare == "ADJ")) {
		return p.errorf(i, text+" is no operator here. Put words that must stand beside each other in quotation marks: \"service desk\".")
	}
	return nil
}

// lastLatin1 ends the signs of Latin-1, among which those of mathematics stand in names: 4×4.
const lastLatin1 = 0xff

// crosses are signs by which people mean that something is not wanted.
const crosses = "❌❎✖✗✘✕⨯⛔🚫🚷⊘∅👎🙅"

func isHex(c rune) bool { return strings.ContainsRune("0123456789abcdefABCDEF", c) }

// unknownSigns refuses a sign that is an operator elsewhere and would be passed over here, and a text without a letter and a digit.
func (p *parser) unknownSigns(i int, text string) error {
	if strings.Contains(text, "://") { // an address
		return nil
	}
	runes := []rune(text)
	at := func(n int) rune {
		if n < 0 || n >= len(runes) {
			return ' '
		}
		return runes[n]
	}
	goesOn := func(n int) bool { return unicode.IsLetter(at(n)) || unicode.IsDigit(at(n)) || unicode.IsMark(at(n)) }
	for n, c := range runes {
		message := ""
		switch {
		case c == '*' && (!goesOn(n-1) && at(n-1) != '+' && at(n-1) != '#') || c == '*' && n+1 < len(runes) && at(n+1) != '/':
			message = "A star stands at the end of a word, for any ending: manag*. In a phrase it stands before the closing quotation mark. To find everybody, leave the search empty."
		case c == '?' && (goesOn(n+1) || n == 0):
			message = "There is no sign for a single character. Write the beginning of the word with a star: manag*."
		case c == '?' && n == len(runes)-1 && (len(p.items) == 0 || i+n+1 < len(p.text)) && goesOn(n-1):
			message = "There is no sign for a single character. Write the beginning of the word with a star: manag*. To end a question, leave the ? out."
		case c == '.' && at(n+1) == '.' && unicode.IsDigit(at(n-1)) && unicode.IsDigit(at(n+2)):
			message = "There are no ranges of numbers here. Write the numbers with OR."
		case c == '!' && goesOn(n+1):
			message = "Put a blank before this !, which leaves out the word after it, or write NOT."
		case c == '~' || c == '^':
			message = "There is no " + string(c) + " here. Write the beginning of a word with a star, manag*, for other endings; all words count alike."
		case c == '=' || c == '<' || c == '>':
			message = "There is no " + string(c) + " here. Write title:word or skill:word to look there alone; other conditions are filters beside the search."
		case c == '[' || c == ']' || c == '{' || c == '}':
			message = "Write round brackets: (java OR python)."
		case c == '\\':
			message = "There is no \\ here. Put what is to be found as it stands in quotation marks."
		case c == '%' && isHex(at(n+1)) && isHex(at(n+2)) && !unicode.IsDigit(at(n-1)):
			message = "This % and what follows is a sign as addresses are written. Write the sign itself."
		case (c == '%' || c == '$') && (unicode.IsLetter(at(n-1)) && !goesOn(n+1) || unicode.IsLetter(at(n+1))):
			message = "There is no " + string(c) + " here. Write the beginning of a word with a star: manag*."
		case unicode.Is(unicode.Sm, c) && c > lastLatin1:
			message = "There is no " + string(c) + " here. Write AND, OR or NOT between the words."
		case strings.ContainsRune(crosses, c) && goesOn(n+1):
			message = "There is no " + string(c) + " here. To leave a word out, write -word."
		case c == ':' && n == 0:
			message = "Write the colon beside the name of the field: title:manager or skill:java."
		}
		if message != "" {
			return p.errorf(i+n, message)
		}
	}
	if len(wordsOf(text)) == 0 {
		return p.errorf(i, text+" has no letter and no digit to look for. Remove it, or write AND, OR or NOT.")
	}
	return nil
}
