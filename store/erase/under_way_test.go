package erase_test

import (
	"context"
	"testing"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// An answer that is made while the person is erased is recorded after the erasure has looked for such answers, unless the erasure waits.
func TestAnAnswerUnderWayGoesWithThePersonToo(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	db := fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "answers@northwind.example", 5)
	fixture.CVCredits(t, s, tenant, 5)
	people := fixture.People(t, 1, 3)
	ids := fixture.ImportAll(t, s, people)
	job := fixture.Active(t, s, tenant, nil)
	ada := fixture.Apply(t, s, fixture.Ada(job))
	both := fixture.Ada(job)
	both.Applicant.Email = people[0].Email
	fixture.Apply(t, s, both)

	ofPipeline := func() error {
		_, err := s.Erasure.EraseCandidate(t.Context(), tenant, ada.CandidateID, board.Precondition{})
		return err
	}
	ofCV := func(id int64) func() error {
		return func() error {
			_, err := s.Erasure.EraseCV(t.Context(), id)
			return err
		}
	}
	unlock := func(ctx context.Context, p account.Principal, id int64) error {
		_, err := s.UnlockCandidate(ctx, p, id)
		return err
	}
	propose := func(ctx context.Context, p account.Principal, id int64) error {
		_, err := s.ProposeUnlock(ctx, p, id)
		return err
	}
	key, _, err := s.Accounts.MintKey(t.Context(), account.NewKey{Tenant: tenant, Name: "agent", Scopes: apikey.AllScopes(), Approve: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name  string
		id    int64
		do    func(context.Context, account.Principal, int64) error
		erase func() error
	}{
		{"of the pipeline", ada.CandidateID, unlock, ofPipeline},
		{"of both", ids[0], unlock, ofCV(ids[0])},
		{"of the CV database", ids[1], unlock, ofCV(ids[1])},
		{"proposed", ids[2], propose, ofCV(ids[2])},
	} {
		p := account.Principal{Tenant: tenant, KeyID: key.ID}
		erased := make(chan error, 1)
		answer := func(ctx context.Context) (store.Reply, error) {
			if err := tc.do(ctx, p, tc.id); err != nil {
				return store.Reply{}, err
			}
			go func() { erased <- tc.erase() }()
			for {
				select {
				case err := <-erased: // it has not waited
					erased <- err
					return store.Reply{Content: []byte("a person")}, nil
				default:
				}
				if fixture.Count(t, db, waitsForLock) > 0 {
					return store.Reply{Content: []byte("a person")}, nil
				}
			}
		}
		if _, _, err := s.Idempotent(t.Context(), p, tc.name, []byte("same"), answer); err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		if err := <-erased; err != nil {
			t.Fatalf("erase %s: %v", tc.name, err)
		}
		reply, replayed, err := s.Idempotent(t.Context(), p, tc.name, []byte("same"), answer)
		if err != nil || !replayed || !reply.Erased || len(reply.Content) > 0 {
			t.Errorf("%s: after the erasure the answer is %q, erased %t, %v", tc.name, reply.Content, reply.Erased, err)
		}
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM proposals`); n != 0 {
		t.Errorf("%d proposals about somebody who was erased", n)
	}
}
