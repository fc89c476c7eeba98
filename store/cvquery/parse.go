package cvquery

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// transcription is that of German.
var transcription = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue")

// inNames are the sections without running text.
const inNames = InTitle | InSkills | InPosts

// everyday are names that running text is full of, in another meaning.
var everyday = []string{"c", "go", "it", "r"}

// Parse reads a query. synonyms gives the synonyms of a normalised term; one that begins with "title:" or
// "skill:" counts there alone. It may be nil. Errors are a *SyntaxError.
func Parse(q string, synonyms func(term string) []string) (Query, error) {
	if !utf8.ValidString(q) {
		return Query{}, &SyntaxError{1, "The query is not valid UTF-8."}
	}
	p := parser{text: []rune(q), synonyms: synonyms}
	for i, c := range p.text {
		p.text[i] = usualSign(narrow(c))
	}
	if len(p.text) > MaxLength {
		return Query{}, p.errorf(MaxLength, "The query is longer than 1000 characters.")
	}
	if strings.TrimSpace(q) == "" {
		return Query{}, nil
	}
	if err := p.lex(); err != nil {
		return Query{}, err
	}
	if len(p.items) == 0 {
		return Query{}, p.errorf(0, "The query has no letter and no digit to look for.")
	}
	root, err := p.or(0, 0)
	if err != nil {
		return Query{}, err
	}
	if p.next < len(p.items) { // only a closing bracket stops the outermost level
		return Query{}, p.errorf(p.items[p.next].position, "There is no opening bracket for this closing one.")
	}
	if not := root.unbounded(); not != nil {
		return Query{}, p.errorf(not.position, "A query needs a word that must be there; NOT only takes away from what others find.")
	}
	return Query{root.expr(false)}, nil
}

type parser struct {
	text     []rune
	items    []item
	next     int
	terms    int
	synonyms func(string) []string
}

func (p *parser) errorf(position int, message string) error {
	return &SyntaxError{position + 1, message}
}

// peek is the kind of the next item.
func (p *parser) peek() (itemKind, bool) {
	if p.next == len(p.items) {
		return 0, false
	}
	return p.items[p.next].kind, true
}

func (p *parser) or(sections Sections, depth int) (*node, error) {
	var kids []*node
	for {
		kid, err := p.and(sections, depth)
		if err != nil {
			return nil, err
		}
		kids = append(kids, kid)
		if kind, ok := p.peek(); !ok || kind != orItem {
			return combined(orNode, kids), nil
		}
		p.next++
	}
}

func (p *parser) and(sections Sections, depth int) (*node, error) {
	var kids []*node
	for adjacent := false; ; {
		kid, err := p.not(sections, depth)
		if err != nil {
			return nil, err
		}
		kid.adjacent = adjacent
		kids = append(kids, kid)
		kind, ok := p.peek()
		if !ok || kind == orItem || kind == closeItem {
			return combined(andNode, p.together(kids)), nil
		}
		if adjacent = (kind != andItem || p.items[p.next].sign) && !p.items[p.next].apart; kind == andItem {
			p.next++
		}
	}
}

func (p *parser) not(sections Sections, depth int) (*node, error) {
	if kind, ok := p.peek(); !ok || kind != notItem {
		return p.operand(sections, depth)
	}
	position := p.items[p.next].position
	if depth == MaxDepth {
		return nil, p.errorf(position, "Brackets and NOTs are nested more than 20 deep.")
	}
	p.next++
	if next, ok := p.peek(); ok && next == notItem {
		return nil, p.errorf(p.items[p.next].position, "To leave a word out, write NOT or - before it, not both.")
	}
	kid, err := p.not(sections, depth+1)
	if err != nil {
		return nil, err
	}
	if kid.kind == notNode {
		return kid.kids[0], nil
	}
	return &node{kind: notNode, kids: []*node{p.expanded(kid)}, position: position}, nil
}

