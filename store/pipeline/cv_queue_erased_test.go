package pipeline_test

import (
	"context"
	"testing"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// TestNothingIsLeftOfSomebodyWhoIsErasedWhileTheCVWaits erases before and while the file is read.
func TestNothingIsLeftOfSomebodyWhoIsErasedWhileTheCVWaits(t *testing.T) {
	t.Parallel()
	q := newQueueing(t)
	waits := fixture.Apply(t, q.Store, q.from("192.0.2.1", "waits"))
	isRead := fixture.Apply(t, q.Store, q.from("192.0.2.2", "is read"))
	erased := func(a pipeline.Application) {
		if _, err := q.Erasure.EraseCandidate(t.Context(), q.tenant, a.CandidateID, board.Precondition{}); err != nil {
			t.Fatal(err)
		}
	}
	erased(waits)
	o := storetest.Options(q.clock)
	o.ReadText = func(_ context.Context, cv board.CV, _ time.Duration) board.CVReading {
		erased(isRead)
		return board.CVReading{Text: string(cv.Bytes)}
	}
	copied := storetest.Open(t, q.url, o)
	q.readAll(t, copied)
	for _, table := range []string{"waiting_cvs", "files", "file_bytes", "messages"} {
		if n := fixture.Count(t, q.db, `SELECT count(*) FROM `+table); n != 0 {
			t.Errorf("%d rows are left in %s", n, table)
		}
	}
	for _, e := range fixture.TypesOf(t, q.Store, q.tenant) {
		if e == "candidate.profile_updated" {
			t.Error("there is an event about somebody who was erased")
		}
	}
}

func TestTestModeWaitsTheSame(t *testing.T) {
	t.Parallel()
	q := newQueueing(t)
	q.desk.ends["slow"] = board.CVReading{End: board.ReadingSlow, Problem: "The file took too long to read."}
	q.tenant.Mode = board.ModeTest
	q.job = fixture.Active(t, q.Store, q.tenant, nil)
	good, slow := fixture.Apply(t, q.Store, q.from("", "good")), fixture.Apply(t, q.Store, q.from("", "slow"))
	q.desk.open()
	q.readAll(t, q.Store)
	q.readAll(t, q.Store)
	if a := q.application(t, good.ID); a.CV.TextPending || q.text(t, good.ID) != "good" {
		t.Errorf("%+v", a.CV)
	}
	if a := q.application(t, slow.ID); a.CV.TextPending || a.CV.TextProblem == "" {
		t.Errorf("%+v", a.CV)
	}
	if n := fixture.Count(t, q.db, `SELECT count(*) FROM messages`); n != 0 {
		t.Errorf("%d mails in test mode", n)
	}
	fixture.Apply(t, q.Store, q.from("", "good 2"))
	if _, err := q.Erasure.ClearTestData(t.Context(), q.tenant); err != nil {
		t.Error(err)
	}
}
