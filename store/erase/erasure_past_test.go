package erase_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// ofErased is true of an event e about a person who was erased.
const ofErased = `(EXISTS (SELECT FROM candidates c WHERE c.id = (e.data->>'candidateId')::bigint AND c.erased_at IS NOT NULL)
    OR EXISTS (SELECT FROM applications a WHERE a.id = (e.data->>'applicationId')::bigint AND a.erased_at IS NOT NULL))`

// Whatever sends events once more, a subscription with dossiers is told of an erased person that they were erased, and
// nothing else. One without dossiers is sent numbers alone, and what it answers is not kept.
func TestThePastTellsNothingOfAnErasedPerson(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(storetest.NewClock())), fixture.Raw(t, url)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "past@northwind.example", 5)
	types := []event.Type{event.ApplicationSubmitted, event.ApplicationStatusChanged, event.CandidateErased}
	rich, off := fixture.SubscribeRich(t, s, tenant, types...), fixture.SubscribeRich(t, s, tenant, types...)
	thin, _ := fixture.Subscribe(t, s, tenant, types...)
	if _, err := s.Outbox.DisableSubscription(ctx, tenant, off.ID, "for a while", board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	job := fixture.Active(t, s, tenant, nil)
	move := func(a pipeline.Application, to board.ApplicationStatus) {
		t.Helper()
		if _, err := s.Pipeline.MoveApplication(ctx, tenant, a.ID, pipeline.Move{To: to, Actor: fixture.Partner}); err != nil {
			t.Fatal(err)
		}
	}
	erased := fixture.Apply(t, s, fixture.Ada(job))
	move(erased, board.ApplicationScreened)
	other := fixture.Ada(job)
	other.Applicant.Email = "grace@example.com"
	fixture.Apply(t, s, other)
	q := fixture.OpenQueue(t, s)
	worker, lanes := fixture.TakeAll(t, q)
	fixture.DeliverAll(t, q, worker, fixture.LaneOf(t, lanes, rich))
	fixture.DeliverAll(t, q, worker, fixture.LaneOf(t, lanes, thin))
	if _, err := s.Erasure.EraseCandidate(ctx, tenant, erased.CandidateID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	move(erased, board.ApplicationRejected) // of nobody: of no use to who wants dossiers
	fixture.DeliverAll(t, q, worker, fixture.LaneOf(t, lanes, rich))
	fixture.DeliverAll(t, q, worker, fixture.LaneOf(t, lanes, thin))

	since := storetest.Epoch
	for _, want := range []struct {
		sub             outbox.Subscription
		queued, skipped int64
	}{{rich, 2, 3}, {thin, 5, 0}} {
		request := delivery.ReplayRequest{Since: &since, SubscriptionID: &want.sub.ID}
		counted, err := s.Outbox.PreviewReplay(ctx, tenant, request)
		if err != nil {
			t.Fatal(err)
		}
		begun := fixture.Replay(t, s, tenant, request)
		fixture.StepAll(t, s)
		ended := fixture.Finished(t, s, begun)
		if diff := cmp.Diff([]int64{want.queued + want.skipped, want.queued, want.skipped}, fixture.Counts(ended)); diff != "" || counted[0].Total != ended[0].Total {
			t.Errorf("replay to %s: total, queued, skipped (-want +got):\n%s\ncounted before: %d", want.sub.Profile, diff, counted[0].Total)
		}
	}
	if _, n, err := s.Outbox.EnableSubscription(ctx, tenant, off.ID, true, board.Precondition{}); n != 2 || err != nil {
		t.Errorf("%d replayed when enabled, %v; want 2", n, err)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM delivery_queue q JOIN subscriptions s USING (lane_id) JOIN events e ON e.id = q.subject_id
 WHERE s.dossiers AND e.type <> 'candidate.erased' AND `+ofErased); n != 0 {
		t.Errorf("%d deliveries wait to tell of the erased", n)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM delivery_queue WHERE silent`); n != 6 { // 4 of the thin one, candidate.erased of the others
		t.Errorf("%d deliveries are silent", n)
	}

	for _, sub := range []outbox.Subscription{rich, thin} {
		fixture.MustExec(t, db, `UPDATE delivery_queue SET due_at = now() - interval '20 years' WHERE lane_id = (SELECT lane_id FROM subscriptions WHERE id = $1)`, sub.ID)
		for _, row := range fixture.DeliverAll(t, q, worker, fixture.LaneOf(t, lanes, sub)) {
			d, attempts, err := s.Outbox.Delivery(ctx, tenant, row.DeliveryID)
			if err != nil {
				t.Fatal(err)
			}
			about := fixture.Count(t, db, `SELECT count(*) FROM events e WHERE `+ofErased+` AND id = `+strconv.FormatInt(d.EventID, 10)) == 1
			if last := attempts[len(attempts)-1]; (last.Excerpt == "") != about {
				t.Errorf("%s to %s: the answer %q is kept", d.EventType, sub.Profile, last.Excerpt)
			}
		}
		page, err := s.Outbox.Deliveries(ctx, tenant, sub.ID, outbox.DeliveryQuery{Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page.Items {
			about := fixture.Count(t, db, `SELECT count(*) FROM events e WHERE `+ofErased+` AND type <> 'candidate.erased' AND id = `+strconv.FormatInt(d.EventID, 10)) == 1
			want := board.Code("")
			if about && sub.ID == rich.ID {
				want = board.CodeInvalidState
			}
			if _, err := s.Outbox.ResendDelivery(ctx, tenant, d.ID, board.Precondition{}); fixture.CodeOf(err) != want {
				t.Errorf("resend of %s to %s: %v, want %q", d.EventType, sub.Profile, err, want)
			}
		}
	}
}
