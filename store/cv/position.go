package cv

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// position is a position in the order of recency, the newest first.
type position struct {
	updatedAt time.Time
	id        int64
}

// newest is before all people. PostgreSQL's infinity has no time.Time.
var newest = position{updatedAt: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}

// oldest is after all people.
var oldest = position{updatedAt: time.Unix(0, 0).UTC()}

func (p position) compare(o position) int {
	if c := o.updatedAt.Compare(p.updatedAt); c != 0 {
		return c
	}
	return int(min(max(o.id-p.id, -1), 1))
}

// cursor is the position after which the next page begins, with what was counted on the first page.
type cursor struct {
	position

	total        int
	totalIsExact bool
}

func (c cursor) String() string {
	text := fmt.Sprintf("%d.%d.%d.%t", c.updatedAt.UnixMicro(), c.id, c.total, c.totalIsExact)
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

func parseCursor(s string) (cursor, bool) {
	text, err := base64.RawURLEncoding.DecodeString(s)
	parts := strings.Split(string(text), ".")
	if err != nil || len(parts) != 4 {
		return cursor{}, false
	}
	at, err1 := strconv.ParseInt(parts[0], 10, 64)
	id, err2 := strconv.ParseInt(parts[1], 10, 64)
	total, err3 := strconv.Atoi(parts[2])
	exact, err4 := strconv.ParseBool(parts[3])
	c := cursor{position: position{updatedAt: time.UnixMicro(at).UTC(), id: id}, total: total, totalIsExact: exact}
	return c, errors.Join(err1, err2, err3, err4) == nil && c.updatedAt.Year() > 0 && c.updatedAt.Year() < 9999
}
