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
}

// lex cuts the text into items.
func (p *parser) lex() error {
	separated := false
	for i := 0; i < len(p.text); {
		c := p.text[i]
		before := len(p.items)
		switch {
		case unicode.IsSpace(c):
			i++
		case p.separates(i):
			separated = true
			i++
		case c == '(':
			p.items = append(p.items, item{kind: openItem, position: i})
			i++
		case c == ')':
			p.items = append(p.items, item{kind: closeItem, position: i})
			i++
		case isQuote(c):
			end := i + 1
			for end < len(p.text) && !isQuote(p.text[end]) {
				end++
			}
			if end == len(p.text) {
				return p.errorf(i, "The quotation mark that begins here is not closed.")
			}
			if err := p.phrase(i, string(p.text[i+1:end])); err != nil {
				return err
			}
			i = end + 1
		case c == '-' && i+1 < len(p.text) && !unicode.IsSpace(p.text[i+1]):
			p.items = append(p.items, item{kind: notItem, position: i})
			i++
		default:
			end := i
			for end < len(p.text) && !endsWord(p.text[end]) && !p.separates(end) {
				end++
			}
			length, err := p.word(i, string(p.text[i:end]))
			if err != nil {
				return err
			}
			i += length
		}
		if len(p.items) > before {
			p.items[before].apart, separated = separated, false
		}
	}
	return nil
}

// separates tells whether a comma or semicolon stands here, other than within a number.
func (p *parser) separates(i int) bool {
	if c := p.text[i]; c != ',' && c != ';' {
		return false
	}
	return i == 0 || i+1 == len(p.text) || !unicode.IsDigit(p.text[i-1]) || !unicode.IsDigit(p.text[i+1])
}

func isQuote(c rune) bool { return c == '"' || c == '“' || c == '”' || c == '„' }

func endsWord(c rune) bool { return unicode.IsSpace(c) || isQuote(c) || c == '(' || c == ')' }

func (p *parser) phrase(position int, text string) error {
	words, err := p.normalized(position, text)
	if err != nil {
		return err
	}
	if len(words) == 0 {
		return p.errorf(position, "There is no letter and no digit between these quotation marks.")
	}
	prefix := strings.HasSuffix(strings.TrimSpace(text), "*")
	p.items = append(p.items, item{kind: phraseItem, position: position, text: strings.TrimSuffix(strings.TrimSpace(text), "*"), words: words, prefix: prefix})
	return p.checkPrefix(position, words, prefix)
}

// word reads an operator, a field or a word, and how many characters it has.
func (p *parser) word(position int, text string) (length int, err error) {
	length = utf8.RuneCountInString(text)
	switch text {
	case "AND":
		p.items = append(p.items, item{kind: andItem, position: position})
		return length, nil
	case "OR":
		p.items = append(p.items, item{kind: orItem, position: position})
		return length, nil
	case "NOT":
		p.items = append(p.items, item{kind: notItem, position: position})
		return length, nil
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
	words, err := p.normalized(position, text)
	if err != nil || len(words) == 0 {
		return err
	}
	parts := strings.FieldsFunc(text, func(c rune) bool { return c == '/' })
	if len(parts) < 2 || p.synonyms != nil && len(p.synonyms(strings.Join(words, " "))) > 0 || slices.ContainsFunc(parts, saysNothing) {
		prefix := strings.HasSuffix(text, "*")
		p.items = append(p.items, item{kind: wordItem, position: position, text: written(text), words: words, prefix: prefix})
		return p.checkPrefix(position, words, prefix)
	}
	p.items = append(p.items, item{kind: openItem, position: position})
	for i, part := range parts {
		words := wordsOf(part)
		prefix := strings.HasSuffix(part, "*")
		if err := p.checkPrefix(position, words, prefix); err != nil {
			return err
		}
		p.items = append(p.items, item{kind: wordItem, position: position, text: written(part), words: words, prefix: prefix, apart: i > 0})
	}
	p.items = append(p.items, item{kind: closeItem, position: position})
	return nil
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
		if w := q[start:end]; !quoted && (w == "and" || w == "or" || w == "not") {
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
	if prefix && utf8.RuneCountInString(words[len(words)-1]) < 2 {
		return p.errorf(position, "At least two letters or digits are needed before *.")
	}
	return nil
}
