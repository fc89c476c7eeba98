package server

import (
	"encoding/base64"
	"fmt"
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
	// after is set when a cursor of a list that is ordered by time was sent.
	after *store.JobPosition
	// afterID is set when a cursor of another list was sent.
	afterID int64
}

func (p page) offset() int { return (p.number - 1) * p.size }

// readPage takes page, pageSize and cursor. A cursor belongs to the sort it was given out for, and goes on counting
// pages so that both ways of walking show the same numbers. Errors: invalid_query.
func readPage(number, size *int, cursor *string, sort string) (page, error) {
	p, err := firstPage(number, size, cursor)
	if err != nil || !p.byCursor {
		return p, err
	}
	var ok bool
	if p.number, p.after, ok = decodeCursor(*cursor, sort); !ok {
		return p, invalidQuery("cursor", board.FieldInvalid, "is not a cursor of this list in this sort: send nextCursor of the last answer unchanged, with the same sort, or leave it out to begin anew")
	}
	return p, nil
}

// readListPage is readPage for a list that has one order. list keeps the cursors of different lists apart.
func readListPage(number, size *int, cursor *string, list string) (page, error) {
	p, err := firstPage(number, size, cursor)
	if err != nil || !p.byCursor {
		return p, err
	}
	var ok bool
	if p.number, p.afterID, ok = decodeListCursor(*cursor, list); !ok {
		return p, foreignCursor()
	}
	return p, nil
}

func foreignCursor() error {
	return invalidQuery("cursor", board.FieldInvalid, "is not a cursor of this list: send nextCursor of the last answer unchanged, or leave it out to begin anew")
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

func encodeCursor(number int, sort string, last store.JobPosition) string {
	return encodePosition(number, sort, last.UpdatedAt.UnixMicro(), last.ID)
}

func decodeCursor(cursor, sort string) (number int, after *store.JobPosition, ok bool) {
	number, updatedAt, id, ok := decodePosition(cursor, sort)
	at := time.UnixMicro(updatedAt).UTC()
	if !ok || at.Year() < 1 || at.Year() > 9999 {
		return 0, nil, false
	}
	return number, &store.JobPosition{UpdatedAt: at, ID: id}, true
}

// A cursor is opaque to callers: number of the page it leads to, list and sort, and the last item of the page before,
// by what the list is ordered by and its id.
func encodePosition(number int, list string, key, id int64) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s %d %d", number, list, key, id))
}

func decodePosition(cursor, list string) (number int, key, id int64, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	parts := strings.Split(string(raw), " ")
	if err != nil || len(parts) != 4 || parts[1] != list {
		return 0, 0, 0, false
	}
	number, err1 := strconv.Atoi(parts[0])
	key, err2 := strconv.ParseInt(parts[2], 10, 64)
	id, err3 := strconv.ParseInt(parts[3], 10, 64)
	return number, key, id, err1 == nil && err2 == nil && err3 == nil && number >= 1
}

// encodeListCursor is encodeCursor for readListPage.
func encodeListCursor(number int, list string, lastID int64) *string {
	cursor := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s %d", number, list, lastID))
	return &cursor
}

func decodeListCursor(cursor, list string) (number int, afterID int64, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	parts := strings.Split(string(raw), " ")
	if err != nil || len(parts) != 3 || parts[1] != list {
		return 0, 0, false
	}
	number, err1 := strconv.Atoi(parts[0])
	afterID, err2 := strconv.ParseInt(parts[2], 10, 64)
	return number, afterID, err1 == nil && err2 == nil && number >= 1 && afterID >= 1
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
