package store

import (
	"context"
	"strings"
	"time"

	"itmanagerjobs/store/board"
)

// PublicSQL gives the statements of the public pages, with values in them, and the index that each is made for.
func PublicSQL() []struct{ Index, Query string } {
	fill := strings.NewReplacer("$1", "now()", "$2", "20", "$3", "500").Replace
	count, list, _ := searchSQL(board.JobSearch{}, time.Time{})
	return []struct{ Index, Query string }{
		{"jobs_public_list", fill(list)}, {"jobs_public_", fill(count)}, {"jobs_public_feed", fill(feedPageSQL)},
		{"jobs_public_changed", fill(feedStateSQL)}, {"jobs_public_feed", fill(feedStateSQL)},
	}
}

// The statements that run over a long queue.
const (
	DueSQL    = dueSQL
	FetchSQL  = fetchSQL
	EventsSQL = eventsSQL
	RecordSQL = recordSQL
)

// Plan explains a statement in a session of the Queue, as it is planned without a look at its parameters.
func (q *Queue) Plan(ctx context.Context, query, args string) (string, error) {
	conn, err := q.s.db.Connx(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	for _, statement := range []string{"SET plan_cache_mode = force_generic_plan", "PREPARE explained AS " + query} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return "", err
		}
	}
	var lines []string
	if err := conn.SelectContext(ctx, &lines, "EXPLAIN EXECUTE explained ("+args+")"); err != nil {
		return "", err
	}
	if _, err := conn.ExecContext(ctx, "DEALLOCATE explained"); err != nil {
		return "", err
	}
	return strings.Join(lines, "\n"), nil
}
