package server

import (
	"context"
	"fmt"
	"itmanagerjobs/store/pg"
	"maps"
	"net/url"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
)

const (
	defaultPageSize = 50
	maxPage         = 1_000_000 // as the contract says
)

// page is where in a list a request stands.
type page struct {
	number, size int
	byCursor     bool
	// after is set when a cursor was sent.
	after *position
}

func (p page) offset() int { return (p.number - 1) * p.size }

// afterTime is after in a list that is ordered by time.
func (p page) afterTime() *pg.Position {
	if p.after == nil {
		return nil
	}
	return &pg.Position{At: time.UnixMicro(p.after.key).UTC(), ID: p.after.id}
}

// position is the last item of a page: what the list is ordered by, and its id.
type position struct{ key, id int64 }

func atTime(at time.Time, id int64) position { return position{at.UnixMicro(), id} }

// walk is a list as a cursor leads through it: whose it is, and what it is of, with all that narrows and orders it. A
// cursor leads on in the list that it was given out for alone, and what it says was signed here.
type walk struct {
	store  *store.Store
	tenant board.Tenant
	list   string
}

// walk is the list at a path. query is what its links repeat, sort its order, "" where there is one alone. Pages may
// change their size on the way.
func (h *handlers) walk(ctx context.Context, path string, query url.Values, sort string) walk {
	narrowed := maps.Clone(query)
	narrowed.Del("pageSize")
	narrowed.Set("sort", sort)
	return walk{h.server.store, principalFrom(ctx).Tenant, path + "?" + narrowed.Encode()}
}

// readPage takes page, pageSize and cursor. A cursor goes on counting pages, so that both ways of walking show the same
// numbers. Errors: invalid_query.
func (w walk) readPage(number, size *int, cursor *string) (page, error) {
	p, err := firstPage(number, size, cursor)
	if err != nil || !p.byCursor {
		return p, err
	}
	var at string
	if p.number, at, err = w.open(*cursor); err != nil {
		return p, err
	}
	p.after = &position{}
	if _, err := fmt.Sscanf(at, "%d %d", &p.after.key, &p.after.id); err != nil {
		return p, foreignCursor()
	}
	return p, nil
}

// next is the cursor that leads on from the last item of a page.
func (w walk) next(p page, last position) *string {
	return w.cursor(p, fmt.Sprintf("%d %d", last.key, last.id))
}

// A cursor is opaque to callers: number of the page it leads to, and the place after which that begins.
func (w walk) cursor(p page, at string) *string {
	return new(w.store.SignCursor(w.tenant, w.list, strconv.Itoa(p.number+1)+" "+at))
}

// open gives the number of the page that a cursor leads to, and the place after which it begins. Errors: invalid_query.
func (w walk) open(cursor string) (number int, at string, err error) {
	signed, ok := w.store.OpenCursor(w.tenant, w.list, cursor)
	first, at, _ := strings.Cut(signed, " ")
	number, err = strconv.Atoi(first)
	if !ok || err != nil {
		return 0, "", foreignCursor()
	}
	return number, at, nil
}

func foreignCursor() error {
	return invalidQuery("cursor", board.FieldInvalid, "is not a cursor of this list: send nextCursor of the last answer unchanged, with the same filters and in the same sort, or leave it out to begin anew")
}

// firstPage is the page without what a cursor says.
func firstPage(number, size *int, cursor *string) (page, error) {
	p := page{number: 1, size: defaultPageSize, byCursor: cursor != nil}
	if size != nil {
		p.size = *size
	}
	if number != nil {
		p.number = *number
	}
	if cursor != nil && number != nil {
		return p, invalidQuery("cursor", board.FieldConflict, "can't be used together with page: send one of them")
	}
	return p, nil
}

func invalidQuery(field, code, message string) error {
	return &board.Error{
		Code: board.CodeInvalidQuery, Message: "The query has 1 invalid parameter: " + field + ".",
		Fields: []board.FieldError{{Field: field, Code: code, Message: message}},
	}
}

// links writes a Link header (RFC 8288) for a list: next and, when walking by page, first, prev and last.
func links(base string, query url.Values, p page, total int, nextCursor *string) string {
	var out []string
	add := func(rel string, set func(url.Values)) {
		q := url.Values{}
		maps.Copy(q, query)
		set(q)
		out = append(out, "<"+base+"?"+q.Encode()+`>; rel="`+rel+`"`)
	}
	if p.byCursor {
		if nextCursor != nil {
			add("next", func(q url.Values) { q.Set("cursor", *nextCursor) })
		}
		return strings.Join(out, ", ")
	}
	last := min(max((total+p.size-1)/p.size, 1), maxPage)
	goTo := func(rel string, number int) {
		add(rel, func(q url.Values) { q.Set("page", strconv.Itoa(number)) })
	}
	goTo("first", 1)
	if p.number > 1 {
		goTo("prev", min(p.number-1, last))
	}
	if p.number < last {
		goTo("next", p.number+1)
	}
	goTo("last", last)
	return strings.Join(out, ", ")
}
