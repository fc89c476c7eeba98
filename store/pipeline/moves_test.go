package pipeline_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func TestMovingAnApplication(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "move@northwind.example", 5)
	a := fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, nil)))
	key := pipeline.Actor{Kind: board.ActorKey, ID: 7}
	isNew, screened := board.ApplicationNew, board.ApplicationScreened
	clock.Advance(time.Minute)
	moved, err := s.Pipeline.MoveApplication(ctx, tenant, a.ID, pipeline.Move{To: screened, From: &isNew, Reason: " looks good ", Actor: key})
	if err != nil || moved.Status != screened || moved.Version != 2 || !moved.UpdatedAt.Equal(clock.Now()) {
		t.Fatalf("moved: %+v, %v", moved, err)
	}
	if same, err := s.Pipeline.MoveApplication(ctx, tenant, a.ID, pipeline.Move{To: screened, Actor: key}); err != nil || same.Version != 2 {
		t.Errorf("moved where it is: %+v, %v", same, err)
	}
	for name, tc := range map[string]struct {
		tenant board.Tenant
		id     int64
		m      pipeline.Move
		want   board.Code
	}{
		"stale":            {tenant, a.ID, pipeline.Move{To: board.ApplicationOffered, From: &isNew, Actor: key}, board.CodeConflict},
		"old version":      {tenant, a.ID, pipeline.Move{To: board.ApplicationOffered, Actor: key, If: board.Precondition{Set: true, Versions: []int64{1}}}, board.CodePreconditionFailed},
		"long reason":      {tenant, a.ID, pipeline.Move{To: board.ApplicationOffered, Reason: strings.Repeat("x", 1001), Actor: key}, board.CodeInvalidRequest},
		"absent":           {tenant, a.ID + 1, pipeline.Move{To: board.ApplicationOffered, Actor: key}, board.CodeNotFound},
		"other mode":       {board.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest}, a.ID, pipeline.Move{To: board.ApplicationOffered, Actor: key}, board.CodeNotFound},
		"another employer": {fixture.Account(t, s, "else@northwind.example", 0), a.ID, pipeline.Move{To: board.ApplicationOffered, Actor: key}, board.CodeNotFound},
	} {
		if _, err := s.Pipeline.MoveApplication(ctx, tc.tenant, tc.id, tc.m); fixture.CodeOf(err) != tc.want {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
	if _, err := s.Pipeline.MoveApplication(ctx, tenant, a.ID, pipeline.Move{To: board.ApplicationRejected, Actor: key}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Pipeline.MoveApplication(ctx, tenant, a.ID, pipeline.Move{To: screened, Actor: key}); fixture.CodeOf(err) != board.CodeInvalidRequest {
		t.Errorf("left Rejected without a reason: %v", err)
	}
	if _, err := s.Pipeline.MoveApplication(ctx, tenant, a.ID, pipeline.Move{To: board.ApplicationWithdrawn, Reason: "phoned", Actor: key}); err != nil {
		t.Fatal(err)
	}
	history, err := s.Pipeline.ApplicationHistory(ctx, tenant, a.ID)
	if err != nil || len(history) != 4 || history[1].Reason != "looks good" || history[1].Actor != key || *history[3].From != board.ApplicationRejected {
		t.Errorf("history %+v, %v", history, err)
	}
	if diff := cmp.Diff([]string{
		"candidate.registered", "application.submitted", "application.status_changed", "candidate.status_changed",
		"application.status_changed", "candidate.status_changed", "application.status_changed", "application.withdrawn", "candidate.status_changed",
	}, fixture.TypesOf(t, s, tenant)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestTwoMovesAtOnceAreOneMoveAndAConflict(t *testing.T) {
	t.Parallel()
	a, b, _ := fixture.AtOnce(t)
	tenant := fixture.Account(t, a, "twomoves@northwind.example", 5)
	made := fixture.Apply(t, a, fixture.Ada(fixture.Active(t, a, tenant, nil)))
	from := board.ApplicationNew
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			to := []board.ApplicationStatus{board.ApplicationScreened, board.ApplicationRejected}[i%2]
			_, errs[i] = []*store.Store{a, b}[i%2].Pipeline.MoveApplication(context.Background(), tenant, made.ID, pipeline.Move{To: to, From: &from, Actor: pipeline.Actor{Kind: board.ActorSystem}})
		})
	}
	wg.Wait()
	moved := 0
	for _, err := range errs {
		if err == nil {
			moved++
		} else if fixture.CodeOf(err) != board.CodeConflict {
			t.Errorf("move: %v", err)
		}
	}
	if moved != 1 {
		t.Errorf("%d moves went through", moved)
	}
}

func TestApplicationsAreListedAsAskedFor(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "list@northwind.example", 5)
	jobs := []board.Job{fixture.Active(t, s, tenant, nil), fixture.Active(t, s, tenant, nil)}
	var ids []int64
	for i := range 5 {
		clock.Advance(time.Minute)
		p := fixture.Ada(jobs[i%2])
		p.Applicant.Email = fmt.Sprintf("ada%d@example.com", i)
		if i == 4 {
			p.CV = nil
		}
		ids = append(ids, fixture.Apply(t, s, p).ID)
	}
	clock.Advance(time.Minute)
	since := clock.Now()
	if _, err := s.Pipeline.MoveApplication(ctx, tenant, ids[1], pipeline.Move{To: board.ApplicationScreened, Actor: pipeline.Actor{Kind: board.ActorSystem}}); err != nil {
		t.Fatal(err)
	}
	after := func(i int) *pg.Position {
		a, err := s.Pipeline.Application(ctx, tenant, ids[i])
		if err != nil {
			t.Fatal(err)
		}
		return &pg.Position{ID: a.ID, At: a.UpdatedAt}
	}
	for name, tc := range map[string]struct {
		q     pipeline.ApplicationQuery
		want  []int
		total int
		more  bool
	}{
		"newest first":    {pipeline.ApplicationQuery{Limit: 2}, []int{4, 3}, 5, true},
		"second page":     {pipeline.ApplicationQuery{Limit: 2, Offset: 2}, []int{2, 1}, 5, true},
		"cursor":          {pipeline.ApplicationQuery{Limit: 2, After: after(2)}, []int{1, 0}, 5, false},
		"oldest first":    {pipeline.ApplicationQuery{Limit: 9, Sort: pg.OldestFirst}, []int{0, 1, 2, 3, 4}, 5, false},
		"last updated":    {pipeline.ApplicationQuery{Limit: 2, Sort: pg.LastUpdatedFirst}, []int{1, 4}, 5, true},
		"after an update": {pipeline.ApplicationQuery{Limit: 9, Sort: pg.LastUpdatedLast, After: after(3)}, []int{4, 1}, 5, false},
		"of a job":        {pipeline.ApplicationQuery{Limit: 9, ApplicationFilter: pipeline.ApplicationFilter{JobID: jobs[1].ID}}, []int{3, 1}, 2, false},
		"of a status":     {pipeline.ApplicationQuery{Limit: 9, ApplicationFilter: pipeline.ApplicationFilter{Statuses: []board.ApplicationStatus{board.ApplicationScreened}}}, []int{1}, 1, false},
		"updated since":   {pipeline.ApplicationQuery{Limit: 9, ApplicationFilter: pipeline.ApplicationFilter{UpdatedSince: since}}, []int{1}, 1, false},
		"past the end":    {pipeline.ApplicationQuery{Limit: 9, Offset: 9}, []int{}, 5, false},
	} {
		page, err := s.Pipeline.Applications(ctx, tenant, tc.q)
		got := []int{}
		for _, a := range page.Items {
			got = append(got, slices.Index(ids, a.ID))
		}
		if diff := cmp.Diff(tc.want, got); diff != "" || err != nil || page.Total != tc.total || page.More != tc.more {
			t.Errorf("%s: total %d, more %t, %v (-want +got):\n%s", name, page.Total, page.More, err, diff)
		}
	}
	for name, other := range map[string]board.Tenant{
		"employer": fixture.Account(t, s, "nosy@northwind.example", 0), "mode": {EmployerID: tenant.EmployerID, Mode: board.ModeTest},
	} {
		page, err := s.Pipeline.Applications(ctx, other, pipeline.ApplicationQuery{Limit: 9, ApplicationFilter: pipeline.ApplicationFilter{JobID: jobs[0].ID}})
		_, getErr := s.Pipeline.Application(ctx, other, ids[0])
		_, historyErr := s.Pipeline.ApplicationHistory(ctx, other, ids[0])
		_, _, cvErr := s.Pipeline.OpenCV(ctx, other, ids[0])
		if err != nil || page.Total != 0 || fixture.CodeOf(getErr) != board.CodeNotFound || fixture.CodeOf(historyErr) != board.CodeNotFound || fixture.CodeOf(cvErr) != board.CodeNotFound {
			t.Errorf("another %s sees %d, %v, %v, %v, %v", name, page.Total, err, getErr, historyErr, cvErr)
		}
	}
	if _, _, err := s.Pipeline.OpenCV(ctx, tenant, ids[4]); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("a CV that was not sent: %v", err)
	}
}

