package cvquery

type nodeKind int

const (
	termNode nodeKind = iota
	andNode
	orNode
	notNode
)

// node is a node of the tree while it is parsed, with what only the parser needs.
type node struct {
	kind nodeKind
	kids []*node

	// Of a phrase.
	written  string // as it was typed
	words    []string
	prefix   bool
	sections Sections
	synonym  bool
	bare     bool // a word without quotes, field and star, whose synonyms are not added yet
	adjacent bool // nothing but a blank stands before it

	text     string // of what was typed as one term, with its synonyms: how it was typed
	position int
}

// combined is an operator over nodes, or the node itself when it is alone.
func combined(kind nodeKind, kids []*node) *node {
	if len(kids) == 1 {
		return kids[0]
	}
	return &node{kind: kind, kids: kids, position: kids[0].position}
}

// expr is the finished node. Within a term there are no others.
func (n *node) expr(inTerm bool) Expr {
	if n.text != "" && !inTerm {
		return Term{Text: n.text, Expr: n.expr(true)}
	}
	if n.kind == termNode {
		return Phrase{Words: n.words, Prefix: n.prefix, Sections: n.sections, Synonym: n.synonym}
	}
	kids := make([]Expr, len(n.kids))
	for i, kid := range n.kids {
		kids[i] = kid.expr(inTerm)
	}
	switch n.kind {
	case andNode:
		return And(kids)
	case orNode:
		return Or(kids)
	default:
		return Not{kids[0]}
	}
}

// unbounded finds a NOT by which alone a text could match, or nil when every match holds some term.
func (n *node) unbounded() *node {
	switch n.kind {
	case termNode:
		return nil
	case notNode:
		return n
	case orNode:
		for _, kid := range n.kids {
			if not := kid.unbounded(); not != nil {
				return not
			}
		}
		return nil
	case andNode:
		var first *node
		for _, kid := range n.kids {
			not := kid.unbounded()
			if not == nil {
				return nil
			}
			if first == nil {
				first = not
			}
		}
		return first
	}
	return nil
}
