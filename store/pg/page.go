package pg

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/lib/pq"
)

// Sort is the order of a list. Rows with equal times are ordered by id, in the same direction.
type Sort int

// The orders. Ids rise with the time of creation.
const (
	NewestFirst Sort = iota
	OldestFirst
	LastUpdatedFirst
	LastUpdatedLast
	// EarliestFirst and LatestFirst order by Listing.TimeColumn.
	EarliestFirst
	LatestFirst
)

// Position is a place in a sorted list: after the row with these values.
type Position struct {
	// At is the time that the list is ordered by. It is not used in the orders by creation, NewestFirst and OldestFirst.
	At time.Time
	ID int64
}

// Page is one page of a list.
type Page[T any] struct {
	// Items are in the order of the list. It is empty, not nil, past the end.
	Items []T
	// Total counts what the filter selects, on all pages; 0 when it was not to be counted.
	Total int
	// More reports whether items follow after this page.
	More bool
}

// Listing selects one page of a table that has the columns id and updated_at: the rows after a position, or else those at
// an offset. SQL is put together from constants only; every value is an argument.
type Listing struct {
	Table, Columns string
	// Where is the condition that selects the rows of the list, with its first arguments, $1 and so on, in Args.
	Where string
	Args  []any
	Sort  Sort
	// TimeColumn is what EarliestFirst and LatestFirst order by.
	TimeColumn string
	// After is nil to begin at Offset.
	After         *Position
	Offset, Limit int
	// Uncounted leaves out the total, for those who have it or do not show it: it costs more than the page.
	Uncounted bool
	// Gathered finds the rows of the list once, for the page and for the total, which then costs nothing. It is for conditions that an
	// index answers which does not have the order of the list: a page of its own would read all rows again.
	Gathered bool
}

// And adds a condition that ends in a value.
func (l *Listing) And(condition string, v any) { l.Where += " AND " + condition + l.Arg(v) }

// AndAny adds the condition that a column has one of some values, and none when there are no values. A single value is
// compared by =: an index that has the column before that of the order then gives its rows in order, and a page of a long
// list costs no more than its rows. With several values all rows that match are read, as the total does in any case.
func AndAny[T ~string](l *Listing, column string, values []T) {
	switch distinct := slices.Compact(slices.Sorted(slices.Values(values))); len(distinct) {
	case 0:
	case 1:
		l.And(column+" = ", distinct[0])
	default:
		l.Where += " AND " + column + " = ANY (" + l.Arg(Column[pq.StringArray](distinct, func(v T) string { return string(v) })) + ")"
	}
}

// Arg adds an argument and returns its placeholder.
func (l *Listing) Arg(v any) string {
	l.Args = append(l.Args, v)
	return "$" + strconv.Itoa(len(l.Args))
}

// Counted is embedded in the rows that ReadPage reads. It holds the total, which each row of the statement repeats.
type Counted struct {
	Total int `db:"total"`
}

func (c Counted) total() int { return c.Total }

// ReadPage reads a page and its total in one statement, so that both are of one moment; only past the end of a list that
// is not empty it takes another one. rows makes the statement that reads the rows, given a subquery that selects those of
// the page from the table; it must keep the columns id and that of the order. convert turns a row into an item.
func ReadPage[R interface{ total() int }, T any](ctx context.Context, q Reader, l *Listing, rows func(page string) string, convert func(R) (T, error)) (Page[T], error) {
	// The page adds arguments, which the total does not take.
	total, totalArgs := l.total(), slices.Clip(l.Args)
	if l.Uncounted {
		total = "0"
	}
	query := l.statement(total, rows)
	var found []R
	if err := q.List(ctx, &found, query, l.Args...); err != nil {
		return Page[T]{}, fmt.Errorf("list %s: %w", l.Table, err)
	}
	page := Page[T]{Items: make([]T, 0, len(found)), More: len(found) > l.Limit}
	for _, r := range found[:min(len(found), l.Limit)] {
		item, err := convert(r)
		if err != nil {
			return Page[T]{}, err
		}
		page.Items = append(page.Items, item)
	}
	switch {
	case len(found) > 0:
		page.Total = found[0].total()
	case l.Uncounted, l.After == nil && l.Offset == 0: // the list is empty
	default:
		if err := q.Get(ctx, &page.Total, "SELECT "+total, totalArgs...); err != nil {
			return Page[T]{}, fmt.Errorf("count %s: %w", l.Table, err)
		}
	}
	return page, nil
}

