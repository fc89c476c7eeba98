package pipeline_test

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
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// callWith records a call that has ended, with everything in it.
func callWith(t *testing.T, s *store.Store, a pipeline.Application) pipeline.AICall {
	t.Helper()
	c, err := s.Pipeline.CreateAICall(context.Background(), a.Tenant, board.NewAICall{CandidateID: a.CandidateID, JobID: &a.JobID, Purpose: "Screening", Provider: "Voices", ExternalID: "call-1"})
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	c, err = s.Pipeline.UpdateAICall(context.Background(), a.Tenant, c.ID, board.AICallPatch{
		Status: board.Set(board.AICallCompleted), Outcome: board.Set("Interested"), Summary: board.Set("Wants to move"), Transcript: board.Set("Hello"),
	}, board.Precondition{})
	if err != nil {
		t.Fatalf("patch: %v", err)
	}
	return c
}

func TestACallIsRecorded(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "call@northwind.example", 5)
	a := fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, nil)))
	made := callWith(t, s, a)
	zero, now := 0, clock.Now()
	want := pipeline.AICall{Tenant: tenant, AICall: board.AICall{
		ID: made.ID, Version: 2, CandidateID: a.CandidateID, JobID: &a.JobID, Status: board.AICallCompleted, Purpose: "Screening", Provider: "Voices",
		ExternalID: "call-1", Outcome: "Interested", Summary: "Wants to move", Transcript: "Hello", StartedAt: now, EndedAt: &now, DurationSeconds: &zero,
		CreatedAt: now, UpdatedAt: now,
	}}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	read, err := s.Pipeline.AICall(ctx, tenant, made.ID)
	if diff := cmp.Diff(made, read); diff != "" || err != nil {
		t.Errorf("read, %v (-want +got):\n%s", err, diff)
	}
	data := fmt.Sprintf(`{"aiCallId":%d,"candidateId":%d,"purpose":"Screening","completedAt":"2026-03-02T09:30:00Z"}`, made.ID, a.CandidateID)
	if got := lastData(t, s, tenant, event.AICallCompleted); got != data {
		t.Errorf("event %s, want %s", got, data)
	}
	_, err = s.Pipeline.CreateAICall(ctx, tenant, board.NewAICall{CandidateID: a.CandidateID, Purpose: "Again", ExternalID: "call-1"})
	if fixture.CodeOf(err) != board.CodeConflict || !strings.Contains(err.Error(), fmt.Sprintf("call %d", made.ID)) {
		t.Errorf("the same call again: %v", err)
	}
	if _, err := s.Pipeline.UpdateAICall(ctx, tenant, made.ID, board.AICallPatch{Outcome: board.Set("x")}, board.Precondition{Set: true, Versions: []int64{1}}); fixture.CodeOf(err) != board.CodePreconditionFailed {
		t.Errorf("an old version: %v", err)
	}
	missing := int64(4711)
	_, err = s.Pipeline.CreateAICall(ctx, tenant, board.NewAICall{CandidateID: missing, JobID: &missing, Purpose: "Screening"})
	if fixture.CodeOf(err) != board.CodeInvalidRequest || !strings.Contains(err.Error(), "candidateId") || !strings.Contains(err.Error(), "jobId") {
		t.Errorf("with nobody about nothing: %v", err)
	}
	for name, other := range map[string]board.Tenant{"employer": fixture.Account(t, s, "other@call.example", 0), "mode": {EmployerID: tenant.EmployerID, Mode: board.ModeTest}} {
		_, getErr := s.Pipeline.AICall(ctx, other, made.ID)
		_, patchErr := s.Pipeline.UpdateAICall(ctx, other, made.ID, board.AICallPatch{}, board.Precondition{})
		if fixture.CodeOf(getErr) != board.CodeNotFound || fixture.CodeOf(patchErr) != board.CodeNotFound {
			t.Errorf("another %s: %v, %v", name, getErr, patchErr)
		}
	}
}

func TestACallIsCompletedOnce(t *testing.T) {
	t.Parallel()
	a, b, _ := fixture.AtOnce(t)
	ctx := context.Background()
	tenant := fixture.Account(t, a, "calls@northwind.example", 5)
	who := fixture.Apply(t, a, fixture.Ada(fixture.Active(t, a, tenant, nil)))
	var made sync.Map
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			s := []*store.Store{a, b}[n%2]
			c, err := s.Pipeline.CreateAICall(ctx, tenant, board.NewAICall{CandidateID: who.CandidateID, Purpose: "Screening", ExternalID: "call-1"})
			switch fixture.CodeOf(err) {
			case "":
				made.Store(c.ID, true)
			case board.CodeConflict:
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	page, err := a.Pipeline.AICalls(ctx, tenant, pipeline.AICallQuery{Limit: 10})
	if err != nil || page.Total != 1 {
		t.Fatalf("%d calls, %v", page.Total, err)
	}
	if _, ok := made.Load(page.Items[0].ID); !ok {
		t.Error("nobody was told of the call")
	}
	for n := range 8 {
		wg.Go(func() {
			s := []*store.Store{a, b}[n%2]
			if _, err := s.Pipeline.UpdateAICall(ctx, tenant, page.Items[0].ID, board.AICallPatch{Status: board.Set(board.AICallCompleted)}, board.Precondition{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := strings.Count(strings.Join(fixture.TypesOf(t, a, tenant), " "), "ai_call.completed"); got != 1 {
		t.Errorf("%d events", got)
	}
}

func TestCallsAreListed(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "calllist@northwind.example", 5)
	a := fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, nil)))
	first := callWith(t, s, a)
	clock.Advance(time.Minute)
	second, err := s.Pipeline.CreateAICall(ctx, tenant, board.NewAICall{CandidateID: a.CandidateID, Purpose: "Reminder"})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		query pipeline.AICallQuery
		want  []int64
		total int
	}{
		"newest first": {pipeline.AICallQuery{}, []int64{second.ID, first.ID}, 2},
		"oldest first": {pipeline.AICallQuery{Sort: pg.OldestFirst, Limit: 1}, []int64{first.ID}, 2},
		"after":        {pipeline.AICallQuery{Sort: pg.LastUpdatedFirst, After: &pg.Position{At: second.UpdatedAt, ID: second.ID}}, []int64{first.ID}, 2},
		"past the end": {pipeline.AICallQuery{Offset: 7}, nil, 2},
		"status":       {pipeline.AICallQuery{AICallFilter: pipeline.AICallFilter{Statuses: []board.AICallStatus{board.AICallInProgress}}}, []int64{second.ID}, 1},
		"candidate":    {pipeline.AICallQuery{AICallFilter: pipeline.AICallFilter{CandidateID: a.CandidateID}}, []int64{second.ID, first.ID}, 2},
		"job":          {pipeline.AICallQuery{AICallFilter: pipeline.AICallFilter{JobID: a.JobID}}, []int64{first.ID}, 1},
		"external":     {pipeline.AICallQuery{AICallFilter: pipeline.AICallFilter{ExternalID: "call-1"}}, []int64{first.ID}, 1},
		"since":        {pipeline.AICallQuery{AICallFilter: pipeline.AICallFilter{UpdatedSince: clock.Now()}}, []int64{second.ID}, 1},
	} {
		if tt.query.Limit == 0 {
			tt.query.Limit = 10
		}
		page, err := s.Pipeline.AICalls(ctx, tenant, tt.query)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got []int64
		for _, c := range page.Items {
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
