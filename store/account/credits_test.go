package account_test

import (
	"context"
	"sync"
	"testing"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func TestOneCreditIsSpentOnceByTwoCopies(t *testing.T) {
	t.Parallel()
	a, b, _ := fixture.AtOnce(t)
	tenant := fixture.Account(t, a, "race@northwind.example", 1)
	const jobs = 20
	ids := make([]int64, jobs)
	for i := range ids {
		ids[i] = fixture.Create(t, a, tenant, fixture.Complete("Head of IT")).ID
	}

	var wg sync.WaitGroup
	codes := make([]board.Code, jobs)
	for i, id := range ids {
		copyOfProgram := a
		if i%2 == 1 {
			copyOfProgram = b
		}
		wg.Go(func() {
			_, err := copyOfProgram.Jobs.Publish(context.Background(), account.Principal{Tenant: tenant}, id, nil, board.Precondition{})
			if codes[i] = fixture.CodeOf(err); err != nil && codes[i] == "" {
				t.Errorf("publish: %v", err)
			}
		})
	}
	wg.Wait()

	count := map[board.Code]int{}
	for _, c := range codes {
		count[c]++
	}
	if count[""] != 1 || count[board.CodeNoCredits] != jobs-1 {
		t.Errorf("answers %v, want one success and %d no_credits", count, jobs-1)
	}
	left, err := a.Accounts.Credits(context.Background(), tenant)
	if err != nil || left.JobPosting != 0 {
		t.Errorf("credits left %+v, %v; want 0", left, err)
	}
}

func TestOneJobPublishedManyTimesAtOnceIsChargedOnce(t *testing.T) {
	t.Parallel()
	a, b, _ := fixture.AtOnce(t)
	tenant := fixture.Account(t, a, "once@northwind.example", 10)
	job := fixture.Create(t, a, tenant, fixture.Complete("IT Manager"))

	var wg sync.WaitGroup
	for i := range 20 {
		copyOfProgram := []*store.Store{a, b}[i%2]
		wg.Go(func() {
			_, err := copyOfProgram.Jobs.Publish(context.Background(), account.Principal{Tenant: tenant}, job.ID, nil, board.Precondition{})
			if c := fixture.CodeOf(err); err != nil && c != board.CodeInvalidState {
				t.Errorf("publish: %v", err)
			}
		})
	}
	wg.Wait()
	left, err := a.Accounts.Credits(context.Background(), tenant)
	if err != nil || left.JobPosting != 9 {
		t.Errorf("credits left %+v, %v; want 9", left, err)
	}
}

func TestPublishingIsFreeUnderAContractAndInTestMode(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := fixture.Account(t, s, "free@northwind.example", 0)
	publish := func(tenant board.Tenant) board.Code {
		job := fixture.Create(t, s, tenant, fixture.Complete("CIO"))
		_, err := s.Jobs.Publish(context.Background(), account.Principal{Tenant: tenant}, job.ID, nil, board.Precondition{})
		return fixture.CodeOf(err)
	}
	if c := publish(tenant); c != board.CodeNoCredits {
		t.Errorf("without credits: %q, want no_credits", c)
	}
	if c := publish(board.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest}); c != "" {
		t.Errorf("in test mode: %q, want success", c)
	}
	if _, err := s.Accounts.SetContract(context.Background(), tenant.EmployerID, clock.Now().AddDate(0, 1, 0)); err != nil {
		t.Fatalf("set contract: %v", err)
	}
	if c := publish(tenant); c != "" {
		t.Errorf("under a contract: %q, want success", c)
	}
	clock.Advance(60 * 24 * 3600e9)
	if c := publish(tenant); c != board.CodeNoCredits {
		t.Errorf("after the contract: %q, want no_credits", c)
	}
}

func TestNothingIsConsumedByAnIncompleteJob(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	tenant := fixture.Account(t, s, "draft@northwind.example", 1)
	job := fixture.Create(t, s, tenant, board.JobPatch{Title: board.Set("IT Director")})
	_, err := s.Jobs.Publish(context.Background(), account.Principal{Tenant: tenant}, job.ID, nil, board.Precondition{})
	if c := fixture.CodeOf(err); c != board.CodeInvalidRequest {
		t.Errorf("publish: %v, want invalid_request", err)
	}
	if left, _ := s.Accounts.Credits(context.Background(), tenant); left.JobPosting != 1 {
		t.Errorf("credits left %d, want 1", left.JobPosting)
	}
}
