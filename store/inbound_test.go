package store_test

import (
	"errors"
	"strconv"
	"testing"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
)

func TestJobOfAddress(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	a, b := account(t, s, "a@northwind.example", 9), account(t, s, "b@northwind.example", 9)
	number := func(tenant store.Tenant) string { return strconv.FormatInt(tenant.EmployerID, 10) }
	with := func(tenant store.Tenant, reference string) board.Job {
		p := complete("IT Manager")
		p.Reference = board.Set(reference)
		return public(t, s, tenant, p)
	}
	with(a, "PL-001")
	with(a, "SHARED")
	with(b, number(a)+".PL-001") // it looks like the address of a's job
	with(b, "1.x")
	closed := with(b, "SHARED")
	if _, err := s.DeactivateJob(t.Context(), b, closed.ID, store.Precondition{}); err != nil {
		t.Fatal(err)
	}
	draft := complete("Draft")
	draft.Reference = board.Set("DRAFT")
	create(t, s, a, draft)
	public(t, s, store.Tenant{EmployerID: a.EmployerID, Mode: board.ModeTest}, func() board.JobPatch {
		p := complete("Test")
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
		{"SHARED", job{}, store.ErrAmbiguousReference}, // a closed job's applicants are not for another employer
		{"0" + number(a) + ".PL-001", job{}, errNotFound},
		{number(b) + ".PL-001", job{}, errNotFound},
		{number(a) + ".", job{}, errNotFound},
		{"DRAFT", job{}, errNotFound},
		{"TEST", job{}, errNotFound},
		{"99999999999999999999.x", job{}, errNotFound},
		{"\x00\xff", job{}, errNotFound},
		{"", job{}, errNotFound},
	} {
		employer, reference, err := s.JobOfAddress(t.Context(), tc.written)
		if (job{employer, reference}) != tc.want || !errors.Is(err, tc.err) && codeOf(err) != codeOf(tc.err) || (err == nil) != (tc.err == nil) {
			t.Errorf("%q: %d %q, %v; want %+v, %v", tc.written, employer, reference, err, tc.want, tc.err)
		}
	}
}

var errNotFound = board.Errorf(board.CodeNotFound, "")
