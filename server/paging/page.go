// Package paging is how callers go through lists: filters, order, pages by number or by cursor, and the Link header of an answer. It
// must not read a list itself, and must not know what is in one.
package paging

import (
	"fmt"
	"maps"
	"net/url"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

const (
	defaultPageSize = 50
	maxPage         = 1_000_000 // the largest page that the contract allows
)

// Params are the parameters by which a caller goes through a list: page or cursor, and pageSize.
type Params struct {
	Page, Size *int
	Cursor     *string
}

// List names a list: where it is, and everything that filters and orders it.
type List struct {
	Path string // below the public URL
	// Query is what links repeat: filters, sort and pageSize, but no place in the list.
	Query url.Values
	// Sort is the order, also when the caller left it out; "" for a list that has one order only.
	Sort string
	// Unnamed is the order that cursors do not name, "" for none: that of a list which had one order only at first.
	Unnamed string
	// SignedAs is what cursors are signed for instead of path; "" for path.
	SignedAs string
}

// Page is a request for one page of a list. Every list with page, pageSize and cursor goes through it.
type Page struct {
	List

	lists    Lists
	Tenant   board.Tenant
	Number   int // of the page, from 1
	Size     int
	ByCursor bool
	// Place is the place in the cursor, that of the last item on the page before; "" without a cursor.
	Place string
	// After is the place as Open reads it; nil without a cursor.
	After *Position
}

// Position is the place of an item in a list: the value that orders the list, and the item's id.
type Position struct{ Key, ID int64 }

// AtTime is the place of an item in a list that is ordered by time.
func AtTime(at time.Time, id int64) Position { return Position{at.UnixMicro(), id} }

// Lists opens the lists of one address.
type Lists struct {
	cursors   cursors
	publicURL string
}

// New makes lists whose cursors are signed by a key. Links begin with publicURL.
func New(cursorKey []byte, publicURL string) Lists {
	return Lists{cursors: cursors{cursorKey}, publicURL: publicURL}
}

// Open reads which page of a list a caller asks for. Errors: invalid_query.
func (ls Lists) Open(t board.Tenant, of List, p Params) (Page, error) {
	l, err := ls.OpenByPlace(t, of, p)
	if err != nil || !l.ByCursor {
		return l, err
	}
	l.After = &Position{}
	if _, err := fmt.Sscanf(l.Place, "%d %d", &l.After.Key, &l.After.ID); err != nil {
		return l, foreignCursor()
	}
	return l, nil
}

// OpenByPlace is Open for a list whose cursors hold a place that only the store understands.
func (ls Lists) OpenByPlace(t board.Tenant, of List, p Params) (Page, error) {
	l := Page{
		List: of, lists: ls, Tenant: t, Number: 1, Size: SizeOf(p.Size), ByCursor: p.Cursor != nil,
	}
	if p.Size != nil {
		l.Query.Set("pageSize", strconv.Itoa(*p.Size))
	}
	if p.Page != nil {
		l.Number = *p.Page
	}
	if !l.ByCursor {
		return l, nil
	}
	if p.Page != nil {
		return l, InvalidQuery("cursor", board.FieldConflict, "can't be used together with page: send one of them")
	}
	// A cursor has the number of its page, so that both ways through a list show the same numbers.
	signed, ok := l.lists.cursors.open(l.Tenant, l.name(), *p.Cursor)
	first, place, _ := strings.Cut(signed, " ")
	number, err := strconv.Atoi(first)
	if !ok || err != nil {
		return l, foreignCursor()
	}
	l.Number, l.Place = number, place
	return l, nil
}

// SizeOf is how many items a page has, when a caller asks for so many or does not say.
func SizeOf(asked *int) int {
	if asked == nil {
		return defaultPageSize
	}
	return *asked
}

// name is what cursors are signed for. The size of pages is no part of it: a caller may change it on the way.
func (l Page) name() string {
	narrowed := maps.Clone(l.Query)
	narrowed.Del("pageSize")
	narrowed.Set("sort", l.Sort)
	if l.Sort == l.Unnamed {
		narrowed.Set("sort", "")
	}
	path := l.Path
	if l.SignedAs != "" {
		path = l.SignedAs
	}
	return path + "?" + narrowed.Encode()
}

// Offset is how many items are before the page; 0 when a cursor says where the page begins.
func (l Page) Offset() int {
	if l.ByCursor {
		return 0
	}
	return (l.Number - 1) * l.Size
}

// AfterTime is After in a list that is ordered by time.
func (l Page) AfterTime() *pg.Position {
	if l.After == nil {
		return nil
	}
	return &pg.Position{At: time.UnixMicro(l.After.Key).UTC(), ID: l.After.ID}
}

// AfterID is After in a list that is ordered by id; 0 without a cursor.
func (l Page) AfterID() int64 {
	if l.After == nil {
		return 0
	}
	return l.After.ID
}

// NextCursor is the cursor of the page after items, nil when there are no more. place gives the position of an item.
func NextCursor[T any](l Page, items []T, more bool, place func(T) Position) *string {
	if !more || len(items) == 0 {
		return nil
	}
	last := place(items[len(items)-1])
	return l.NextAt(fmt.Sprintf("%d %d", last.Key, last.ID))
}

// NextAt is the cursor of the page after a place.
func (l Page) NextAt(place string) *string {
	return new(l.lists.cursors.sign(l.Tenant, l.name(), strconv.Itoa(l.Number+1)+" "+place))
}

// Link is the Link header (RFC 8288): next and, for a caller who goes by page, first, prev and last. cursor is that of the
// next page. The header is nil when there is nothing to link to.
func (l Page) Link(total int, cursor *string) *string {
	var out []string
	add := func(rel, name, value string) {
		q := maps.Clone(l.Query)
		q.Set(name, value)
		out = append(out, "<"+l.lists.publicURL+l.Path+"?"+q.Encode()+`>; rel="`+rel+`"`)
	}
	addPage := func(rel string, number int) { add(rel, "page", strconv.Itoa(number)) }
	switch last := min(max((total+l.Size-1)/l.Size, 1), maxPage); {
	case l.ByCursor && cursor == nil:
	case l.ByCursor:
		add("next", "cursor", *cursor)
	default:
		addPage("first", 1)
		if l.Number > 1 {
			addPage("prev", min(l.Number-1, last))
		}
		if l.Number < last {
			addPage("next", l.Number+1)
		}
		addPage("last", last)
	}
	if len(out) == 0 {
		return nil
	}
	return new(strings.Join(out, ", "))
}

// NextLink is the Link header of a list without numbered pages.
func (l Page) NextLink(cursor *string) *string {
	l.ByCursor = true
	return l.Link(0, cursor)
}

func foreignCursor() error {
	return InvalidQuery("cursor", board.FieldInvalid, "is not a cursor of this list: send nextCursor of the last answer unchanged, with the same filters and in the same sort, or leave it out to begin anew")
}

// InvalidQuery is the error about one parameter that the contract accepts.
func InvalidQuery(field, code, message string) error {
	return &board.Error{
		Code: board.CodeInvalidQuery, Message: "The query has 1 invalid parameter: " + field + ".",
		Fields: []board.FieldError{{Field: field, Code: code, Message: message}},
	}
}
