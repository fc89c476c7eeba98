package erase_test

import (
	"context"
	"testing"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// An endpoint that is told that somebody of the CV database fits a job may answer with what it knows of them. The erasure
// reaches what it has said, and what it says to an attempt that is under way is not put on record.
func TestWhatEndpointsSaidOfAnErasedPersonIsGone(t *testing.T) {
	t.Parallel()
	clock, url := storetest.NewClock(), storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "said@northwind.example", 5)
	thin, _ := fixture.Subscribe(t, s, tenant, event.CandidateMatched)
	rich := fixture.SubscribeRich(t, s, tenant, event.CandidateMatched)
	fixture.Active(t, s, tenant, func(p *board.JobPatch) {
		p.Title, p.RequiredSkills = board.Set("DevOps Engineer"), board.Set([]string{"Kubernetes"})
	})
	list := fixture.People(t, 1, 2)
	for i := range list {
		list[i].Title, list[i].Skills, list[i].City, list[i].Country = "DevOps Engineer", []string{"Kubernetes"}, "Leeds", "United Kingdom"
		list[i].UpdatedAt, list[i].Salary, list[i].RemoteType, list[i].Latitude, list[i].Longitude = clock.Now(), nil, nil, nil, nil
	}
	ids := fixture.ImportAll(t, s, list)
	for n := 1; n > 0; {
		var err error
		if n, err = s.Matches.Compute(ctx, 100); err != nil {
			t.Fatal(err)
		}
	}

	q := fixture.OpenQueue(t, s)
	worker, lanes := fixture.TakeAll(t, q)
	answered, underWay := fixture.LaneOf(t, lanes, thin), fixture.LaneOf(t, lanes, rich)
	rows := fixture.Fetch(t, q, worker, answered)
	if len(rows) != 2 {
		t.Fatalf("%d deliveries wait, want one of each person", len(rows))
	}
	for _, row := range rows {
		a := fixture.Attempt(row, answered, delivery.AttemptFailed)
		a.RetryAt = row.DueAt
		fixture.Record(t, q, 1, a)
	}
	rows = append(fixture.Fetch(t, q, worker, answered), fixture.Fetch(t, q, worker, underWay)...)
	const said = `SELECT count(*) FROM delivery_attempts t JOIN events e ON e.id = t.subject_id WHERE t.excerpt <> '' AND e.data->>'candidateId' = $1::text`
	if n := fixture.Count(t, db, said, ids[0]); n != 1 {
		t.Fatalf("%d answers are on record before, want 1", n)
	}
	if r, err := s.Erasure.EraseCV(ctx, ids[0]); err != nil || r.Events != 1 || r.Matches != 1 {
		t.Fatalf("receipt %+v, %v", r, err)
	}
	for _, row := range rows {
		lane := answered
		if row.LaneID == underWay.ID {
			lane = underWay
		}
		fixture.Record(t, q, 1, fixture.Attempt(row, lane, delivery.AttemptDelivered))
	}
	for i, want := range []int{0, 3} {
		if n := fixture.Count(t, db, said, ids[i]); n != want {
			t.Errorf("%d answers are on record of person %d, want %d", n, i, want)
		}
	}
}
