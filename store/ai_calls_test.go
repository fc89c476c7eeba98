package store_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
)

// callWith records a call that has ended, with everything in it.
func callWith(t *testing.T, s *store.Store, a store.Application) store.AICall {
	t.Helper()
	c, err := s.CreateAICall(context.Background(), a.Tenant, board.NewAICall{CandidateID: a.CandidateID, JobID: &a.JobID, Purpose: "Screening", Provider: "Voices", ExternalID: "call-1"})
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	c, err = s.PatchAICall(context.Background(), a.Tenant, c.ID, board.AICallPatch{
		Status: board.Set(board.AICallCompleted), Outcome: board.Set("Interested"), Summary: board.Set("Wants to move"), Transcript: board.Set("Hello"),
	}, store.Precondition{})
	if err != nil {
		t.Fatalf("patch: %v", err)
	}
	return c
}

func TestACallIsRecorded(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := account(t, s, "call@northwind.example", 5)
	a := apply(t, s, ada(active(t, s, tenant, nil)))
	made := callWith(t, s, a)
	zero, now := 0, clock.Now()
	want := store.AICall{Tenant: tenant, AICall: board.AICall{
		ID: made.ID, Version: 2, CandidateID: a.CandidateID, JobID: &a.JobID, Status: board.AICallCompleted, Purpose: "Screening", Provider: "Voices",
		ExternalID: "call-1", Outcome: "Interested", Summary: "Wants to move", Transcript: "Hello", StartedAt: now, EndedAt: &now, DurationSeconds: &zero,
		CreatedAt: now, UpdatedAt: now,
	}}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	read, err := s.GetAICall(ctx, tenant, made.ID)
	if diff := cmp.Diff(made, read); diff != "" || err != nil {
		t.Errorf("read, %v (-want +got):\n%s", err, diff)
	}
	data := fmt.Sprintf(`{"aiCallId":%d,"candidateId":%d,"purpose":"Screening","completedAt":"2026-03-02T09:30:00Z"}`, made.ID, a.CandidateID)
	if got := lastData(t, s, tenant, board.EventAICallCompleted); got != data {
		t.Errorf("event %s, want %s", got, data)
	}
	_, err = s.CreateAICall(ctx, tenant, board.NewAICall{CandidateID: a.CandidateID, Purpose: "Again", ExternalID: "call-1"})
	if codeOf(err) != board.CodeConflict || !strings.Contains(err.Error(), fmt.Sprintf("call %d", made.ID)) {
		t.Errorf("the same call again: %v", err)
	}
	if _, err := s.PatchAICall(ctx, tenant, made.ID, board.AICallPatch{Outcome: board.Set("x")}, store.Precondition{Set: true, Versions: []int64{1}}); codeOf(err) != board.CodePreconditionFailed {
		t.Errorf("an old version: %v", err)
	}
	missing := int64(4711)
	_, err = s.CreateAICall(ctx, tenant, board.NewAICall{CandidateID: missing, JobID: &missing, Purpose: "Screening"})
	if codeOf(err) != board.CodeInvalidRequest || !strings.Contains(err.Error(), "candidateId") || !strings.Contains(err.Error(), "jobId") {
		t.Errorf("with nobody about nothing: %v", err)
	}
	for name, other := range map[string]store.Tenant{"employer": account(t, s, "other@call.example", 0), "mode": {EmployerID: tenant.EmployerID, Mode: board.ModeTest}} {
		_, getErr := s.GetAICall(ctx, other, made.ID)
		_, patchErr := s.PatchAICall(ctx, other, made.ID, board.AICallPatch{}, store.Precondition{})
		if codeOf(getErr) != board.CodeNotFound || codeOf(patchErr) != board.CodeNotFound {
			t.Errorf("another %s: %v, %v", name, getErr, patchErr)
		}
	}
}

func TestACallIsCompletedOnce(t *testing.T) {
	t.Parallel()
	a, b, _ := twins(t)
	ctx := context.Background()
	tenant := account(t, a, "calls@northwind.example", 5)
	who := apply(t, a, ada(active(t, a, tenant, nil)))
	var made sync.Map
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			s := []*store.Store{a, b}[n%2]
			c, err := s.CreateAICall(ctx, tenant, board.NewAICall{CandidateID: who.CandidateID, Purpose: "Screening", ExternalID: "call-1"})
			switch codeOf(err) {
			case "":
				made.Store(c.ID, true)
			case board.CodeConflict:
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	page, err := a.ListAICalls(ctx, tenant, store.AICallQuery{Limit: 10})
	if err != nil || page.Total != 1 {
		t.Fatalf("%d calls, %v", page.Total, err)
	}
	if _, ok := made.Load(page.Calls[0].ID); !ok {
		t.Error("nobody was told of the call")
	}
	for n := range 8 {
		wg.Go(func() {
			s := []*store.Store{a, b}[n%2]
			if _, err := s.PatchAICall(ctx, tenant, page.Calls[0].ID, board.AICallPatch{Status: board.Set(board.AICallCompleted)}, store.Precondition{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := strings.Count(strings.Join(typesOf(t, a, tenant), " "), "ai_call.completed"); got != 1 {
		t.Errorf("%d events", got)
	}
}

func TestCallsAreListed(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := account(t, s, "calllist@northwind.example", 5)
	a := apply(t, s, ada(active(t, s, tenant, nil)))
	first := callWith(t, s, a)
	clock.Advance(time.Minute)
	second, err := s.CreateAICall(ctx, tenant, board.NewAICall{CandidateID: a.CandidateID, Purpose: "Reminder"})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		query store.AICallQuery
		want  []int64
		total int
	}{
		"newest first": {store.AICallQuery{}, []int64{second.ID, first.ID}, 2},
		"oldest first": {store.AICallQuery{Sort: store.OldestFirst, Limit: 1}, []int64{first.ID}, 2},
		"after":        {store.AICallQuery{Sort: store.LastUpdatedFirst, After: &store.JobPosition{UpdatedAt: second.UpdatedAt, ID: second.ID}}, []int64{first.ID}, 2},
		"past the end": {store.AICallQuery{Offset: 7}, nil, 2},
		"status":       {store.AICallQuery{AICallFilter: store.AICallFilter{Status: board.AICallInProgress}}, []int64{second.ID}, 1},
		"candidate":    {store.AICallQuery{AICallFilter: store.AICallFilter{CandidateID: a.CandidateID}}, []int64{second.ID, first.ID}, 2},
		"job":          {store.AICallQuery{AICallFilter: store.AICallFilter{JobID: a.JobID}}, []int64{first.ID}, 1},
		"external":     {store.AICallQuery{AICallFilter: store.AICallFilter{ExternalID: "call-1"}}, []int64{first.ID}, 1},
		"since":        {store.AICallQuery{AICallFilter: store.AICallFilter{UpdatedSince: clock.Now()}}, []int64{second.ID}, 1},
	} {
		if tt.query.Limit == 0 {
			tt.query.Limit = 10
		}
		page, err := s.ListAICalls(ctx, tenant, tt.query)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got []int64
		for _, c := range page.Calls {
			got = append(got, c.ID)
			if c.Transcript != "" {
				t.Errorf("%s: a transcript is listed", name)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || page.Total != tt.total || page.More != (name == "oldest first") {
			t.Errorf("%s: total %d, more %t (-want +got):\n%s", name, page.Total, page.More, diff)
		}
	}
}
