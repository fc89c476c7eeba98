package cv_test

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/fit"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func wantCVCredits(t *testing.T, s *store.Store, tenant board.Tenant, want int64) {
	t.Helper()
	if left, err := s.Accounts.Credits(context.Background(), tenant); err != nil || left.CVSearch != want {
		t.Errorf("%d CV search credits are left, %v; want %d", left.CVSearch, err, want)
	}
}

func TestAHundredUnlockAProfileForOneCredit(t *testing.T) {
	t.Parallel()
	a, b, clock := fixture.AtOnce(t)
	ctx := context.Background()
	tenant := fixture.Account(t, a, "open@northwind.example", 0)
	fixture.CVCredits(t, a, tenant, 3)
	ids := fixture.ImportAll(t, a, fixture.People(t, 1, 3))
	open := func(id int64) (charged int64) {
		var wg sync.WaitGroup
		var n atomic.Int64
		for i := range 100 {
			copyOfProgram := []*store.Store{a, b}[i%2]
			wg.Go(func() {
				p, err := copyOfProgram.UnlockCandidate(ctx, account.Principal{Tenant: tenant}, id)
				switch {
				case err != nil:
					t.Errorf("open: %v", err)
				case p.Email == "" || p.Unlock == nil || p.Unlock.Required || p.Unlock.Price != 0 || p.Unlock.ExpiresAt.IsZero() || p.Population != fit.PopulationCVDatabase:
					t.Errorf("profile %+v", p)
				default:
					n.Add(1)
				}
			})
		}
		wg.Wait()
		return n.Load()
	}
	if n := open(ids[0]); n != 100 {
		t.Errorf("%d of 100 were let in", n)
	}
	wantCVCredits(t, a, tenant, 2)
	clock.Advance(board.UnlockTerm - time.Second)
	open(ids[0])
	wantCVCredits(t, a, tenant, 2)
	clock.Advance(time.Second)
	open(ids[0])
	wantCVCredits(t, a, tenant, 1)

	// The last credit opens one of two.
	var wg sync.WaitGroup
	var codes [20]board.Code
	for i := range codes {
		wg.Go(func() {
			_, err := []*store.Store{a, b}[i%2].UnlockCandidate(ctx, account.Principal{Tenant: tenant}, ids[1+i/2%2])
			codes[i] = fixture.CodeOf(err)
		})
	}
	wg.Wait()
	count := map[board.Code]int{}
	for _, c := range codes {
		count[c]++
	}
	if count[""] != 10 || count[board.CodeNoCredits] != 10 {
		t.Errorf("answers %v, want one profile open and the other not", count)
	}
	wantCVCredits(t, a, tenant, 0)
	r := fixture.Find(t, a, cv.Query{})
	unlocked := 0
	for _, h := range r.Hits {
		if h.Unlocked {
			unlocked++
		}
	}
	if unlocked != 2 && tenant.EmployerID == 1 {
		t.Errorf("%d hits are unlocked, want 2", unlocked)
	}
}

