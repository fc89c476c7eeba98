package pipeline_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func TestApplicationsAreCounted(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "counts@northwind.example", 5)
	one, two := fixture.Active(t, s, tenant, nil), fixture.Active(t, s, tenant, nil)
	fixture.Apply(t, s, fixture.Ada(one))
	bob := fixture.Ada(one)
	bob.Applicant.Email = "bob@example.com"
	fixture.Apply(t, s, bob)
	ids := []int64{one.ID, two.ID, 999}
	got, err := s.Pipeline.CountByJob(ctx, tenant, ids)
	if diff := cmp.Diff(map[int64]pipeline.JobApplications{one.ID: {All: 2, Unseen: 2}}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for most, want := range map[int]int{1000: 2, 1: 1} {
		if n, err := s.Pipeline.CountUnseen(ctx, tenant, most); err != nil || n != want {
			t.Errorf("%d new applications, %v; want %d", n, err, want)
		}
	}
	other := board.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest}
	if got, err := s.Pipeline.CountByJob(ctx, other, ids); err != nil || len(got) > 0 {
		t.Errorf("the other mode sees %v, %v", got, err)
	}
	if n, err := s.Pipeline.CountUnseen(ctx, other, 10); err != nil || n != 0 {
		t.Errorf("the other mode counts %d, %v", n, err)
	}
}
