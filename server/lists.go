package server

import (
	"context"
	"itmanagerjobs/store/pg"
	"net/url"
	"strconv"
	"time"

	apiv1 "itmanagerjobs/gen/v1"
)

// orderedList is what every list in the orders of JobSort is asked.
type orderedList struct {
	walk

	number, size *int
	cursor       *string
	sort         *apiv1.JobSort
	// path and query are what links repeat.
	path  string
	query url.Values
}

// open tells where in the list the request stands, and the order. It notes in the query what links repeat of it.
func (l *orderedList) open(ctx context.Context, h *handlers) (page, pg.Sort, error) {
	sort := apiv1.JobSortMinusCreatedAt
	if l.sort != nil {
		sort = *l.sort
		l.query.Set("sort", string(sort))
	}
	noteSize(l.query, l.size)
	l.walk = h.walk(ctx, l.path, l.query, string(sort))
	p, err := l.readPage(l.number, l.size, l.cursor)
	if err != nil {
		return p, 0, err
	}
	order, err := fromAPISort(sort)
	return p, order, err
}

// link writes the Link header of a list, nil for none.
func (h *handlers) link(path string, query url.Values, p page, total int, next *string) *string {
	return orNil(links(h.server.publicURL+path, query, p, total, next))
}

func noteSize(query url.Values, size *int) {
	if size != nil {
		query.Set("pageSize", strconv.Itoa(*size))
	}
}

// noteID reads a filter by an identifier, 0 for none, and notes it for the links.
func noteID(query url.Values, name string, id *int64) int64 {
	if id == nil {
		return 0
	}
	query.Set(name, strconv.FormatInt(*id, 10))
	return *id
}

// noteText is noteID for a text or a value of an enum.
func noteText[T ~string](query url.Values, name string, value *T) T {
	if value == nil {
		return ""
	}
	query.Set(name, string(*value))
	return *value
}

// noteTime is noteID for a time.
func noteTime(query url.Values, name string, at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	query.Set(name, at.Format(time.RFC3339Nano))
	return at.UTC()
}
