package store_test

import (
	"context"
	"sync"
	"testing"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
)

func TestOneCreditIsSpentOnceByTwoCopies(t *testing.T) {
	t.Parallel()
	a, b, _ := twins(t)
	tenant := account(t, a, "race@northwind.example", 1)
	const jobs = 20
	ids := make([]int64, jobs)
	for i := range ids {
		ids[i] = create(t, a, tenant, complete("Head of IT")).ID
	}

	var wg sync.WaitGroup
	codes := make([]board.Code, jobs)
	for i, id := range ids {
		copyOfProgram := a
		if i%2 == 1 {
			copyOfProgram = b
		}
		wg.Go(func() {
			_, err := copyOfProgram.PublishJob(context.Background(), store.Principal{Tenant: tenant}, id, nil, store.Precondition{})
			if codes[i] = codeOf(err); err != nil && codes[i] == "" {
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
	left, err := a.Credits(context.Background(), tenant)
	if err != nil || left.JobPosting != 0 {
		t.Errorf("credits left %+v, %v; want 0", left, err)
	}
}

func TestOneJobPublishedManyTimesAtOnceIsChargedOnce(t *testing.T) {
	t.Parallel()
	a, b, _ := twins(t)
	tenant := account(t, a, "once@northwind.example", 10)
	job := create(t, a, tenant, complete("IT Manager"))

	var wg sync.WaitGroup
	for i := range 20 {
		copyOfProgram := []*store.Store{a, b}[i%2]
		wg.Go(func() {
			_, err := copyOfProgram.PublishJob(context.Background(), store.Principal{Tenant: tenant}, job.ID, nil, store.Precondition{})
			if c := codeOf(err); err != nil && c != board.CodeInvalidState {
				t.Errorf("publish: %v", err)
			}
		})
	}
	wg.Wait()
	left, err := a.Credits(context.Background(), tenant)
	if err != nil || left.JobPosting != 9 {
		t.Errorf("credits left %+v, %v; want 9", left, err)
	}
}

func TestPublishingIsFreeUnderAContractAndInTestMode(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := account(t, s, "free@northwind.example", 0)
	publish := func(tenant store.Tenant) board.Code {
		job := create(t, s, tenant, complete("CIO"))
		_, err := s.PublishJob(context.Background(), store.Principal{Tenant: tenant}, job.ID, nil, store.Precondition{})
		return codeOf(err)
	}
	if c := publish(tenant); c != board.CodeNoCredits {
		t.Errorf("without credits: %q, want no_credits", c)
	}
	if c := publish(store.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest}); c != "" {
		t.Errorf("in test mode: %q, want success", c)
	}
	if _, err := s.SetContract(context.Background(), tenant.EmployerID, clock.Now().AddDate(0, 1, 0)); err != nil {
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
	tenant := account(t, s, "draft@northwind.example", 1)
	job := create(t, s, tenant, board.JobPatch{Title: board.Set("IT Director")})
	_, err := s.PublishJob(context.Background(), store.Principal{Tenant: tenant}, job.ID, nil, store.Precondition{})
	if c := codeOf(err); c != board.CodeInvalidRequest {
		t.Errorf("publish: %v, want invalid_request", err)
	}
	if left, _ := s.Credits(context.Background(), tenant); left.JobPosting != 1 {
		t.Errorf("credits left %d, want 1", left.JobPosting)
	}
}