func TestACandidateWithdrawsByTheLinkInTheEmail(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "withdraw@northwind.example", 5)
	a := fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, nil)))
	messages, err := s.Outbox.Messages(ctx, 10)
	if err != nil || len(messages) != 2 {
		t.Fatalf("%d emails, %v", len(messages), err)
	}
	slices.SortFunc(messages, func(x, y outbox.Message) int { return int(x.ID - y.ID) })
	if messages[0].To != "ada@example.com" || messages[1].To != "jobs@northwind.example" || messages[1].ReplyTo != "ada@example.com" {
		t.Errorf("emails to %s and %s", messages[0].To, messages[1].To)
	}
	link, err := url.Parse(fixture.WithdrawLink.FindString(messages[0].Text))
	if err != nil {
		t.Fatal(err)
	}
	token := link.Query().Get("token")
	for _, bad := range []string{"", "x", token[:len(token)-1], "A" + token[1:], token[:20] + "A" + token[21:], token + "A"} {
		if bad == token {
			continue
		}
		if _, err := s.Pipeline.WithdrawApplication(ctx, bad); fixture.CodeOf(err) != board.CodeNotFound {
			t.Errorf("token %q: %v", bad, err)
		}
	}
	if shown, err := s.Pipeline.ApplicationByWithdrawToken(ctx, token); err != nil || shown.ID != a.ID || shown.Status != board.ApplicationNew {
		t.Errorf("shown: %+v, %v", shown, err)
	}
	for range 2 {
		if w, err := s.Pipeline.WithdrawApplication(ctx, token); err != nil || w.Status != board.ApplicationWithdrawn || w.Version != 2 {
			t.Errorf("withdrawn: %+v, %v", w, err)
		}
	}
	want := []string{"candidate.registered", "application.submitted", "application.status_changed", "application.withdrawn", "candidate.status_changed"}
	if got := fixture.TypesOf(t, s, tenant); !slices.Equal(got, want) {
		t.Errorf("events %v", got)
	}
	if history, err := s.Pipeline.ApplicationHistory(ctx, tenant, a.ID); err != nil || history[1].Actor.Kind != board.ActorCandidate {
		t.Errorf("history %+v, %v", history, err)
	}
	clock.Advance(board.WithdrawLife)
	if _, err := s.Pipeline.WithdrawApplication(ctx, token); fixture.CodeOf(err) != board.CodeGone {
		t.Errorf("an old link: %v", err)
	}
}
