package erase

import (
	"context"
	"fmt"

	"github.com/lib/pq"

	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// eventsAbout is true of the events v of an employer ($1, $2) about people ($3, see personKeys), by the index events_person alone: inside of
// CASE no other index has the employer, whose events would all be read.
const eventsAbout = `CASE WHEN v.employer_id = $1 AND v.mode = $2 THEN TRUE END AND v.seq IS NOT NULL AND v.type NOT LIKE 'job.%'
   AND event_person(v.data) = ANY ($3)`

// personKeys are what events_person has of the events about a candidate with applications: an event that has an application alone, and not
// its candidate, is there by its negative number (see package event).
func personKeys(candidateID int64, applicationIDs []int64) pq.Int64Array {
	return append(pq.Int64Array{candidateID}, pg.Column[pq.Int64Array](applicationIDs, func(id int64) int64 { return -id })...)
}

// harmlessKeys is a regular expression of the names of fields that an erasure leaves in an event.
const harmlessKeys = `'^([a-zA-Z]+(Id|At|Status|Type)|jobTitle|reference|status|source|score|automatic)$'`

// findEvents finds those since it was called last.
func (e *erasure) findEvents(ctx context.Context) error {
	var found []struct {
		Last int64  `db:"last"`
		ID   *int64 `db:"id"`
	}
	err := e.tx.List(ctx, &found, `
SELECT h.last, v.id FROM event_heads h LEFT JOIN events v ON v.seq > $4 AND `+eventsAbout+`
 WHERE h.employer_id = $1 AND h.mode = $2`,
		e.candidate.EmployerID, e.candidate.Mode, personKeys(e.candidate.ID, e.applicationIDs), e.searched)
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

// dossiers deletes what the candidate's events were about: an event that is sent later has no such data. Under the lock
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
