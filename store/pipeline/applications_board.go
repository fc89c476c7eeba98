package pipeline

import (
	"context"
	"fmt"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// CountByStatus counts the tenant's applications that a filter selects, whatever its statuses, by status. Where the words of the filter
// are common, there are at least so many.
//
//house:told numbers tell of nobody
func (s *Store) CountByStatus(ctx context.Context, t board.Tenant, f ApplicationFilter) (map[board.ApplicationStatus]int, error) {
	f.Statuses = nil
	l := applicationListing(t, ApplicationQuery{ApplicationFilter: f.few().fromApplicants()})
	query := `SELECT status, count(*) AS n FROM applications WHERE ` + l.Where + ` GROUP BY status`
	if len(f.Words) == 0 && f.JobID == 0 && f.CandidateID == 0 && f.UpdatedSince.IsZero() {
		// Of all of a tenant, each status is counted in its part of an index: a third of the time that it takes to put them into groups.
		all := pg.Column[pq.StringArray](board.AllApplicationStatuses(), func(s board.ApplicationStatus) string { return string(s) })
		query = `SELECT s.status, (SELECT count(*) FROM applications a WHERE ` + l.Where + ` AND a.status = s.status) AS n FROM unnest(` + l.Arg(all) + `::text[]) AS s (status)`
	}
	var rows []struct {
		Status board.ApplicationStatus `db:"status"`
		N      int                     `db:"n"`
	}
	if err := s.db.Reader(ctx).List(ctx, &rows, query, l.Args...); err != nil {
		return nil, fmt.Errorf("count applications by status: %w", err)
	}
	counts := make(map[board.ApplicationStatus]int, len(rows))
	for _, r := range rows {
		if r.N > 0 {
			counts[r.Status] = r.N
		}
	}
	return counts, nil
}

// NewestByStatus reads the newest applications that a filter selects, up to most of each of its statuses, with one statement.
func (s *Store) NewestByStatus(ctx context.Context, t board.Tenant, f ApplicationFilter, most int) (map[board.ApplicationStatus][]Application, error) {
	statuses := pg.Column[pq.StringArray](f.Statuses, func(s board.ApplicationStatus) string { return string(s) })
	f.Statuses = nil
	if len(f.Words) > 0 && (f.looked == nil || f.looked.whole) {
		// Whose words match is found once for all statuses, however many applications would be passed over in each.
		l := applicationListing(t, ApplicationQuery{ApplicationFilter: f.fromApplicants()})
		return s.newestOf(ctx, l, `(SELECT `+applicationColumns+` FROM applications WHERE id = ANY (ARRAY(
       SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY status ORDER BY id DESC) AS n FROM applications
                        WHERE `+l.Where+` AND status = ANY (`+l.Arg(statuses)+`)) r WHERE n <= `+l.Arg(most)+`)))`)
	}
	l := applicationListing(t, ApplicationQuery{ApplicationFilter: f})
	return s.newestOf(ctx, l, `(SELECT `+applicationColumns+` FROM unnest(`+l.Arg(statuses)+`::text[]) AS s (wanted) CROSS JOIN LATERAL (
       SELECT `+applicationColumns+` FROM applications WHERE `+l.Where+` AND status = s.wanted ORDER BY id DESC LIMIT `+l.Arg(most)+`) n)`)
}

// newestOf reads the applications that a subquery selects, the newest first, by status.
func (s *Store) newestOf(ctx context.Context, l *pg.Listing, from string) (map[board.ApplicationStatus][]Application, error) {
	var rows []ApplicationRow
	//house:tenant both subqueries have the condition of applicationListing, which binds both
	if err := s.db.Reader(ctx).List(ctx, &rows, ApplicationSQL(from)+` ORDER BY a.id DESC`, l.Args...); err != nil {
		return nil, fmt.Errorf("read applications by status: %w", err)
	}
	columns := map[board.ApplicationStatus][]Application{}
	for _, r := range rows {
		outbox.TellsIn(ctx, s.db, r.CandidateID)
		columns[r.Status] = append(columns[r.Status], r.Application())
	}
	return columns, nil
}

// ApplicationsByID reads those of the tenant's applications that have one of the ids, in the order of their ids.
func (s *Store) ApplicationsByID(ctx context.Context, t board.Tenant, ids []int64) ([]Application, error) {
	var rows []ApplicationRow
	err := s.db.Reader(ctx).List(ctx, &rows, ApplicationSQL(`applications`)+` WHERE a.id = ANY ($1) AND a.employer_id = $2 AND a.mode = $3 ORDER BY a.id`,
		pq.Int64Array(ids), t.EmployerID, t.Mode)
	if err != nil {
		return nil, fmt.Errorf("read applications: %w", err)
	}
	for _, r := range rows {
		outbox.TellsIn(ctx, s.db, r.CandidateID)
	}
	return pg.Column[[]Application](rows, ApplicationRow.Application), nil
}

// LastMoves reads the last entry of the history of each of the tenant's applications that has one of the ids.
func (s *Store) LastMoves(ctx context.Context, t board.Tenant, ids []int64) (map[int64]HistoryEntry, error) {
	var rows []struct {
		ApplicationID int64 `db:"application_id"`
		CandidateID   int64 `db:"candidate_id"`
		historyRow
	}
	err := s.db.Reader(ctx).List(ctx, &rows, `
SELECT DISTINCT ON (h.application_id) h.application_id, a.candidate_id, h.from_status, h.to_status, h.reason, h.actor_kind, coalesce(h.actor_id, 0) AS actor_id, h.created_at
  FROM application_history h JOIN applications a ON a.id = h.application_id
 WHERE a.id = ANY ($1) AND a.employer_id = $2 AND a.mode = $3 ORDER BY h.application_id, h.id DESC`, pq.Int64Array(ids), t.EmployerID, t.Mode)
	if err != nil {
		return nil, fmt.Errorf("read the last moves of applications: %w", err)
	}
	moves := make(map[int64]HistoryEntry, len(rows))
	for _, r := range rows {
		outbox.TellsIn(ctx, s.db, r.CandidateID)
		moves[r.ApplicationID] = r.entry()
	}
	return moves, nil
}
