package pipeline_test

import (
	"errors"
	"strconv"
	"testing"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func TestJobOfAddress(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	a, b := fixture.Account(t, s, "a@northwind.example", 9), fixture.Account(t, s, "b@northwind.example", 9)
	number := func(tenant board.Tenant) string { return strconv.FormatInt(tenant.EmployerID, 10) }
	with := func(tenant board.Tenant, reference string) board.Job {
		p := fixture.Complete("IT Manager")
		p.Reference = board.Set(reference)
		return fixture.Public(t, s, tenant, p)
	}
	with(a, "PL-001")
	with(a, "SHARED")
	with(b, number(a)+".PL-001") // it looks like the address of a's job
	with(b, "1.x")
	closed := with(b, "SHARED")
	if _, err := s.Jobs.Deactivate(t.Context(), b, closed.ID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	draft := fixture.Complete("Draft")
	draft.Reference = board.Set("DRAFT")
	fixture.Create(t, s, a, draft)
	fixture.Public(t, s, board.Tenant{EmployerID: a.EmployerID, Mode: board.ModeTest}, func() board.JobPatch {
		p := fixture.Complete("Test")
		p.Reference = board.Set("TEST")
		return p
	}())
	type job struct {
		employer  int64
		reference string
	}
	for _, tc := range []struct {
		written string
		want    job
		err     error
	}{
		{"PL-001", job{a.EmployerID, "PL-001"}, nil},
		{number(a) + ".PL-001", job{a.EmployerID, "PL-001"}, nil},
		{number(b) + "." + number(a) + ".PL-001", job{b.EmployerID, number(a) + ".PL-001"}, nil},
		{"1.x", job{b.EmployerID, "1.x"}, nil},
		{number(a) + ".SHARED", job{a.EmployerID, "SHARED"}, nil},
		{number(b) + ".SHARED", job{b.EmployerID, "SHARED"}, nil},
		{"SHARED", job{}, pipeline.ErrAmbiguousReference}, // a closed job's applicants are not for another employer
		{"0" + number(a) + ".PL-001", job{}, errNotFound},
		{number(b) + ".PL-001", job{}, errNotFound},
		{number(a) + ".", job{}, errNotFound},
		{"DRAFT", job{}, errNotFound},
		{"TEST", job{}, errNotFound},
		{"99999999999999999999.x", job{}, errNotFound},
		{"\x00\xff", job{}, errNotFound},
		{"", job{}, errNotFound},
	} {
		employer, reference, err := s.Pipeline.JobOfAddress(t.Context(), tc.written)
		if (job{employer, reference}) != tc.want || !errors.Is(err, tc.err) && fixture.CodeOf(err) != fixture.CodeOf(tc.err) || (err == nil) != (tc.err == nil) {
			t.Errorf("%q: %d %q, %v; want %+v, %v", tc.written, employer, reference, err, tc.want, tc.err)
		}
	}
}

var errNotFound = board.Errorf(board.CodeNotFound, "")
