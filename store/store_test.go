package store_test

import (
	"context"
	"errors"
	"testing"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
)

// account makes an employer with credits and returns its live half.
func account(t *testing.T, s *store.Store, email string, credits int64) store.Tenant {
	t.Helper()
	id, _, err := s.CreateEmployer(context.Background(), store.NewEmployer{Name: "Northwind", Email: email})
	if err != nil {
		t.Fatalf("create employer: %v", err)
	}
	tenant := store.Tenant{EmployerID: id, Mode: board.ModeLive}
	if credits > 0 {
		if _, err := s.GrantCredits(context.Background(), tenant, store.Credits{JobPosting: credits}); err != nil {
			t.Fatalf("grant: %v", err)
		}
	}
	return tenant
}

// complete is a patch that makes a job ready to be published.
func complete(title string) board.JobPatch {
	return board.JobPatch{
		Title: board.Set(title), Description: board.Set("<p>Lead the team.</p>"), City: board.Set("Leeds"), Country: board.Set("United Kingdom"),
		EmploymentType: board.Set(board.FullTime), RemoteType: board.Set(board.HybridRemote),
		ApplyMethod: board.Set(board.ApplyByEmail), ApplyEmailAddress: board.Set("jobs@northwind.example"),
	}
}

func create(t *testing.T, s *store.Store, tenant store.Tenant, p board.JobPatch) board.Job {
	t.Helper()
	job, err := s.CreateJob(context.Background(), tenant, p)
	if err != nil {
		t.Fatalf("create job: %v", err)
	}
	return job
}

func codeOf(err error) board.Code {
	if e, ok := errors.AsType[*board.Error](err); ok {
		return e.Code
	}
	return ""
}

// twins are two stores over one database: two copies of the program.
func twins(t *testing.T) (a, b *store.Store, clock *storetest.Clock) {
	t.Helper()
	clock = storetest.NewClock()
	url := storetest.URL(t)
	return storetest.Open(t, url, storetest.Options(clock)), storetest.Open(t, url, storetest.Options(clock)), clock
}
