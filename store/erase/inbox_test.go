package erase_test

import (
	"net/http"
	"testing"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// An application that is pushed to an inbox leaves there all that the applicant has written, CV included.
func TestAnErasureReachesTheApplicationsThatInboxesKeep(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	ctx := t.Context()
	tenant := fixture.Account(t, s, "inbox@northwind.example", 0)
	tenant.Mode = board.ModeTest
	inbox, err := s.Outbox.CreateInbox(ctx, tenant, "")
	if err != nil {
		t.Fatal(err)
	}
	job := fixture.Active(t, s, tenant, fixture.Pushed)
	ada := fixture.Apply(t, s, fixture.Ada(job))
	other := fixture.Ada(job)
	other.Applicant.FirstName, other.Applicant.Email = "Grace", "grace@example.com"
	fixture.Apply(t, s, other)

	q := fixture.OpenQueue(t, s)
	worker, lane := fixture.PushLane(t, q)
	for _, row := range fixture.Fetch(t, q, worker, lane) {
		found, err := s.Outbox.Receive(ctx, outbox.Arrival{
			Tenant: tenant, Token: inbox.Token, DeliveryID: row.DeliveryID, Method: http.MethodPost, Header: http.Header{}, Body: []byte("an applicant"),
		})
		if err != nil || !found {
			t.Fatalf("the inbox has kept %t, %v", found, err)
		}
	}
	if _, err := s.Erasure.EraseCandidate(ctx, tenant, ada.CandidateID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	db := fixture.Raw(t, url)
	const kept = `SELECT count(*) FROM inbox_requests r JOIN deliveries d ON d.id = r.delivery_id WHERE d.application_id = $1`
	if n := fixture.Count(t, db, kept, ada.ID); n != 0 {
		t.Errorf("the inbox keeps %d applications of the person who was erased", n)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM inbox_requests`); n != 1 {
		t.Errorf("the inbox keeps %d applications; want that of the other person", n)
	}
}

// An attempt that was under way when the person was erased arrives later, with what was read of them before.
func TestAnInboxKeepsNothingThatArrivesAfterAnErasure(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	ctx, db := t.Context(), fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "late@northwind.example", 0)
	tenant.Mode = board.ModeTest
	inbox, err := s.Outbox.CreateInbox(ctx, tenant, "")
	if err != nil {
		t.Fatal(err)
	}
	rich := fixture.SubscribeRich(t, s, tenant, event.ApplicationSubmitted)
	ada := fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, fixture.Pushed)))
	q := fixture.OpenQueue(t, s)
	worker, lanes := fixture.TakeAll(t, q)
	rows := fixture.Fetch(t, q, worker, fixture.LaneOf(t, lanes, rich))
	for _, lane := range lanes {
		if lane.Kind == outbox.LanePush {
			rows = append(rows, fixture.Fetch(t, q, worker, lane)...)
		}
	}
	if len(rows) != 2 {
		t.Fatalf("%d deliveries are under way; want an event and a push", len(rows))
	}
	if _, err := s.Erasure.EraseCandidate(ctx, tenant, ada.CandidateID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		found, err := s.Outbox.Receive(ctx, outbox.Arrival{
			Tenant: tenant, Token: inbox.Token, DeliveryID: row.DeliveryID, Method: http.MethodPost, Header: http.Header{}, Body: []byte("an applicant"),
		})
		if err != nil || !found {
			t.Errorf("the inbox is found: %t, %v", found, err)
		}
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM inbox_requests`); n != 0 {
		t.Errorf("the inbox keeps %d requests about the person who was erased", n)
	}
}
