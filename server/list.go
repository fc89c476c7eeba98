package server

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

// pageParams are the parameters by which a caller goes through a list: page or cursor, and pageSize.
type pageParams struct {
	page, size *int
	cursor     *string
}

// listOf names a list: where it is, and everything that filters and orders it.
type listOf struct {
	path string // below the public URL
	// query is what links repeat: filters, sort and pageSize, but no place in the list.
	query url.Values
	// sort is the order, also when the caller left it out; "" for a list that has one order only.
	sort string
	// unnamed is the order that cursors do not name, "" for none: that of a list which had one order only at first.
	unnamed string
	// signedAs is what cursors are signed for instead of path; "" for path.
	signedAs string
}

// list is a request for one page of a list. Every list with page, pageSize and cursor goes through it.
type list struct {
	listOf

	lists    lists
	tenant   board.Tenant
	number   int // of the page, from 1
	size     int
	byCursor bool
	// place is the place in the cursor, that of the last item on the page before; "" without a cursor.
	place string
	// after is the place as open reads it; nil without a cursor.
	after *position
}

// position is the place of an item in a list: the value that orders the list, and the item's id.
type position struct{ key, id int64 }

func atTime(at time.Time, id int64) position { return position{at.UnixMicro(), id} }

// lists opens the lists of one address.
type lists struct {
	cursors   cursors
	publicURL string
}

// newLists makes lists whose cursors are signed by a key. Links begin with publicURL.
func newLists(cursorKey []byte, publicURL string) lists {
	return lists{cursors: cursors{cursorKey}, publicURL: publicURL}
}

// open reads which page of a list a caller asks for. Errors: invalid_query.
func (ls lists) open(t board.Tenant, of listOf, p pageParams) (list, error) {
	l, err := ls.openByPlace(t, of, p)
	if err != nil || !l.byCursor {
		return l, err
	}
	l.after = &position{}
	if _, err := fmt.Sscanf(l.place, "%d %d", &l.after.key, &l.after.id); err != nil {
		return l, foreignCursor()
	}
	return l, nil
}

// openByPlace is open for a list whose cursors hold a place that only the store understands.
func (ls lists) openByPlace(t board.Tenant, of listOf, p pageParams) (list, error) {
	l := list{
		listOf: of, lists: ls, tenant: t, number: 1, size: pageSize(p.size), byCursor: p.cursor != nil,
	}
	if p.size != nil {
		l.query.Set("pageSize", strconv.Itoa(*p.size))
	}
	if p.page != nil {
		l.number = *p.page
	}
	if !l.byCursor {
		return l, nil
	}
	if p.page != nil {
		return l, invalidQuery("cursor", board.FieldConflict, "can't be used together with page: send one of them")
	}
	// A cursor has the number of its page, so that both ways through a list show the same numbers.
	signed, ok := l.lists.cursors.open(l.tenant, l.name(), *p.cursor)
	first, place, _ := strings.Cut(signed, " ")
	number, err := strconv.Atoi(first)
	if !ok || err != nil {
		return l, foreignCursor()
	}
	l.number, l.place = number, place
	return l, nil
}

func pageSize(asked *int) int {
	if asked == nil {
		return defaultPageSize
	}
	return *asked
}

// name is what cursors are signed for. The size of pages is no part of it: a caller may change it on the way.
func (l list) name() string {
	narrowed := maps.Clone(l.query)
	narrowed.Del("pageSize")
	narrowed.Set("sort", l.sort)
	if l.sort == l.unnamed {
		narrowed.Set("sort", "")
	}
	path := l.path
	if l.signedAs != "" {
		path = l.signedAs
	}
	return path + "?" + narrowed.Encode()
}

// offset is how many items are before the page; 0 when a cursor says where the page begins.
func (l list) offset() int {
	if l.byCursor {
		return 0
	}
	return (l.number - 1) * l.size
}

// afterTime is after in a list that is ordered by time.
func (l list) afterTime() *pg.Position {
	if l.after == nil {
		return nil
	}
	return &pg.Position{At: time.UnixMicro(l.after.key).UTC(), ID: l.after.id}
}

// afterID is after in a list that is ordered by id; 0 without a cursor.
func (l list) afterID() int64 {
	if l.after == nil {
		return 0
	}
	return l.after.id
}

// nextCursor is the cursor of the page after items, nil when there are no more. place gives the position of an item.
func nextCursor[T any](l list, items []T, more bool, place func(T) position) *string {
	if !more || len(items) == 0 {
		return nil
	}
	last := place(items[len(items)-1])
	return l.nextAt(fmt.Sprintf("%d %d", last.key, last.id))
}

// nextAt is the cursor of the page after a place.
func (l list) nextAt(place string) *string {
	return new(l.lists.cursors.sign(l.tenant, l.name(), strconv.Itoa(l.number+1)+" "+place))
}

// link is the Link header (RFC 8288): next and, for a caller who goes by page, first, prev and last. cursor is that of the
// next page. The header is nil when there is nothing to link to.
func (l list) link(total int, cursor *string) *string {
	var out []string
	add := func(rel, name, value string) {
		q := maps.Clone(l.query)
		q.Set(name, value)
		out = append(out, "<"+l.lists.publicURL+l.path+"?"+q.Encode()+`>; rel="`+rel+`"`)
	}
	addPage := func(rel string, number int) { add(rel, "page", strconv.Itoa(number)) }
	switch last := min(max((total+l.size-1)/l.size, 1), maxPage); {
	case l.byCursor && cursor == nil:
	case l.byCursor:
		add("next", "cursor", *cursor)
	default:
		addPage("first", 1)
		if l.number > 1 {
			addPage("prev", min(l.number-1, last))
		}
		if l.number < last {
			addPage("next", l.number+1)
		}
		addPage("last", last)
	}
	if len(out) == 0 {
		return nil
	}
	return new(strings.Join(out, ", "))
}

// nextLink is the Link header of a list without numbered pages.
func (l list) nextLink(cursor *string) *string {
	l.byCursor = true
	return l.link(0, cursor)
}

func foreignCursor() error {
	return invalidQuery("cursor", board.FieldInvalid, "is not a cursor of this list: send nextCursor of the last answer unchanged, with the same filters and in the same sort, or leave it out to begin anew")
}

// invalidQuery is the error about one parameter that the contract accepts.
func invalidQuery(field, code, message string) error {
	return &board.Error{
		Code: board.CodeInvalidQuery, Message: "The query has 1 invalid parameter: " + field + ".",
		Fields: []board.FieldError{{Field: field, Code: code, Message: message}},
	}
}
