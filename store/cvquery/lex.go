package cvquery

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

type itemKind int

const (
	wordItem itemKind = iota
	phraseItem
	fieldItem
	openItem
	closeItem
	andItem
	orItem
	notItem
)

// item is one piece of the text of a query.
type item struct {
	kind     itemKind
	position int    // from 0
	text     string // of a word or phrase, as it was typed
	words    []string
	prefix   bool
	sections Sections // of a field
	apart    bool     // a comma stands before it
	sign     bool     // an AND that was written as a sign: the words beside it may be one term
}

// lex cuts the text into items. What it does not know it refuses: no sign is passed over in silence.
func (p *parser) lex() error {
	separated := false
	for i := 0; i < len(p.text); {
		before := len(p.items)
		if unicode.IsSpace(p.text[i]) || unicode.Is(unicode.Cf, p.text[i]) { // what is not seen must not hide the sign behind it
			i++
			continue
		}
		if p.separates(i) {
			separated = true
			i++
			continue
		}
		length, err := p.item(i)
		if err != nil {
			return err
		}
		i += length
		if len(p.items) > before {
			p.items[before].apart, separated = separated, false
		}
	}
	return nil
}

// item reads what begins here, and returns how many characters it has.
func (p *parser) item(i int) (length int, err error) {
	c := p.text[i]
	switch {
	case isOpening(c):
		p.items = append(p.items, item{kind: openItem, position: i})
		return 1, nil
	case isClosing(c):
		p.items = append(p.items, item{kind: closeItem, position: i})
		return 1, nil
	case isQuote(c):
		end := i + 1
		for end < len(p.text) && !isQuote(p.text[end]) {
			end++
		}
		if end == len(p.text) {
			return 0, p.errorf(i, "The quotation mark that begins here is not closed.")
		}
		return end + 1 - i, p.phrase(i, string(p.text[i+1:end]))
	case isDash(c) || c == '!' || c == 'ー' || c == 'ｰ': // the last two are within words; before one, East Asian keyboards write them for a dash
		return 1, p.exclusion(i)
	case c == '&' && p.entity(i) != "":
		return 0, p.errorf(i, p.entity(i)+" is a sign as web pages are written. Write the sign itself.")
	case c == '|' || c == '&':
		return p.operator(i)
	case (c == '+' || c == '/') && p.stands(i+1):
		p.items = append(p.items, item{kind: andItem, position: i, sign: true})
		return 1, nil
	case c == '+' && p.run(i) == 1:
		return 1, nil // every word must be there
	}
	if end := p.singleQuoted(i); end > 0 {
		return end + 1 - i, p.phrase(i, string(p.text[i+1:end]))
	}
	end := i
	for end < len(p.text) && !endsWord(p.text[end]) && !p.separates(end) && (p.text[end] != '&' || p.inName(end)) && !p.joins(end) {
		end++
	}
	return p.word(i, string(p.text[i:end]))
}

// separates tells whether a comma, or another sign of lists, stands here, other than within a number.
func (p *parser) separates(i int) bool {
	if i >= len(p.text) || !isSeparator(p.text[i]) {
		return false
	}
	return i == 0 || i+1 == len(p.text) || !unicode.IsDigit(p.text[i-1]) || !unicode.IsDigit(p.text[i+1])
}

func (p *parser) phrase(position int, text string) error {
	words, err := p.normalized(position, text)
	if err != nil {
		return err
	}
	if len(words) == 0 {
		return p.errorf(position, "There is no letter and no digit between these quotation marks.")
	}
	short, prefix := strings.CutSuffix(strings.TrimSpace(text), "*")
	if strings.Contains(short, "*") {
		return p.errorf(position, "In a phrase a star stands at the end, for any ending of the last word: \"service des*\".")
	}
	if err := p.checkPrefix(position, words, prefix); err != nil {
		return err
	}
	p.items = append(p.items, item{kind: phraseItem, position: position, text: short, words: words, prefix: prefix || isCharacter(words)})
	return nil
}

