package erase_test

import (
	"context"
	"testing"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// An export and an erasure read the events about the person, and not all those of the employer.
func TestOnlyTheEventsAboutAPersonAreRead(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(storetest.NewClock())), fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "events@northwind.example", 5)
	a := fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, nil)))
	if _, err := s.Pipeline.MoveApplication(t.Context(), tenant, a.ID, pipeline.Move{To: board.ApplicationScreened, Actor: fixture.Partner}); err != nil {
		t.Fatal(err)
	}
	theirs := fixture.Count(t, db, `SELECT count(*) FROM events WHERE type NOT LIKE 'job.%'`)
	fixture.MustExec(t, db, `
WITH head AS (UPDATE event_heads SET last = last + 5000 WHERE employer_id = $1 RETURNING last - 5000 AS last)
INSERT INTO events (id, employer_id, mode, seq, type, created_at, data)
SELECT nextval('event_ids'), $1, 'live', head.last + n, 'candidate.status_changed', now() - n * interval '1 hour' / 10, json_build_object('candidateId', 1000000 + n)
  FROM generate_series(1, 5000) n, head`, tenant.EmployerID)
	fixture.MustExec(t, db, `ANALYZE events`)
	n, err := s.Erasure.EventsRead(t.Context(), func(ctx context.Context) error {
		x, err := s.Erasure.ExportCandidate(ctx, tenant, a.CandidateID)
		if len(x.Events) != theirs {
			t.Errorf("%d events are exported, want %d", len(x.Events), theirs)
		}
		return err
	})
	if err != nil || n != theirs {
		t.Errorf("an export looked at %d events, the person has %d: %v", n, theirs, err)
	}
	n, err = s.Erasure.EventsRead(t.Context(), func(ctx context.Context) error {
		r, err := s.Erasure.EraseCandidate(ctx, tenant, a.CandidateID, board.Precondition{})
		if r.Events != theirs {
			t.Errorf("%d events are erased, want %d", r.Events, theirs)
		}
		return err
	})
	// They are found, looked for once more under the lock of the head, and looked at for what tells of the person.
	if err != nil || n > 3*theirs {
		t.Errorf("an erasure looked at %d events, the person has %d: %v", n, theirs, err)
	}
}
