package erase

import (
	"context"
	"fmt"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
)

// eventsAbout is true of the events of an employer ($1, $2) about a candidate ($3) with applications ($4).
const eventsAbout = `employer_id = $1 AND mode = $2 AND seq IS NOT NULL AND type NOT LIKE 'job.%'
   AND (data->>'` + string(board.KeyCandidate) + `' = $3::bigint::text OR data->>'` + string(board.KeyApplication) + `' = ANY ($4::bigint[]::text[]))`

// harmlessKeys is a regular expression of the names of fields that an erasure leaves in an event.
const harmlessKeys = `'^([a-zA-Z]+(Id|At|Status|Type)|jobTitle|reference|status|source|score|automatic)$'`

// findEvents finds those since it was called last, by the keys that every event about a person has, see
// board.EventType.PeopleKeys.
func (e *erasure) findEvents(ctx context.Context) error {
	var found []struct {
		Last int64  `db:"last"`
		ID   *int64 `db:"id"`
	}
	err := e.tx.List(ctx, &found, `
SELECT h.last, v.id FROM event_heads h
  LEFT JOIN events v ON v.employer_id = h.employer_id AND v.mode = h.mode AND v.seq > $5 AND v.type NOT LIKE 'job.%'
       AND (v.data->>'`+string(board.KeyCandidate)+`' = $3::bigint::text OR v.data->>'`+string(board.KeyApplication)+`' = ANY ($4::bigint[]::text[]))
 WHERE h.employer_id = $1 AND h.mode = $2`,
		e.candidate.EmployerID, e.candidate.Mode, e.candidate.ID, e.applicationIDs, e.searched)
	if err != nil {
		return fmt.Errorf("find the events to erase: %w", err)
	}
	for _, f := range found {
		e.searched = f.Last
		if f.ID != nil {
			e.eventIDs = append(e.eventIDs, *f.ID)
		}
	}
	return nil
}

// dossiers deletes what the candidate's events were about: whoever is sent them later gets them without. Under the lock
// of the head no event of the candidate is under way, and those that were have come after the first look.
func (e *erasure) dossiers(ctx context.Context, _ *Receipt) error {
	if _, err := outbox.LockHead(ctx, e.tx, e.candidate.Tenant); err != nil {
		return err
	}
	if err := e.findEvents(ctx); err != nil {
		return err
	}
	if _, err := e.tx.Exec(ctx, `DELETE FROM event_dossiers WHERE event_id = ANY ($1)`, e.eventIDs); err != nil {
		return fmt.Errorf("erase dossiers: %w", err)
	}
	return nil
}

// eventData keeps of an event what can tell of nobody: numbers, times, states and the job. The native bodies have nothing
// else, so this is for what a later version may add.
func (e *erasure) eventData(ctx context.Context, r *Receipt) error {
	r.Events = len(e.eventIDs)
	_, err := e.tx.Exec(ctx, `
UPDATE events v
   SET data = (SELECT coalesce(json_object_agg(f.key, f.value) FILTER (WHERE f.key ~ `+harmlessKeys+`), '{}') FROM json_each(v.data) f)
 WHERE v.employer_id = $1 AND v.mode = $2 AND v.id = ANY ($3) AND EXISTS (SELECT FROM json_object_keys(v.data) k WHERE k !~ `+harmlessKeys+`)`,
		e.candidate.EmployerID, e.candidate.Mode, e.eventIDs)
	if err != nil {
		return fmt.Errorf("erase event data: %w", err)
	}
	return nil
}