// word reads an operator, a field or a word, and how many characters it has.
func (p *parser) word(position int, text string) (length int, err error) {
	length = utf8.RuneCountInString(text)
	switch text {
	case "AND":
		p.items = append(p.items, item{kind: andItem, position: position})
		return length, nil
	case "OR", "AND/OR":
		p.items = append(p.items, item{kind: orItem, position: position})
		return length, nil
	case "NOT":
		p.items = append(p.items, item{kind: notItem, position: position})
		return length, nil
	}
	if err := p.foreignOperator(position, text); err != nil {
		return length, err
	}
	if field, rest, ok := strings.Cut(text, ":"); ok {
		var sections Sections
		switch strings.ToLower(field) {
		case "title":
			sections = InTitle
		case "skill", "skills":
			sections = InSkills
		}
		if sections != 0 {
			p.items = append(p.items, item{kind: fieldItem, position: position, sections: sections})
			return len(field) + 1, nil // both are ASCII
		}
		if isField(field) && !strings.HasPrefix(rest, "//") {
			return length, p.errorf(position, "There is no field "+field+":, only title: and skill:. Put quotation marks around words to look for a colon.")
		}
	}
	return length, p.pieces(position, text)
}

// isField tells whether the text before a colon may have been meant as a field.
func isField(s string) bool {
	return utf8.RuneCountInString(s) > 1 && !strings.ContainsFunc(s, func(c rune) bool { return !unicode.IsLetter(c) })
}

// pieces reads a word with slashes as the words between them, in brackets of their own. A word that has synonyms as a whole
// (CI/CD), or a part without a meaning by itself (S/4HANA, 24/7), stays a phrase.
func (p *parser) pieces(position int, text string) error {
	if err := p.unknownSigns(position, text); err != nil {
		return err
	}
	words, err := p.normalized(position, text)
	if err != nil {
		return err
	}
	parts := strings.FieldsFunc(text, func(c rune) bool { return c == '/' })
	if len(parts) < 2 || p.synonyms != nil && len(p.synonyms(strings.Join(words, " "))) > 0 || slices.ContainsFunc(parts, saysNothing) {
		prefix := strings.HasSuffix(text, "*")
		if err := p.checkPrefix(position, words, prefix); err != nil {
			return err
		}
		p.items = append(p.items, item{kind: wordItem, position: position, text: written(text), words: words, prefix: prefix || isCharacter(words)})
		return nil
	}
	p.items = append(p.items, item{kind: openItem, position: position})
	for i, part := range parts {
		words := wordsOf(part)
		prefix := strings.HasSuffix(part, "*")
		if err := p.checkPrefix(position, words, prefix); err != nil {
			return err
		}
		p.items = append(p.items, item{kind: wordItem, position: position, text: written(part), words: words, prefix: prefix || isCharacter(words), apart: i > 0})
	}
	p.items = append(p.items, item{kind: closeItem, position: position})
	return nil
}

// isCharacter tells whether the last word is a single character of Han or Kana. Texts have them in pairs, so it is looked for as the
// beginning of one.
func isCharacter(words []string) bool {
	if len(words) == 0 {
		return false
	}
	c, size := utf8.DecodeRuneInString(words[len(words)-1])
	return size == len(words[len(words)-1]) && isIdeograph(c)
}

// saysNothing tells whether a part of a word has no meaning by itself.
func saysNothing(part string) bool {
	words := wordsOf(part)
	return len(words) == 0 || len(words) == 1 && (utf8.RuneCountInString(words[0]) == 1 && !isEveryday(words) || strings.Trim(words[0], "0123456789") == "")
}

// written is a word as it was typed, without its star and the signs that end a sentence.
func written(text string) string {
	text = strings.TrimSuffix(text, "*")
	if short := strings.TrimRight(text, ".:!?"); short != "" {
		return short
	}
	return text
}

// Operators is a query with the words "and", "or" and "not" outside of quotes in capitals: people who write them in small letters
// usually mean the operators, but Parse takes them as words. The result may be no valid query.
func Operators(q string) string {
	out := []byte(q)
	quoted, start := false, 0
	word := func(end int) {
		if w := strings.ToLower(q[start:end]); !quoted && (w == "and" || w == "or" || w == "not") {
			copy(out[start:], strings.ToUpper(w))
		}
	}
	for i, c := range q {
		if !endsWord(c) {
			continue
		}
		word(i)
		quoted = quoted != isQuote(c)
		start = i + utf8.RuneLen(c)
	}
	word(len(q))
	return string(out)
}

func (p *parser) normalized(position int, text string) ([]string, error) {
	words := wordsOf(text)
	for _, w := range words {
		if utf8.RuneCountInString(w) > MaxWord {
			return nil, p.errorf(position, "This word is longer than 100 characters.")
		}
	}
	return words, nil
}

func wordsOf(text string) []string { return AppendWords(nil, text) }

func (p *parser) checkPrefix(position int, words []string, prefix bool) error {
	if prefix && utf8.RuneCountInString(words[len(words)-1]) < 2 && !isCharacter(words) {
		return p.errorf(position, "At least two letters or digits are needed before *.")
	}
	return nil
}
