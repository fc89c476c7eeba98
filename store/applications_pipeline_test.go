package store_test

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
	"itmanagerjobs/store/storetest"
)

func TestMovingAnApplication(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := account(t, s, "move@northwind.example", 5)
	a := apply(t, s, ada(active(t, s, tenant, nil)))
	key := store.Actor{Kind: board.ActorKey, ID: 7}
	isNew, screened := board.ApplicationNew, board.ApplicationScreened
	clock.Advance(time.Minute)
	moved, err := s.MoveApplication(ctx, tenant, a.ID, store.Move{To: screened, From: &isNew, Reason: " looks good ", Actor: key})
	if err != nil || moved.Status != screened || moved.Version != 2 || !moved.UpdatedAt.Equal(clock.Now()) {
		t.Fatalf("moved: %+v, %v", moved, err)
	}
	if same, err := s.MoveApplication(ctx, tenant, a.ID, store.Move{To: screened, Actor: key}); err != nil || same.Version != 2 {
		t.Errorf("moved where it is: %+v, %v", same, err)
	}
	for name, tc := range map[string]struct {
		tenant store.Tenant
		id     int64
		m      store.Move
		want   board.Code
	}{
		"stale":            {tenant, a.ID, store.Move{To: board.ApplicationOffered, From: &isNew, Actor: key}, board.CodeConflict},
		"old version":      {tenant, a.ID, store.Move{To: board.ApplicationOffered, Actor: key, If: store.Precondition{Set: true, Versions: []int64{1}}}, board.CodePreconditionFailed},
		"long reason":      {tenant, a.ID, store.Move{To: board.ApplicationOffered, Reason: strings.Repeat("x", 1001), Actor: key}, board.CodeInvalidRequest},
		"absent":           {tenant, a.ID + 1, store.Move{To: board.ApplicationOffered, Actor: key}, board.CodeNotFound},
		"other mode":       {store.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest}, a.ID, store.Move{To: board.ApplicationOffered, Actor: key}, board.CodeNotFound},
		"another employer": {account(t, s, "else@northwind.example", 0), a.ID, store.Move{To: board.ApplicationOffered, Actor: key}, board.CodeNotFound},
	} {
		if _, err := s.MoveApplication(ctx, tc.tenant, tc.id, tc.m); codeOf(err) != tc.want {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
	if _, err := s.MoveApplication(ctx, tenant, a.ID, store.Move{To: board.ApplicationRejected, Actor: key}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.MoveApplication(ctx, tenant, a.ID, store.Move{To: screened, Actor: key}); codeOf(err) != board.CodeInvalidRequest {
		t.Errorf("left Rejected without a reason: %v", err)
	}
	if _, err := s.MoveApplication(ctx, tenant, a.ID, store.Move{To: board.ApplicationWithdrawn, Reason: "phoned", Actor: key}); err != nil {
		t.Fatal(err)
	}
	history, err := s.ApplicationHistory(ctx, tenant, a.ID)
	if err != nil || len(history) != 4 || history[1].Reason != "looks good" || history[1].Actor != key || *history[3].From != board.ApplicationRejected {
		t.Errorf("history %+v, %v", history, err)
	}
	if diff := cmp.Diff([]string{
		"candidate.registered", "application.submitted", "application.status_changed", "candidate.status_changed",
		"application.status_changed", "candidate.status_changed", "application.status_changed", "application.withdrawn", "candidate.status_changed",
	}, typesOf(t, s, tenant)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestTwoMovesAtOnceAreOneMoveAndAConflict(t *testing.T) {
	t.Parallel()
	a, b, _ := twins(t)
	tenant := account(t, a, "twomoves@northwind.example", 5)
	made := apply(t, a, ada(active(t, a, tenant, nil)))
	from := board.ApplicationNew
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			to := []board.ApplicationStatus{board.ApplicationScreened, board.ApplicationRejected}[i%2]
			_, errs[i] = []*store.Store{a, b}[i%2].MoveApplication(context.Background(), tenant, made.ID, store.Move{To: to, From: &from, Actor: store.Actor{Kind: board.ActorSystem}})
		})
	}
	wg.Wait()
	moved := 0
	for _, err := range errs {
		if err == nil {
			moved++
		} else if codeOf(err) != board.CodeConflict {
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
	tenant := account(t, s, "list@northwind.example", 5)
	jobs := []board.Job{active(t, s, tenant, nil), active(t, s, tenant, nil)}
	var ids []int64
	for i := range 5 {
		clock.Advance(time.Minute)
		p := ada(jobs[i%2])
		p.Applicant.Email = fmt.Sprintf("ada%d@example.com", i)
		if i == 4 {
			p.CV = nil
		}
		ids = append(ids, apply(t, s, p).ID)
	}
	clock.Advance(time.Minute)
	since := clock.Now()
	if _, err := s.MoveApplication(ctx, tenant, ids[1], store.Move{To: board.ApplicationScreened, Actor: store.Actor{Kind: board.ActorSystem}}); err != nil {
		t.Fatal(err)
	}
	after := func(i int) *store.JobPosition {
		a, err := s.GetApplication(ctx, tenant, ids[i])
		if err != nil {
			t.Fatal(err)
		}
		return &store.JobPosition{ID: a.ID, UpdatedAt: a.UpdatedAt}
	}
	for name, tc := range map[string]struct {
		q     store.ApplicationQuery
		want  []int
		total int
		more  bool
	}{
		"newest first":    {store.ApplicationQuery{Limit: 2}, []int{4, 3}, 5, true},
		"second page":     {store.ApplicationQuery{Limit: 2, Offset: 2}, []int{2, 1}, 5, true},
		"cursor":          {store.ApplicationQuery{Limit: 2, After: after(2)}, []int{1, 0}, 5, false},
		"oldest first":    {store.ApplicationQuery{Limit: 9, Sort: store.OldestFirst}, []int{0, 1, 2, 3, 4}, 5, false},
		"last updated":    {store.ApplicationQuery{Limit: 2, Sort: store.LastUpdatedFirst}, []int{1, 4}, 5, true},
		"after an update": {store.ApplicationQuery{Limit: 9, Sort: store.LastUpdatedLast, After: after(3)}, []int{4, 1}, 5, false},
		"of a job":        {store.ApplicationQuery{Limit: 9, ApplicationFilter: store.ApplicationFilter{JobID: jobs[1].ID}}, []int{3, 1}, 2, false},
		"of a status":     {store.ApplicationQuery{Limit: 9, ApplicationFilter: store.ApplicationFilter{Status: board.ApplicationScreened}}, []int{1}, 1, false},
		"updated since":   {store.ApplicationQuery{Limit: 9, ApplicationFilter: store.ApplicationFilter{UpdatedSince: since}}, []int{1}, 1, false},
		"past the end":    {store.ApplicationQuery{Limit: 9, Offset: 9}, []int{}, 5, false},
	} {
		page, err := s.ListApplications(ctx, tenant, tc.q)
		got := []int{}
		for _, a := range page.Applications {
			got = append(got, slices.Index(ids, a.ID))
		}
		if diff := cmp.Diff(tc.want, got); diff != "" || err != nil || page.Total != tc.total || page.More != tc.more {
			t.Errorf("%s: total %d, more %t, %v (-want +got):\n%s", name, page.Total, page.More, err, diff)
		}
	}
	for name, other := range map[string]store.Tenant{
		"employer": account(t, s, "nosy@northwind.example", 0), "mode": {EmployerID: tenant.EmployerID, Mode: board.ModeTest},
	} {
		page, err := s.ListApplications(ctx, other, store.ApplicationQuery{Limit: 9, ApplicationFilter: store.ApplicationFilter{JobID: jobs[0].ID}})
		_, getErr := s.GetApplication(ctx, other, ids[0])
		_, historyErr := s.ApplicationHistory(ctx, other, ids[0])
		_, _, cvErr := s.OpenCV(ctx, other, ids[0])
		if err != nil || page.Total != 0 || codeOf(getErr) != board.CodeNotFound || codeOf(historyErr) != board.CodeNotFound || codeOf(cvErr) != board.CodeNotFound {
			t.Errorf("another %s sees %d, %v, %v, %v, %v", name, page.Total, err, getErr, historyErr, cvErr)
		}
	}
	if _, _, err := s.OpenCV(ctx, tenant, ids[4]); codeOf(err) != board.CodeNotFound {
		t.Errorf("a CV that was not sent: %v", err)
	}
}

func TestACandidateWithdrawsByTheLinkInTheEmail(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := account(t, s, "withdraw@northwind.example", 5)
	a := apply(t, s, ada(active(t, s, tenant, nil)))
	messages, err := s.KeptMessages(ctx, 10)
	if err != nil || len(messages) != 2 {
		t.Fatalf("%d emails, %v", len(messages), err)
	}
	slices.SortFunc(messages, func(x, y store.Message) int { return int(x.ID - y.ID) })
	if messages[0].To != "ada@example.com" || messages[1].To != "jobs@northwind.example" || messages[1].ReplyTo != "ada@example.com" {
		t.Errorf("emails to %s and %s", messages[0].To, messages[1].To)
	}
	link, err := url.Parse(withdrawLink.FindString(messages[0].Text))
	if err != nil {
		t.Fatal(err)
	}
	token := link.Query().Get("token")
	for _, bad := range []string{"", "x", token[:len(token)-1], "A" + token[1:], token[:20] + "A" + token[21:], token + "A"} {
		if bad == token {
			continue
		}
		if _, err := s.WithdrawApplication(ctx, bad); codeOf(err) != board.CodeNotFound {
			t.Errorf("token %q: %v", bad, err)
		}
	}
	if shown, err := s.ApplicationByWithdrawToken(ctx, token); err != nil || shown.ID != a.ID || shown.Status != board.ApplicationNew {
		t.Errorf("shown: %+v, %v", shown, err)
	}
	for range 2 {
		if w, err := s.WithdrawApplication(ctx, token); err != nil || w.Status != board.ApplicationWithdrawn || w.Version != 2 {
			t.Errorf("withdrawn: %+v, %v", w, err)
		}
	}
	want := []string{"candidate.registered", "application.submitted", "application.status_changed", "application.withdrawn", "candidate.status_changed"}
	if got := typesOf(t, s, tenant); !slices.Equal(got, want) {
		t.Errorf("events %v", got)
	}
	if history, err := s.ApplicationHistory(ctx, tenant, a.ID); err != nil || history[1].Actor.Kind != board.ActorCandidate {
		t.Errorf("history %+v, %v", history, err)
	}
	clock.Advance(board.WithdrawLife)
	if _, err := s.WithdrawApplication(ctx, token); codeOf(err) != board.CodeGone {
		t.Errorf("an old link: %v", err)
	}
}
