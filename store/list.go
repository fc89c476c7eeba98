package store

import "strconv"

// listing is one page of a table that has id and updated_at, in one of the orders of JobSort. It is built from constants
// alone; every value is an argument.
type listing struct {
	table, columns, where string
	args                  []any
	sort                  JobSort
	after                 *JobPosition
	offset, limit         int
}

// and adds a condition that ends in a value.
func (l *listing) and(condition string, v any) { l.where += " AND " + condition + l.arg(v) }

func (l *listing) arg(v any) string {
	l.args = append(l.args, v)
	return "$" + strconv.Itoa(len(l.args))
}

// page gives the rows of the page, and one more that tells whether another page follows, as a subquery.
func (l *listing) page() string {
	_, compare := l.direction()
	from := l.where
	switch {
	case l.after == nil:
	case l.column() == "id":
		from += " AND id " + compare + " " + l.arg(l.after.ID)
	default:
		from += " AND (updated_at, id) " + compare + " (" + l.arg(l.after.UpdatedAt) + ", " + l.arg(l.after.ID) + ")"
	}
	page := "(SELECT " + l.columns + " FROM " + l.table + " WHERE " + from + " ORDER BY " + l.order("") + " LIMIT " + l.arg(l.limit+1)
	if l.after == nil && l.offset > 0 {
		page += " OFFSET " + l.arg(l.offset)
	}
	return page + ")"
}

// total counts what the filter lets through on all pages, as an expression.
func (l *listing) total() string {
	return "(SELECT count(*) FROM " + l.table + " WHERE " + l.where + ")"
}

func (l *listing) column() string {
	if l.sort == LastUpdatedFirst || l.sort == LastUpdatedLast {
		return "updated_at"
	}
	return "id"
}

func (l *listing) direction() (order, compare string) {
	if l.sort == OldestFirst || l.sort == LastUpdatedLast {
		return "ASC", ">"
	}
	return "DESC", "<"
}

// order sorts by columns with a prefix, such as that of a table.
func (l *listing) order(prefix string) string {
	direction, _ := l.direction()
	o := prefix + l.column() + " " + direction
	if l.column() != "id" {
		o += ", " + prefix + "id " + direction
	}
	return o
}
