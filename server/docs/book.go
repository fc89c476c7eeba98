package docs

import (
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// page is one page of the book.
type page struct {
	// Address is where it is served: "/docs/errors".
	Address string
	Title   string
	// Summary is its first paragraph, without marks.
	Summary string
	// Markdown is the page as it was written, with addresses of this site in its links.
	Markdown string
	HTML     template.HTML
	// Contents are its headings of the second level.
	Contents []heading
	Sections []section
	// Previous and Next are its neighbours in the order of the navigation, nil at its ends.
	Previous, Next *page

	// parent is the page under which the navigation shows this one; nil for one of the first level.
	parent *page
	// written is the file's path in the tree of documents, by which links between documents are resolved.
	written string
	source  string
}

// MarkdownAddress is where the page is served as it was written.
func (p *page) MarkdownAddress() string {
	if p.Address == "/docs" {
		return "/docs/index.md"
	}
	return p.Address + ".md"
}

// heading is a place in a page.
type heading struct{ ID, Text string }

// section is a piece of a page as the search knows it: what stands below one heading.
type section struct {
	heading

	Text string
}

// chapters is a group of the navigation, with the files of its pages.
type chapters struct {
	name  string
	files []string
}

// contents is the order of the book. Files below the folder of a page, and what is generated for it, follow it as its children.
func contents() []chapters {
	return []chapters{
		{"Start", []string{"guide/README.md", "guide/quickstart.md", "guide/sign-up.md", "guide/keys.md", "guide/authentication.md", "guide/first-call.md", "guide/testing.md"}},
		{"Jobs and people", []string{"guide/jobs.md", "guide/applications.md", "guide/cv-search.md", "guide/query-language.md", "guide/pipeline.md"}},
		{"Webhooks", []string{
			"guide/webhooks.md", "guide/events.md", "webhooks/verify/README.md", "guide/outages.md", "webhooks/rotation.md", "webhooks/replay.md", "webhooks/profiles/README.md",
		}},
		{"Rules of the API", []string{"guide/errors.md", "guide/idempotency.md", "guide/lists.md", "guide/limits.md", "guide/versioning.md", "guide/changelog.md"}},
		{"Other ways in", []string{"guide/careerjet.md", "guide/inbound-mail.md"}},
		{"Tools and help", []string{"guide/operations.md", "guide/clients.md", "guide/terminal.md", "guide/machines.md", "guide/agents.md", "guide/support.md", "guide/security.md"}},
	}
}

// book is all pages.
type book struct {
	groups    []bookGroup
	pages     []*page
	byAddress map[string]*page
}

type bookGroup struct {
	name  string
	pages []*page
}

// readBook makes all pages.
func readBook(c Config) (*book, error) {
	g, err := newGenerator(c)
	if err != nil {
		return nil, err
	}
	b := &book{byAddress: map[string]*page{}}
	for _, chapter := range contents() {
		group := bookGroup{name: chapter.name}
		for _, name := range chapter.files {
			source, err := fs.ReadFile(c.Files, name)
			if err != nil {
				return nil, fmt.Errorf("read a document: %w", err)
			}
			p := &page{written: name, source: string(source)}
			children, err := g.childrenOf(c.Files, p)
			if err != nil {
				return nil, err
			}
			for _, p := range append([]*page{p}, children...) {
				p.Address = addressOf(p.written)
				group.pages = append(group.pages, p)
				b.pages = append(b.pages, p)
				b.byAddress[p.Address] = p
			}
		}
		b.groups = append(b.groups, group)
	}
	for i, p := range b.pages {
		if i > 0 {
			p.Previous, b.pages[i-1].Next = b.pages[i-1], p
		}
		if err := b.typeset(p, g, c.PublicURL); err != nil {
			return nil, fmt.Errorf("%s: %w", p.written, err)
		}
	}
	return b, nil
}

// addressOf is where a document is served: guide is the book itself, and the page of a folder is its README.
func addressOf(file string) string {
	name := strings.TrimSuffix(strings.TrimPrefix(file, "guide/"), ".md")
	if folder, ok := strings.CutSuffix(name, "README"); ok {
		name = folder
	}
	return path.Join("/docs", name)
}

// childrenOf are the pages that follow a page: the files in the folder that is called like it, and what is generated.
func (g *generator) childrenOf(files fs.FS, parent *page) ([]*page, error) {
	folder := strings.TrimSuffix(strings.TrimSuffix(parent.written, "README.md"), ".md")
	if parent.written == "guide/events.md" {
		return g.eventPages(parent), nil
	}
	if parent.written == "guide/README.md" || parent.written == "guide/webhooks.md" {
		return nil, nil
	}
	names, err := fs.Glob(files, path.Join(folder, "*.md"))
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var children []*page
	for _, name := range names {
		if name == parent.written {
			continue
		}
		source, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		children = append(children, &page{written: name, source: string(source), parent: parent})
	}
	return children, nil
}

// navGroup is a group of the navigation as a page shows it.
type navGroup struct {
	Name  string
	Items []navItem
}

type navItem struct {
	Text, Path string
	Current    bool
	Items      []navItem
}

// navFor is the navigation around a page, which is nil for none of the book. The children of a page are shown on it and on them.
func (b *book) navFor(shown *page) []navGroup {
	nav := make([]navGroup, 0, len(b.groups))
	for _, g := range b.groups {
		group := navGroup{Name: g.name}
		for _, p := range g.pages {
			item := navItem{Text: p.Title, Path: p.Address, Current: p == shown}
			switch {
			case p.parent == nil:
				group.Items = append(group.Items, item)
			case shown != nil && (p.parent == shown || p.parent == shown.parent):
				last := &group.Items[len(group.Items)-1]
				last.Items = append(last.Items, item)
			}
		}
		nav = append(nav, group)
	}
	return nav
}