// statement reads the rows of the page, each with the total.
func (l *Listing) statement(total string, rows func(page string) string) string {
	if l.Gathered {
		return l.gather() + "SELECT (SELECT count(*) FROM gathered) AS total, x.* FROM (" + rows(l.gatheredPage()) + ") x ORDER BY " + l.order("x.")
	}
	return "SELECT " + total + " AS total, x.* FROM (" + rows(l.page()) + ") x ORDER BY " + l.order("x.")
}

// page is a subquery for the rows of the page and one more, which tells whether another page follows.
func (l *Listing) page() string {
	from := l.Where
	if after := l.after(); after != "" {
		from += " AND " + after
	}
	page := " FROM " + l.Table + " WHERE " + from + " ORDER BY " + l.order("") + " LIMIT " + l.Arg(l.Limit+1)
	if l.After == nil && l.Offset > 0 {
		// What is passed over is found in the index alone.
		return l.byIDs("SELECT id" + page + " OFFSET " + l.Arg(l.Offset))
	}
	return "(SELECT " + l.Columns + page + ")"
}

// gather begins a statement with all rows of the list, by their ids and what the list is ordered by.
func (l *Listing) gather() string {
	columns := "id"
	if column, _, _ := l.by(); column != "id" {
		columns += ", " + column
	}
	return "WITH gathered AS MATERIALIZED (SELECT " + columns + " FROM " + l.Table + " WHERE " + l.Where + ") "
}

// gatheredPage is the page of a statement that has gathered the rows.
func (l *Listing) gatheredPage() string {
	page := "SELECT id FROM gathered"
	if after := l.after(); after != "" {
		page += " WHERE " + after
	}
	page += " ORDER BY " + l.order("") + " LIMIT " + l.Arg(l.Limit+1)
	if l.After == nil && l.Offset > 0 {
		page += " OFFSET " + l.Arg(l.Offset)
	}
	return l.byIDs(page)
}

// byIDs is a subquery for the rows whose ids another one selects.
func (l *Listing) byIDs(ids string) string {
	return "(SELECT " + l.Columns + " FROM " + l.Table + " WHERE id = ANY (ARRAY(" + ids + ")))"
}

// after is the condition on rows that come after the position; "" without one.
func (l *Listing) after() string {
	column, _, compare := l.by()
	switch {
	case l.After == nil:
		return ""
	case column == "id":
		return "id " + compare + " " + l.Arg(l.After.ID)
	}
	return "(" + column + ", id) " + compare + " (" + l.Arg(l.After.At) + ", " + l.Arg(l.After.ID) + ")"
}

// total is an expression that counts the rows of all pages.
func (l *Listing) total() string {
	return "(SELECT count(*) FROM " + l.Table + " WHERE " + l.Where + ")"
}

// by is the column that the list is ordered by before id, the direction, and how a later row compares with an earlier one.
func (l *Listing) by() (column, direction, compare string) {
	switch l.Sort {
	case NewestFirst, OldestFirst:
		column = "id"
	case LastUpdatedFirst, LastUpdatedLast:
		column = "updated_at"
	case EarliestFirst, LatestFirst:
		column = l.TimeColumn
	}
	switch l.Sort {
	case OldestFirst, LastUpdatedLast, EarliestFirst:
		return column, "ASC", ">"
	case NewestFirst, LastUpdatedFirst, LatestFirst:
	}
	return column, "DESC", "<"
}

// order is the expression after ORDER BY; prefix, such as "x.", goes before each column.
func (l *Listing) order(prefix string) string {
	column, direction, _ := l.by()
	by := prefix + column + " " + direction
	if column != "id" {
		by += ", " + prefix + "id " + direction
	}
	return by
}
