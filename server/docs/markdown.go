package docs

import (
	"bytes"
	"fmt"
	"html/template"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// hostInExamples is what documents write for the address of the program; pages show their own.
const hostInExamples = "http://127.0.0.1:8080"

// typeset fills in what a page is made of from its source.
func (b *book) typeset(p *page, g *generator, publicURL string) error {
	source, err := g.expand(p.source)
	if err != nil {
		return err
	}
	source = strings.ReplaceAll(source, hostInExamples, publicURL)
	// Programs that read Markdown go on to Markdown.
	if p.Markdown, err = b.relink(source, p.written, func(address, fragment string) string {
		if linked, ok := b.byAddress[address]; ok {
			address = linked.MarkdownAddress()
		}
		return publicURL + address + fragment
	}); err != nil {
		return err
	}
	shown, err := b.relink(source, p.written, func(address, fragment string) string { return address + fragment })
	if err != nil {
		return err
	}
	var out bytes.Buffer
	m := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough), goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(nodes{}, 100))))
	root := m.Parser().Parse(text.NewReader([]byte(shown)), parser.WithContext(parser.NewContext()))
	if err := p.outline(root, []byte(shown)); err != nil {
		return err
	}
	if err := m.Renderer().Render(&out, []byte(shown), root); err != nil {
		return err
	}
	p.HTML = template.HTML(out.String()) //nolint:gosec // of our own documents, and goldmark lets no HTML through
	return nil
}

var linkTarget = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// relink gives links between documents their addresses. What stands in blocks of code stays.
func (b *book) relink(source, written string, address func(address, fragment string) string) (string, error) {
	var out strings.Builder
	var err error
	fenced := false
	for line := range strings.Lines(source) {
		if strings.HasPrefix(strings.TrimLeft(line, " "), "```") {
			fenced = !fenced
		}
		if fenced || strings.HasPrefix(line, "    ") {
			out.WriteString(line)
			continue
		}
		out.WriteString(linkTarget.ReplaceAllStringFunc(line, func(link string) string {
			target, fragment := strings.TrimSuffix(strings.TrimPrefix(link, "]("), ")"), ""
			if strings.Contains(target, ":") || strings.HasPrefix(target, "#") {
				return link
			}
			if i := strings.IndexByte(target, '#'); i >= 0 {
				target, fragment = target[:i], target[i:]
			}
			if !strings.HasPrefix(target, "/") {
				target = path.Join(path.Dir(written), target)
				if strings.HasPrefix(target, "../") {
					err = fmt.Errorf("the link %s leads out of what is served", link)
				}
				target = addressOf(target)
			}
			return "](" + address(target, fragment) + ")"
		}))
	}
	return out.String(), err
}

// outline gives each heading its id, and notes title, summary, contents and sections.
func (p *page) outline(root ast.Node, source []byte) error {
	used := map[string]int{}
	current := section{}
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		h, ok := n.(*ast.Heading)
		if !ok {
			words := plain(n, source)
			if _, ok := n.(*ast.Paragraph); ok && p.Summary == "" {
				p.Summary = words
			}
			current.Text = strings.TrimSpace(current.Text + " " + words)
			continue
		}
		words := plain(h, source)
		if h.Level == 1 {
			if p.Title != "" {
				return fmt.Errorf("%q is a second title", words)
			}
			p.Title = words
			continue
		}
		id := anchor(words)
		if used[id]++; used[id] > 1 {
			id += "-" + strconv.Itoa(used[id]-1)
		}
		h.SetAttributeString("id", []byte(id))
		p.Sections = append(p.Sections, current)
		current = section{heading: heading{ID: id, Text: words}}
		if h.Level == 2 {
			p.Contents = append(p.Contents, current.heading)
		}
	}
	p.Sections = append(p.Sections, current)
	if p.Title == "" || p.Summary == "" {
		return fmt.Errorf("a document needs a title and a first paragraph, has %q and %q", p.Title, p.Summary)
	}
	return nil
}

var notInAnchor = regexp.MustCompile(`[^a-z0-9 _-]`)

// anchor is the id of a heading, as platforms that show Markdown make it.
func anchor(words string) string {
	return strings.ReplaceAll(notInAnchor.ReplaceAllString(strings.ToLower(words), ""), " ", "-")
}

// plain is the text of a node without marks.
func plain(n ast.Node, source []byte) string {
	var out strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the walker returns no error
		switch n := n.(type) {
		case *ast.Text:
			if entering {
				out.Write(n.Segment.Value(source))
				if n.SoftLineBreak() || n.HardLineBreak() {
					out.WriteByte(' ')
				}
			}
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			if entering {
				out.Write(n.Lines().Value(source))
			}
		case *extast.TableCell, *ast.ListItem, *ast.TextBlock:
			if !entering {
				out.WriteByte(' ')
			}
		}
		return ast.WalkContinue, nil
	})
	return strings.Join(strings.Fields(out.String()), " ")
}

// nodes writes the elements that look different here: headings with a link to themselves, code that can be copied, and tables that
// scroll by themselves.
type nodes struct{}

// RegisterFuncs is for goldmark.
func (nodes) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindHeading, heading1)
	r.Register(ast.KindFencedCodeBlock, code)
	r.Register(ast.KindCodeBlock, code)
	r.Register(extast.KindTable, table)
}

func heading1(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	h := node.(*ast.Heading) //nolint:forcetypeassert // registered for this kind
	if entering {
		if id, ok := h.AttributeString("id"); ok {
			fmt.Fprintf(w, `<h%d id="%s">`, h.Level, id)
		} else {
			fmt.Fprintf(w, `<h%d>`, h.Level)
		}
		return ast.WalkContinue, nil
	}
	if id, ok := h.AttributeString("id"); ok {
		fmt.Fprintf(w, ` <a class="anchor" href="#%s" aria-label="Link to “%s”">#</a>`, id, template.HTMLEscapeString(plain(h, source)))
	}
	fmt.Fprintf(w, "</h%d>\n", h.Level)
	return ast.WalkContinue, nil
}

func code(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	_, _ = w.WriteString(`<div class="copyable"><pre tabindex="0" data-copy>`)
	_, _ = w.WriteString(template.HTMLEscapeString(strings.TrimRight(string(node.Lines().Value(source)), "\n")))
	_, _ = w.WriteString("</pre></div>\n")
	return ast.WalkSkipChildren, nil
}

func table(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		_, _ = w.WriteString(`<div class="wide-table" tabindex="0"><table class="plain">` + "\n")
	} else {
		_, _ = w.WriteString("</table></div>\n")
	}
	return ast.WalkContinue, nil
}
