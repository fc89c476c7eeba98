package pg

import (
	"context"
	"fmt"

	"github.com/lib/pq"
)

// SeenRow is a row that a page has, and that was not read: its id, and its RowVersion.
type SeenRow struct{ ID, Row int64 }

// Glance is ReadPage without the rows: which they are, and which version each of them has. The table has updated_at. It spares
// reading wide rows that the caller has already.
func Glance(ctx context.Context, q Reader, l *Listing) (Page[SeenRow], error) {
	seen, total := *l, l.total()
	if l.Uncounted {
		total = "0"
	}
	seen.Columns = "id, " + RowVersion + " AS seen"
	if column, _, _ := l.by(); column != "id" {
		seen.Columns += ", " + column
	}
	query := "SELECT " + total + ` AS total, coalesce(array_agg(x.id), '{}') AS ids, coalesce(array_agg(x.seen), '{}') AS seen
  FROM (SELECT id, seen FROM ` + seen.page() + " p ORDER BY " + l.order("p.") + ") x"
	var found struct {
		Counted
		IDs  pq.Int64Array `db:"ids"`
		Seen pq.Int64Array `db:"seen"`
	}
	if err := q.Get(ctx, &found, query, seen.Args...); err != nil {
		return Page[SeenRow]{}, fmt.Errorf("glance at %s: %w", l.Table, err)
	}
	page := Page[SeenRow]{Items: make([]SeenRow, min(len(found.IDs), l.Limit)), Total: found.Total, More: len(found.IDs) > l.Limit}
	for i := range page.Items {
		page.Items[i] = SeenRow{ID: found.IDs[i], Row: found.Seen[i]}
	}
	return page, nil
}
