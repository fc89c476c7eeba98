package cv

import (
	"encoding/base64"
	"fmt"
	"math"
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

// before is the position directly before p, so that what follows it begins with p.
func (p position) before() position { return position{p.updatedAt, p.id + 1} }

// cursor is the position after which the next page begins, with what was counted on the first page.
type cursor struct {
	position

	total        int
	totalIsExact bool
	// ranking is nil in the order of recency.
	ranking *ranking
}

// ranking is what all pages in the order of relevance have in common, so that they are parts of one list: the hits that
// were ranked for the first page, by their scores at that time.
type ranking struct {
	at     time.Time
	newest position // of all that were ranked
	// score is that of the last hit of the page, in hundredths.
	score int64
}

// after is the cursor after a hit.
func (c cursor) after(last scored) cursor {
	c.position = last.position
	if c.ranking != nil {
		r := *c.ranking
		r.score = int64(math.Round(100 * last.score))
		c.ranking = &r
	}
	return c
}

func (c cursor) String() string {
	text := fmt.Sprintf("%d.%d.%d.%t", c.updatedAt.UnixMicro(), c.id, c.total, c.totalIsExact)
	if r := c.ranking; r != nil {
		text += fmt.Sprintf(".%d.%d.%d.%d", r.at.UnixMicro(), r.newest.updatedAt.UnixMicro(), r.newest.id, r.score)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

func parseCursor(s string) (cursor, bool) {
	text, err := base64.RawURLEncoding.DecodeString(s)
	parts := strings.Split(string(text), ".")
	if err != nil || len(parts) != 4 && len(parts) != 8 {
		return cursor{}, false
	}
	exact, err := strconv.ParseBool(parts[3])
	ok := err == nil
	number := func(i int) int64 {
		n, err := strconv.ParseInt(parts[i], 10, 64)
		ok = ok && err == nil
		return n
	}
	at := func(i int) time.Time {
		t := time.UnixMicro(number(i)).UTC()
		ok = ok && t.Year() > 0 && t.Year() < 9999
		return t
	}
	c := cursor{position: position{updatedAt: at(0), id: number(1)}, total: int(number(2)), totalIsExact: exact}
	if len(parts) == 8 {
		c.ranking = &ranking{at: at(4), newest: position{updatedAt: at(5), id: number(6)}, score: number(7)}
	}
	return c, ok
}
