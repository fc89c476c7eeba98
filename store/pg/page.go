package pg

import (
	"strconv"
	"time"
)

// Sort is the order of a list; ties go by id in the same direction.
type Sort int

// The orders. Ids rise with the time of creation.
const (
	NewestFirst Sort = iota
	OldestFirst
	LastUpdatedFirst
	LastUpdatedLast
)

// Position is a place between two rows of a sorted list: after the row with these values.
type Position struct {
	UpdatedAt time.Time
	ID        int64
}

// Listing is one page of a table that has id and updated_at, in one of the orders of Sort. It is built from constants
// alone; every value is an argument.
type Listing struct {
	Table, Columns, Where string
	Args                  []any
	Sort                  Sort
	After                 *Position
	Offset, Limit         int
}

// And adds a condition that ends in a value.
func (l *Listing) And(condition string, v any) { l.Where += " AND " + condition + l.Arg(v) }

func (l *Listing) Arg(v any) string {
	l.Args = append(l.Args, v)
	return "$" + strconv.Itoa(len(l.Args))
}

// Page gives the rows of the page, and one more that tells whether another page follows, as a subquery.
func (l *Listing) Page() string {
	_, compare := l.Direction()
	from := l.Where
	switch {
	case l.After == nil:
	case l.Column() == "id":
		from += " AND id " + compare + " " + l.Arg(l.After.ID)
	default:
		from += " AND (updated_at, id) " + compare + " (" + l.Arg(l.After.UpdatedAt) + ", " + l.Arg(l.After.ID) + ")"
	}
	page := "(SELECT " + l.Columns + " FROM " + l.Table + " WHERE " + from + " ORDER BY " + l.Order("") + " LIMIT " + l.Arg(l.Limit+1)
	if l.After == nil && l.Offset > 0 {
		page += " OFFSET " + l.Arg(l.Offset)
	}
	return page + ")"
}

// Total counts what the filter lets through on all pages, as an expression.
func (l *Listing) Total() string {
	return "(SELECT count(*) FROM " + l.Table + " WHERE " + l.Where + ")"
}

func (l *Listing) Column() string {
	if l.Sort == LastUpdatedFirst || l.Sort == LastUpdatedLast {
		return "updated_at"
	}
	return "id"
}

func (l *Listing) Direction() (order, compare string) {
	if l.Sort == OldestFirst || l.Sort == LastUpdatedLast {
		return "ASC", ">"
	}
	return "DESC", "<"
}

// Order sorts by columns with a prefix, such as that of a table.
func (l *Listing) Order(prefix string) string {
	direction, _ := l.Direction()
	o := prefix + l.Column() + " " + direction
	if l.Column() != "id" {
		o += ", " + prefix + "id " + direction
	}
	return o
}
