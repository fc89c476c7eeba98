package cvquery

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Weights of the text index: what a term counts in.
const (
	inTitle  = "A"
	inSkills = "B"
	inNames  = "ABC" // and employers; all but running text
)

// everyday are names that running text is full of, in another meaning.
var everyday = []string{"c", "go", "it", "r"}

// Parse reads a query. synonyms gives the other spellings of a normalised term; one that begins with "title:" or
// "skill:" counts there alone. It may be nil. Errors are an *Error.
func Parse(q string, synonyms func(term string) []string) (Query, error) {
	if !utf8.ValidString(q) {
		return Query{}, &Error{1, "The query is not valid UTF-8."}
	}
	p := parser{text: []rune(q), synonyms: synonyms}
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
	root, err := p.or("", 0)
	if err != nil {
		return Query{}, err
	}
	if p.next < len(p.items) { // only a closing bracket stops the outermost level
		return Query{}, p.errorf(p.items[p.next].position, "There is no opening bracket for this closing one.")
	}
	if not := root.unbounded(); not != nil {
		return Query{}, p.errorf(not.position, "A query needs a word that must be there; NOT only takes away from what others find.")
	}
	return Query{root}, nil
}

type parser struct {
	text     []rune
	items    []item
	next     int
	terms    int
	synonyms func(string) []string
}

func (p *parser) errorf(position int, message string) error { return &Error{position + 1, message} }

// peek is the kind of the next item.
func (p *parser) peek() (itemKind, bool) {
	if p.next == len(p.items) {
		return 0, false
	}
	return p.items[p.next].kind, true
}

func (p *parser) or(weights string, depth int) (*node, error) {
	var kids []*node
	for {
		kid, err := p.and(weights, depth)
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

func (p *parser) and(weights string, depth int) (*node, error) {
	var kids []*node
	for glued := false; ; {
		kid, err := p.not(weights, depth)
		if err != nil {
			return nil, err
		}
		kid.glued = glued
		kids = append(kids, kid)
		kind, ok := p.peek()
		if !ok || kind == orItem || kind == closeItem {
			return combined(andNode, p.together(kids)), nil
		}
		if glued = kind != andItem && !p.items[p.next].apart; kind == andItem {
			p.next++
		}
	}
}

func (p *parser) not(weights string, depth int) (*node, error) {
	if kind, ok := p.peek(); !ok || kind != notItem {
		return p.operand(weights, depth)
	}
	position := p.items[p.next].position
	if depth == MaxDepth {
		return nil, p.errorf(position, "Brackets and NOTs are nested more than 20 deep.")
	}
	p.next++
	kid, err := p.not(weights, depth+1)
	if err != nil {
		return nil, err
	}
	if kid.kind == notNode {
		return kid.kids[0], nil
	}
	return &node{kind: notNode, kids: []*node{p.spelled(kid)}, position: position}, nil
}

func (p *parser) operand(weights string, depth int) (*node, error) {
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
		n := &node{written: it.text, words: it.words, prefix: it.prefix, weights: weights, typed: true, position: it.position}
		n.bare = it.kind == wordItem && !it.prefix
		if !n.bare {
			n = p.spelled(n)
		}
		return n, nil
	case fieldItem:
		if kind, ok := p.peek(); !ok || kind > phraseItem && kind != openItem {
			return nil, p.errorf(it.position, "A word, a phrase or a bracket must follow the colon.")
		}
		n, err := p.operand(it.weights, depth)
		if err == nil && n.bare {
			n = p.spelled(n)
		}
		return n, err
	case openItem:
		if depth == MaxDepth {
			return nil, p.errorf(it.position, "Brackets and NOTs are nested more than 20 deep.")
		}
		if kind, ok := p.peek(); ok && kind == closeItem {
			return nil, p.errorf(it.position, "There is nothing between these brackets.")
		}
		n, err := p.or(weights, depth+1)
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

// combined is an operator over nodes, or the node itself when it is alone.
func combined(kind nodeKind, kids []*node) *node {
	if len(kids) == 1 {
		return kids[0]
	}
	return &node{kind: kind, kids: kids, position: kids[0].position}
}

// together spells the bare words of an AND, and finds rows of them that are one term.
func (p *parser) together(kids []*node) []*node {
	var all []*node
	for i := 0; i < len(kids); {
		length := 0
		for length < maxRun && i+length < len(kids) && kids[i+length].bare && (length == 0 || kids[i+length].glued) {
			length++
		}
		var term *node
		for ; length > 1 && term == nil; length-- {
			term = p.row(kids[i : i+length])
		}
		if term == nil {
			all = append(all, p.spelled(kids[i]))
			i++
			continue
		}
		all = append(all, term)
		i += length + 1
	}
	return all
}

// row is the term that these words are together, or nil. They may stand apart, unless one of them is an everyday word.
func (p *parser) row(kids []*node) *node {
	first := kids[0]
	whole := &node{weights: first.weights, typed: true, position: first.position}
	apart := true
	text := make([]string, 0, len(kids))
	for _, kid := range kids {
		whole.words = append(whole.words, kid.words...)
		text = append(text, kid.written)
		apart = apart && !isEveryday(kid.words)
	}
	others := p.others(whole)
	if len(others) == 0 {
		return nil
	}
	if apart {
		each := make([]*node, len(kids))
		for i, kid := range kids {
			each[i] = p.spelled(kid)
		}
		whole = combined(andNode, each)
	}
	all := combined(orNode, append([]*node{whole}, others...))
	all.leaf = leafText(strings.Join(text, " "), first.weights, false)
	return all
}

// spelled is a term in all its spellings; what is no term, or is spelled already, stays as it is.
func (p *parser) spelled(n *node) *node {
	if n.kind != termNode {
		return n
	}
	n.bare = false
	leaf := leafText(n.written, n.weights, n.prefix)
	if n.prefix {
		n.leaf = leaf
		return n
	}
	others := p.others(n)
	if n.weights == "" && isEveryday(n.words) {
		n.weights = inNames
	}
	all := combined(orNode, append([]*node{n}, others...))
	all.leaf = leaf
	return all
}

// leafText writes a term as it was typed.
func leafText(text, weights string, prefix bool) string {
	switch weights {
	case inTitle:
		text = "title:" + text
	case inSkills:
		text = "skill:" + text
	}
	if prefix {
		text += "*"
	}
	return text
}

func isEveryday(words []string) bool { return len(words) == 1 && slices.Contains(everyday, words[0]) }

// others are the other spellings of a term.
func (p *parser) others(n *node) []*node {
	if p.synonyms == nil {
		return nil
	}
	var others []*node
	for _, s := range p.synonyms(strings.Join(n.words, " ")) {
		weights := ""
		if rest, ok := strings.CutPrefix(s, "title:"); ok {
			s, weights = rest, inTitle
		} else if rest, ok := strings.CutPrefix(s, "skill:"); ok {
			s, weights = rest, inSkills
		}
		if weights == "" {
			weights = n.weights
		} else if n.weights != "" && weights != n.weights {
			continue
		}
		words := wordsOf(s)
		if len(words) == 0 || slices.Equal(words, n.words) {
			continue
		}
		if others = append(others, &node{words: words, weights: weights, position: n.position}); len(others) == maxSynonyms {
			break
		}
	}
	return others
}
