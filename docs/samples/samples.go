// Package samples finds the blocks of code in Markdown documents, so that tests can run what the documents show. It is for
// tests alone.
package samples

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// Block is a block of code.
type Block struct {
	// Lang is the language that stands after the fence: "sh", "json". It is empty for a block that is only indented.
	Lang string
	// Note is what follows the language, such as "schema=Job".
	Note string
	// Heading is the text of the nearest heading above; empty before the first.
	Heading string
	// Line is where the code begins, counted from 1.
	Line int
	Text string
}

// Blocks lists the blocks of a document in their order.
func Blocks(markdown []byte) []Block {
	var blocks []Block
	heading := ""
	for n := goldmark.DefaultParser().Parse(text.NewReader(markdown)).FirstChild(); n != nil; n = n.NextSibling() {
		blocks, heading = collect(blocks, heading, n, markdown)
	}
	return blocks
}

func collect(blocks []Block, heading string, n ast.Node, source []byte) ([]Block, string) {
	switch n := n.(type) {
	case *ast.Heading:
		return blocks, string(n.Lines().Value(source))
	case *ast.FencedCodeBlock:
		b := block(n, heading, source)
		if n.Info != nil {
			b.Lang, b.Note, _ = strings.Cut(string(n.Info.Value(source)), " ")
		}
		return append(blocks, b), heading
	case *ast.CodeBlock:
		return append(blocks, block(n, heading, source)), heading
	}
	if n.Type() == ast.TypeBlock {
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			blocks, heading = collect(blocks, heading, c, source)
		}
	}
	return blocks, heading
}

func block(n ast.Node, heading string, source []byte) Block {
	lines := n.Lines()
	b := Block{Heading: heading, Text: string(lines.Value(source))}
	if lines.Len() > 0 {
		b.Line = 1 + bytes.Count(source[:lines.At(0).Start], []byte("\n"))
	}
	return b
}