func TestUnlockingIsFreeInTestModeAndForOwnApplicants(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "free-open@northwind.example", 5)
	if _, err := s.Accounts.SetContract(ctx, tenant.EmployerID, clock.Now().AddDate(1, 0, 0)); err != nil {
		t.Fatal(err)
	}
	list := fixture.People(t, 2, 3)
	list[0].CVText = "Ten years of keeping the lights on."
	ids := fixture.ImportAll(t, s, list)
	p := account.Principal{Tenant: tenant}
	if _, err := s.UnlockCandidate(ctx, p, ids[0]); fixture.CodeOf(err) != board.CodeNoCredits {
		t.Errorf("without credits, under a contract: %v, want no_credits", err)
	}
	if _, _, err := s.OpenCandidateCV(ctx, tenant, ids[0]); fixture.CodeOf(err) != board.CodeUnlockRequired {
		t.Errorf("the CV of a closed profile: %v, want unlock_required", err)
	}
	if _, _, err := s.OpenCandidateCV(ctx, tenant, ids[1]); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("a CV that is not there: %v, want not_found", err)
	}

	job := fixture.Active(t, s, tenant, nil)
	a := fixture.Ada(job)
	a.Applicant.Email = list[0].Email
	own := fixture.Apply(t, s, a)
	opened, err := s.Candidate(ctx, tenant, ids[0])
	if err != nil || opened.Unlock != nil || opened.Email != list[0].Email || !opened.HasCV {
		t.Errorf("an own applicant: %+v, %v", opened, err)
	}
	f, r, err := s.OpenCandidateCV(ctx, tenant, ids[0])
	if err != nil || f.Size != int64(len(list[0].CVText)) {
		t.Fatalf("the CV: %+v, %v", f, err)
	}
	if text, err := io.ReadAll(r); err != nil || string(text) != list[0].CVText {
		t.Errorf("the CV reads %q, %v", text, err)
	}
	if profile, err := s.UnlockCandidate(ctx, p, own.CandidateID); err != nil || profile.Population != fit.PopulationPipeline || len(profile.ApplicationList) != 1 {
		t.Errorf("the pipeline: %+v, %v", profile, err)
	}
	if _, err := s.Erasure.EraseCandidate(ctx, tenant, own.CandidateID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.UnlockCandidate(ctx, p, ids[0]); fixture.CodeOf(err) != board.CodeNoCredits {
		t.Errorf("after the application was erased: %v, want no_credits", err)
	}

	test := account.Principal{Tenant: board.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest}}
	if _, err := s.UnlockCandidate(ctx, test, ids[0]); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("a live person in test mode: %v, want not_found", err)
	}
	done, err := s.CV.Import(ctx, board.ModeTest, list)
	if err != nil {
		t.Fatal(err)
	}
	if opened, err := s.UnlockCandidate(ctx, test, done.IDs[1]); err != nil || opened.Unlock == nil || opened.Unlock.Required {
		t.Errorf("in test mode: %+v, %v", opened.Unlock, err)
	}
	if _, err := s.UnlockCandidate(ctx, p, done.IDs[1]); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("a made-up person in live mode: %v, want not_found", err)
	}
}

func TestAnUnlockIsRefundedOnce(t *testing.T) {
	t.Parallel()
	a, b, clock := fixture.AtOnce(t)
	ctx := context.Background()
	tenant := fixture.Account(t, a, "refund@northwind.example", 0)
	fixture.CVCredits(t, a, tenant, 2)
	ids := fixture.ImportAll(t, a, fixture.People(t, 3, 2))
	p := account.Principal{Tenant: tenant}
	if _, err := a.CV.RefundUnlock(ctx, tenant.EmployerID, ids[0]); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("before it was unlocked: %v, want not_found", err)
	}
	for _, id := range ids {
		if _, err := a.UnlockCandidate(ctx, p, id); err != nil {
			t.Fatal(err)
		}
	}
	wantCVCredits(t, a, tenant, 0)
	var wg sync.WaitGroup
	var done, refused atomic.Int64
	for i := range 20 {
		wg.Go(func() {
			_, err := []*store.Store{a, b}[i%2].CV.RefundUnlock(ctx, tenant.EmployerID, ids[0])
			switch fixture.CodeOf(err) {
			case "":
				done.Add(1)
			case board.CodeInvalidState:
				refused.Add(1)
			default:
				t.Errorf("refund: %v", err)
			}
		})
	}
	wg.Wait()
	if done.Load() != 1 || refused.Load() != 19 {
		t.Errorf("%d refunds and %d refusals, want 1 and 19", done.Load(), refused.Load())
	}
	wantCVCredits(t, a, tenant, 1)
	// It is closed again, and may be bought and refunded again.
	if _, err := a.UnlockCandidate(ctx, p, ids[0]); err != nil {
		t.Fatal(err)
	}
	wantCVCredits(t, a, tenant, 0)
	if balance, err := a.CV.RefundUnlock(ctx, tenant.EmployerID, ids[0]); err != nil || balance.CVSearch != 1 {
		t.Errorf("the second unlock: %+v, %v", balance, err)
	}
	clock.Advance(board.UnlockTerm)
	if _, err := a.CV.RefundUnlock(ctx, tenant.EmployerID, ids[1]); fixture.CodeOf(err) != board.CodeInvalidState {
		t.Errorf("after its term: %v, want invalid_state", err)
	}
}
