package docs

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// entry is a section in the index of the search. The script on the page reads it, too: its names are short because they are
// sent once for each section.
type entry struct {
	Address string `json:"a"`
	Page    string `json:"p"`
	Heading string `json:"h,omitempty"`
	Text    string `json:"t"`
}

// index is every section of every page.
func (b *book) index() []entry {
	var all []entry
	for _, p := range b.pages {
		for _, s := range p.Sections {
			e := entry{Address: p.Address, Page: p.Title, Heading: s.heading.Text, Text: s.Text}
			if s.ID != "" {
				e.Address += "#" + s.ID
			}
			all = append(all, e)
		}
	}
	return all
}

// writeIndex is the index as the script reads it.
func writeIndex(all []entry) ([]byte, error) { return json.Marshal(all) }

// What a word counts for, by where it is found. The script has the same figures.
const (
	inPage    = 8
	inHeading = 4
	inText    = 1
)

// maxHits is how many sections a search shows.
const maxHits = 20

// hit is a section that was found, with the words around the first one that matches.
type hit struct {
	Address, Title, Excerpt string
}

// find looks for sections that have all words of a query, each as the beginning of a word. Those with words in titles come first.
func find(all []entry, query string) []hit {
	words := strings.Fields(strings.ToLower(query))
	if len(words) == 0 {
		return nil
	}
	type scored struct {
		entry

		score int
	}
	var found []scored
	for _, e := range all {
		score := 0
		for _, word := range words {
			n := inPage*begins(e.Page, word) + inHeading*begins(e.Heading, word) + inText*begins(e.Text, word)
			if n == 0 {
				score = 0
				break
			}
			score += n
		}
		if score > 0 {
			found = append(found, scored{e, score})
		}
	}
	slices.SortStableFunc(found, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	var hits []hit
	for _, s := range found[:min(len(found), maxHits)] {
		title := s.Page
		if s.Heading != "" {
			title += " › " + s.Heading
		}
		hits = append(hits, hit{Address: s.Address, Title: title, Excerpt: excerpt(s.Text, words[0])})
	}
	return hits
}

// begins is 1 when a word of the text begins with the given one, which is in lower case; else 0.
func begins(text, word string) int {
	text = strings.ToLower(text)
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return 0
		}
		i += from
		if i == 0 || !isLetter(text[i-1]) {
			return 1
		}
		from = i + 1
	}
}

func isLetter(b byte) bool { return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b >= utf8.RuneSelf }

// excerptLength is how much of a section is shown, in bytes.
const excerptLength = 160

// excerpt is the part of a text around a word.
func excerpt(text, word string) string {
	start := max(0, strings.Index(strings.ToLower(text), word)-excerptLength/3)
	if start > 0 {
		if i := strings.IndexByte(text[min(start, len(text)):], ' '); i >= 0 {
			start += i + 1
		}
	}
	start = min(start, len(text))
	part := text[start:]
	if len(part) > excerptLength {
		part = part[:max(1, strings.LastIndexByte(part[:excerptLength], ' '))] + " …"
	}
	if start > 0 {
		part = "… " + part
	}
	return strings.ToValidUTF8(part, "")
}

// results is the main part of the page of a search.
type results struct {
	Query string
	Hits  []hit
}

// maxQuery is how much of a query is read, in bytes.
const maxQuery = 200

// showSearch answers the form of the search, which needs no script.
func (d *Docs) showSearch(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query().Get("q")
	query = strings.ToValidUTF8(query[:min(len(query), maxQuery)], "")
	title := "Search the documentation"
	if query != "" {
		title = "Search for “" + query + "”"
	}
	d.render(w, r, http.StatusOK, "search", frame{Title: title, Nav: d.book.navFor(nil), Query: query, Main: results{query, find(d.book.index(), query)}})
}
