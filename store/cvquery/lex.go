package cvquery

import (
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
	position int // from 0
	words    []string
	prefix   bool
	weights  string // of a field
}

// lex cuts the text into items.
func (p *parser) lex() error {
	for i := 0; i < len(p.text); {
		c := p.text[i]
		switch {
		case unicode.IsSpace(c):
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
			for end < len(p.text) && !endsWord(p.text[end]) {
				end++
			}
			length, err := p.word(i, string(p.text[i:end]))
			if err != nil {
				return err
			}
			i += length
		}
	}
	return nil
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
	p.items = append(p.items, item{kind: phraseItem, position: position, words: words, prefix: prefix})
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
	if field, _, ok := strings.Cut(text, ":"); ok {
		weights := ""
		switch strings.ToLower(field) {
		case "title":
			weights = inTitle
		case "skill", "skills":
			weights = inSkills
		}
		if weights != "" {
			p.items = append(p.items, item{kind: fieldItem, position: position, weights: weights})
			return len(field) + 1, nil // both are ASCII
		}
	}
	words, err := p.normalized(position, text)
	if err != nil || len(words) == 0 {
		return length, err
	}
	prefix := strings.HasSuffix(text, "*")
	p.items = append(p.items, item{kind: wordItem, position: position, words: words, prefix: prefix})
	return length, p.checkPrefix(position, words, prefix)
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

func wordsOf(text string) []string {
	var words []string
	for t := range Tokens(text) {
		words = append(words, t.Word)
	}
	return words
}

func (p *parser) checkPrefix(position int, words []string, prefix bool) error {
	if prefix && utf8.RuneCountInString(words[len(words)-1]) < 2 {
		return p.errorf(position, "At least two letters or digits are needed before *.")
	}
	return nil
}