func (p *parser) operand(sections Sections, depth int) (*node, error) {
	if p.next == len(p.items) {
		return nil, p.errorf(len(p.text), "A word is missing at the end.")
	}
	it := p.items[p.next]
	p.next++
	switch it.kind {
	case wordItem, phraseItem:
		if p.terms++; p.terms > MaxTerms {
			return nil, p.errorf(it.position, "The query has more than 60 words and phrases.")
		}
		n := &node{written: it.text, words: it.words, prefix: it.prefix, sections: sections, position: it.position}
		n.bare = it.kind == wordItem && !it.prefix
		if !n.bare {
			n = p.expanded(n)
		}
		return n, nil
	case fieldItem:
		if kind, ok := p.peek(); !ok || kind > phraseItem && kind != openItem {
			return nil, p.errorf(it.position, "A word, a phrase or a bracket must follow the colon.")
		}
		n, err := p.operand(it.sections, depth)
		if err == nil && n.bare {
			n = p.expanded(n)
		}
		return n, err
	case openItem:
		if depth == MaxDepth {
			return nil, p.errorf(it.position, "Brackets and NOTs are nested more than 20 deep.")
		}
		if kind, ok := p.peek(); ok && kind == closeItem {
			return nil, p.errorf(it.position, "There is nothing between these brackets.")
		}
		n, err := p.or(sections, depth+1)
		if err != nil {
			return nil, err
		}
		if p.next == len(p.items) {
			return nil, p.errorf(it.position, "The bracket that opens here is not closed.")
		}
		p.next++ // or stops at a closing bracket alone
		return n, nil
	case closeItem:
		return nil, p.errorf(it.position, "A word is missing before this closing bracket.")
	case andItem, orItem, notItem:
		return nil, p.errorf(it.position, "A word is missing before this operator. In small letters, or in quotation marks, it is a word itself.")
	}
	return nil, p.errorf(it.position, "This is not understood.")
}

// together expands the bare words of an AND, and finds rows of them that are one term.
func (p *parser) together(kids []*node) []*node {
	var all []*node
	for i := 0; i < len(kids); {
		length := 0
		for length < maxRun && i+length < len(kids) && kids[i+length].bare && (length == 0 || kids[i+length].adjacent) {
			length++
		}
		var term *node
		for ; length > 1 && term == nil; length-- {
			term = p.row(kids[i : i+length])
		}
		if term == nil {
			all = append(all, p.expanded(kids[i]))
			i++
			continue
		}
		all = append(all, term)
		i += length + 1
	}
	return all
}

// row is the term that these words are together, or nil. In a text they may stand apart, unless one of them is an everyday
// word.
func (p *parser) row(kids []*node) *node {
	first := kids[0]
	whole := &node{sections: first.sections, position: first.position}
	apart := true
	text := make([]string, 0, len(kids))
	for _, kid := range kids {
		whole.words = append(whole.words, kid.words...)
		text = append(text, kid.written)
		apart = apart && !isEveryday(kid.words)
	}
	others := p.synonymsOf(whole)
	if len(others) == 0 {
		return nil
	}
	if apart {
		each := make([]*node, len(kids))
		for i, kid := range kids {
			each[i] = p.expanded(kid)
		}
		whole = combined(andNode, each)
	}
	all := combined(orNode, append([]*node{whole}, others...))
	all.text = termText(strings.Join(text, " "), first.sections, false)
	return all
}

// expanded is a phrase with its synonyms; what is no phrase, or is expanded already, stays as it is.
func (p *parser) expanded(n *node) *node {
	if n.kind != termNode {
		return n
	}
	n.bare = false
	text := termText(n.written, n.sections, n.prefix)
	if n.prefix {
		n.text = text
		return n
	}
	others := p.synonymsOf(n)
	if n.sections == 0 && isEveryday(n.words) {
		n.sections = inNames
	}
	all := combined(orNode, append([]*node{n}, others...))
	all.text = text
	return all
}

// fieldNames are the fields as they are typed.
var fieldNames = map[Sections]string{InTitle: "title:", InSkills: "skill:"}

// termText writes a term as it was typed.
func termText(text string, sections Sections, prefix bool) string {
	text = fieldNames[sections] + text
	if prefix {
		text += "*"
	}
	return text
}

func isEveryday(words []string) bool { return len(words) == 1 && slices.Contains(everyday, words[0]) }

// synonymsOf are the synonyms of a phrase. A word with an umlaut is also looked for as it is written where there are none.
func (p *parser) synonymsOf(n *node) []*node {
	if p.synonyms == nil {
		return nil
	}
	var others []*node
	if words := wordsOf(transcription.Replace(norm.NFC.String(n.written))); len(words) > 0 && n.written != "" && !slices.Equal(words, n.words) {
		others = append(others, &node{words: words, sections: n.sections, synonym: true, position: n.position})
	}
	for _, s := range p.synonyms(strings.Join(n.words, " ")) {
		sections := Sections(0)
		if rest, ok := strings.CutPrefix(s, "title:"); ok {
			s, sections = rest, InTitle
		} else if rest, ok := strings.CutPrefix(s, "skill:"); ok {
			s, sections = rest, InSkills
		}
		if sections == 0 {
			sections = n.sections
		} else if n.sections != 0 && sections != n.sections {
			continue
		}
		words := wordsOf(s)
		if len(words) == 0 || slices.Equal(words, n.words) {
			continue
		}
		if others = append(others, &node{words: words, sections: sections, synonym: true, position: n.position}); len(others) == maxSynonyms {
			break
		}
	}
	return others
}
