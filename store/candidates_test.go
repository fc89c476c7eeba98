package store_test

import (
	"context"
	"fmt"
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

var partner = store.Actor{Kind: board.ActorKey, ID: 7}

func candidate(t *testing.T, s *store.Store, tenant store.Tenant, id int64) store.Candidate {
	t.Helper()
	c, err := s.GetCandidate(context.Background(), tenant, id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// lastData is the data of the newest event of a type.
func lastData(t *testing.T, s *store.Store, tenant store.Tenant, of board.EventType) string {
	t.Helper()
	data := ""
	for _, e := range events(t, s, tenant).Events {
		if e.Type == of {
			data = string(e.Data)
		}
	}
	return data
}

func TestTheProfileIsReadFromTheNewestCV(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := account(t, s, "profile@northwind.example", 5)
	first, second, third := active(t, s, tenant, nil), active(t, s, tenant, nil), active(t, s, tenant, nil)
	p := ada(first)
	p.Applicant.Phone = ""
	p.CV = &board.Upload{Name: "cv.txt", Bytes: []byte("Ada Lovelace\nSenior DevOps Engineer\nLondon, United Kingdom\nKubernetes, Terraform\n")}
	a := apply(t, s, p)
	c := candidate(t, s, tenant, a.CandidateID)
	if c.Version != 1 || c.Seniority != board.Senior || c.City != "London" || c.Country != "United Kingdom" || c.Latitude == nil || !strings.Contains(c.Title, "DevOps") ||
		c.Applications != 1 || !c.LastAppliedAt.Equal(clock.Now()) || c.Status != board.ApplicationNew {
		t.Errorf("candidate %+v", c)
	}
	for _, skill := range []string{"Kubernetes", "Terraform"} {
		if !slices.Contains(c.Skills, skill) {
			t.Errorf("skills %v without %s", c.Skills, skill)
		}
	}
	clock.Advance(time.Minute)
	p.JobID, p.CV = second.ID, nil
	apply(t, s, p) // tells nothing new
	p.JobID, p.Applicant.Phone, p.CV = third.ID, "+44 20 7946 0000", &board.Upload{Name: "cv.txt", Bytes: []byte("Ada Lovelace, Java developer in Leeds")}
	apply(t, s, p)
	again := candidate(t, s, tenant, a.CandidateID)
	if again.City != "Leeds" || again.Phone == nil || again.Applications != 3 || again.Version != 3 || !again.UpdatedAt.Equal(clock.Now()) {
		t.Errorf("after a new CV %+v", again)
	}
	want := []string{"candidate.registered", "application.submitted", "application.submitted", "candidate.profile_updated", "application.submitted"}
	if diff := cmp.Diff(want, typesOf(t, s, tenant)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	for of, want := range map[board.EventType]string{
		board.EventCandidateRegistered:     fmt.Sprintf(`{"candidateId":%d,"registeredAt":"2026-03-02T09:30:00Z"}`, c.ID),
		board.EventCandidateProfileUpdated: fmt.Sprintf(`{"candidateId":%d,"updatedAt":"2026-03-02T09:31:00Z"}`, c.ID),
	} {
		if got := lastData(t, s, tenant, of); got != want {
			t.Errorf("%s %s, want %s", of, got, want)
		}
	}
	list, err := s.CandidateApplications(context.Background(), tenant, c.ID)
	if err != nil || len(list) != 3 || list[0].JobID != third.ID || list[2].ID != a.ID || list[2].JobTitle != "IT Manager" {
		t.Errorf("applications %+v, %v", list, err)
	}
}

func TestACandidateFollowsTheirApplications(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := account(t, s, "follow@northwind.example", 5)
	a, b := apply(t, s, ada(active(t, s, tenant, nil))), apply(t, s, ada(active(t, s, tenant, nil)))
	clock.Advance(time.Minute)
	steps := []string{}
	step := func(move store.Move, of store.Application) {
		t.Helper()
		move.Actor = partner
		if _, err := s.MoveApplication(ctx, tenant, of.ID, move); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, string(candidate(t, s, tenant, a.CandidateID).Status))
	}
	step(store.Move{To: board.ApplicationInterviewed}, a)
	step(store.Move{To: board.ApplicationScreened}, b) // less far than the other
	step(store.Move{To: board.ApplicationRejected}, a)
	step(store.Move{To: board.ApplicationHired}, b)
	if diff := cmp.Diff([]string{"Interviewed", "Interviewed", "Screened", "Hired"}, steps); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := fmt.Sprintf(`{"candidateId":%d,"previousStatus":"Screened","newStatus":"Hired","changedAt":"2026-03-02T09:31:00Z","automatic":true}`, a.CandidateID)
	if got := lastData(t, s, tenant, board.EventCandidateStatusChanged); got != want {
		t.Errorf("event %s, want %s", got, want)
	}
	history, err := s.CandidateHistory(ctx, tenant, a.CandidateID)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, e := range history {
		got = append(got, fmt.Sprintf("%s %t %s %d", e.To, e.Automatic, e.Actor.Kind, e.Actor.ID))
	}
	if diff := cmp.Diff([]string{"New true candidate 0", "Interviewed true key 7", "Screened true key 7", "Hired true key 7"}, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

func TestACandidateIsMovedByHand(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := account(t, s, "byhand@northwind.example", 5)
	a := apply(t, s, ada(active(t, s, tenant, nil)))
	id, fresh := a.CandidateID, board.ApplicationNew
	moved, err := s.MoveCandidate(ctx, tenant, id, store.Move{To: board.ApplicationOffered, From: &fresh, Reason: " A friend ", Actor: partner, If: store.Precondition{Set: true, Versions: []int64{1}}})
	if err != nil || moved.Status != board.ApplicationOffered || moved.Version != 2 {
		t.Fatalf("%+v, %v", moved, err)
	}
	want := fmt.Sprintf(`{"candidateId":%d,"previousStatus":"New","newStatus":"Offered","changedAt":"2026-03-02T09:30:00Z","automatic":false}`, id)
	if got := lastData(t, s, tenant, board.EventCandidateStatusChanged); got != want {
		t.Errorf("event %s, want %s", got, want)
	}
	before := len(typesOf(t, s, tenant))
	for name, tt := range map[string]struct {
		tenant store.Tenant
		move   store.Move
		want   board.Code
	}{
		"stale":           {tenant, store.Move{To: board.ApplicationHired, From: &fresh}, board.CodeConflict},
		"two steps back":  {tenant, store.Move{To: board.ApplicationScreened}, board.CodeInvalidState},
		"an old version":  {tenant, store.Move{To: board.ApplicationHired, If: store.Precondition{Set: true, Versions: []int64{1}}}, board.CodePreconditionFailed},
		"a long reason":   {tenant, store.Move{To: board.ApplicationHired, Reason: strings.Repeat("x", board.MaxReason+1)}, board.CodeInvalidRequest},
		"other employer":  {account(t, s, "other@byhand.example", 0), store.Move{To: board.ApplicationHired}, board.CodeNotFound},
		"the other mode":  {store.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest}, store.Move{To: board.ApplicationHired}, board.CodeNotFound},
		"where they are":  {tenant, store.Move{To: board.ApplicationOffered}, ""},
		"with its reason": {tenant, store.Move{To: board.ApplicationNew, Reason: "x"}, board.CodeInvalidState},
	} {
		if _, err := s.MoveCandidate(ctx, tt.tenant, id, tt.move); codeOf(err) != tt.want {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	if after := len(typesOf(t, s, tenant)); after != before {
		t.Errorf("%d events for nothing", after-before)
	}
	// What was set by hand stays until an application comes or moves, also when they add up to what they did before.
	another := apply(t, s, ada(active(t, s, tenant, nil)))
	if c := candidate(t, s, tenant, id); c.Status != board.ApplicationNew {
		t.Errorf("after another application %s", c.Status)
	}
	if _, err := s.MoveCandidate(ctx, tenant, id, store.Move{To: board.ApplicationRejected, Actor: partner}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.MoveApplication(ctx, tenant, another.ID, store.Move{To: board.ApplicationWithdrawn, Actor: partner}); err != nil {
		t.Fatal(err)
	}
	if c := candidate(t, s, tenant, id); c.Status != board.ApplicationNew {
		t.Errorf("after an application was withdrawn %s, while another is New", c.Status)
	}
	if _, err := s.MoveApplication(ctx, tenant, a.ID, store.Move{To: board.ApplicationScreened, Actor: partner}); err != nil {
		t.Fatal(err)
	}
	if c := candidate(t, s, tenant, id); c.Status != board.ApplicationScreened {
		t.Errorf("after a move of an application %s", c.Status)
	}
	history, err := s.CandidateHistory(ctx, tenant, id)
	if err != nil || len(history) != 6 || history[1].Reason != "A friend" || history[1].Automatic || *history[1].From != board.ApplicationNew || !history[2].Automatic {
		t.Errorf("history %+v, %v", history, err)
	}
}

func TestTheHistoryOfACandidateIsAppendOnly(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	tenant := account(t, s, "appendonly@northwind.example", 5)
	apply(t, s, ada(active(t, s, tenant, nil)))
	db := raw(t, url)
	for _, statement := range []string{
		`UPDATE candidate_history SET to_status = 'Hired'`, `UPDATE candidate_history SET reason = 'Better'`, `DELETE FROM candidate_history`,
	} {
		if _, err := db.Exec(statement); err == nil || !strings.Contains(err.Error(), "append only") {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

func TestMovesAtOnceLeaveOneStatus(t *testing.T) {
	t.Parallel()
	a, b, _ := twins(t)
	ctx := context.Background()
	tenant := account(t, a, "atonce@northwind.example", 10)
	applications := make([]store.Application, 4)
	for i := range applications {
		applications[i] = apply(t, a, ada(active(t, a, tenant, nil)))
	}
	var wg sync.WaitGroup
	for i, application := range applications {
		wg.Go(func() {
			s := []*store.Store{a, b}[i%2]
			for _, to := range []board.ApplicationStatus{board.ApplicationScreened, board.ApplicationInterviewed, board.ApplicationRejected} {
				if _, err := s.MoveApplication(ctx, tenant, application.ID, store.Move{To: to, Actor: partner}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if c := candidate(t, a, tenant, applications[0].CandidateID); c.Status != board.ApplicationRejected || c.Version != 16 {
		t.Errorf("%s at version %d", c.Status, c.Version)
	}
	// Every event begins where the one before has ended.
	last := board.ApplicationNew
	history, err := a.CandidateHistory(ctx, tenant, applications[0].CandidateID)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range history[1:] {
		if *e.From != last {
			t.Errorf("from %s after %s", *e.From, last)
		}
		last = e.To
	}
}

func TestCandidatesAreListed(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := account(t, s, "list@northwind.example", 9)
	job, other := active(t, s, tenant, nil), active(t, s, tenant, nil)
	var ids []int64
	for i, text := range []string{"Kubernetes and Terraform", "Java", "k8s and Java", ""} {
		clock.Advance(time.Minute)
		p := ada(job)
		if i == 3 {
			p.JobID = other.ID
		}
		p.Applicant.Email, p.Applicant.LastName, p.CV = fmt.Sprintf("ada%d@example.com", i), fmt.Sprintf("Lovelace%d_", i), nil
		if text != "" {
			p.CV = &board.Upload{Name: "cv.txt", Bytes: []byte(text)}
		}
		ids = append(ids, apply(t, s, p).CandidateID)
	}
	clock.Advance(time.Minute)
	if _, err := s.MoveCandidate(ctx, tenant, ids[0], store.Move{To: board.ApplicationHired, Actor: partner}); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		query store.CandidateQuery
		want  []int64
		total int
	}{
		"newest first":  {store.CandidateQuery{}, []int64{ids[3], ids[2], ids[1], ids[0]}, 4},
		"last updated":  {store.CandidateQuery{Sort: store.LastUpdatedFirst}, []int64{ids[0], ids[3], ids[2], ids[1]}, 4},
		"a page":        {store.CandidateQuery{Sort: store.OldestFirst, Limit: 2, Offset: 1}, []int64{ids[1], ids[2]}, 4},
		"after":         {store.CandidateQuery{After: &store.JobPosition{ID: ids[2]}}, []int64{ids[1], ids[0]}, 4},
		"past the end":  {store.CandidateQuery{Offset: 9}, nil, 4},
		"status":        {store.CandidateQuery{CandidateFilter: store.CandidateFilter{Status: board.ApplicationHired}}, []int64{ids[0]}, 1},
		"job":           {store.CandidateQuery{CandidateFilter: store.CandidateFilter{JobID: other.ID}}, []int64{ids[3]}, 1},
		"no such job":   {store.CandidateQuery{CandidateFilter: store.CandidateFilter{JobID: 4711}}, nil, 0},
		"a skill":       {store.CandidateQuery{CandidateFilter: store.CandidateFilter{Skills: []string{"K8S"}}}, []int64{ids[2], ids[0]}, 2},
		"two skills":    {store.CandidateQuery{CandidateFilter: store.CandidateFilter{Skills: []string{"kubernetes", "java"}}}, []int64{ids[2]}, 1},
		"unknown skill": {store.CandidateQuery{CandidateFilter: store.CandidateFilter{Skills: []string{"juggling"}}}, nil, 0},
		"words":         {store.CandidateQuery{CandidateFilter: store.CandidateFilter{Words: []string{"LOVELACE1_", "ada"}}}, []int64{ids[1]}, 1},
		"word of skill": {store.CandidateQuery{CandidateFilter: store.CandidateFilter{Words: []string{"terraf"}}}, []int64{ids[0]}, 1},
		"a wild card":   {store.CandidateQuery{CandidateFilter: store.CandidateFilter{Words: []string{"Lovelace%_"}}}, nil, 0},
		"since":         {store.CandidateQuery{CandidateFilter: store.CandidateFilter{UpdatedSince: clock.Now()}}, []int64{ids[0]}, 1},
	} {
		if tt.query.Limit == 0 {
			tt.query.Limit = 10
		}
		page, err := s.ListCandidates(ctx, tenant, tt.query)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got []int64
		for _, c := range page.Candidates {
			got = append(got, c.ID)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || page.Total != tt.total || page.More != (name == "a page") {
			t.Errorf("%s: total %d, more %t (-want +got):\n%s", name, page.Total, page.More, diff)
		}
	}
	page, err := s.ListCandidates(ctx, tenant, store.CandidateQuery{Limit: 1})
	if diff := cmp.Diff(candidate(t, s, tenant, ids[3]), page.Candidates[0]); diff != "" || err != nil {
		t.Errorf("listed and read differ, %v (-read +listed):\n%s", err, diff)
	}
	if _, err := s.EraseApplicant(ctx, tenant, ids[3]); err != nil {
		t.Fatal(err)
	}
	for name, who := range map[string]store.Tenant{"erased": tenant, "other": account(t, s, "other@list.example", 0), "test": {EmployerID: tenant.EmployerID, Mode: board.ModeTest}} {
		page, err := s.ListCandidates(ctx, who, store.CandidateQuery{Limit: 10, CandidateFilter: store.CandidateFilter{JobID: other.ID}})
		if err != nil || page.Total != 0 || len(page.Candidates) != 0 {
			t.Errorf("%s: %+v, %v", name, page, err)
		}
	}
}

func TestAnExportHasEverythingThatIsKept(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := account(t, s, "export@northwind.example", 5)
	a := apply(t, s, ada(active(t, s, tenant, nil)))
	i := interviewWith(t, s, a)
	call := callWith(t, s, a)
	if _, err := s.MoveApplication(ctx, tenant, a.ID, store.Move{To: board.ApplicationScreened, Reason: "Good", Actor: partner}); err != nil {
		t.Fatal(err)
	}
	x, err := s.ExportCandidate(ctx, tenant, a.CandidateID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(candidate(t, s, tenant, a.CandidateID), x.Candidate); diff != "" || len(x.History) != 2 {
		t.Errorf("candidate with %d moves (-want +got):\n%s", len(x.History), diff)
	}
	if len(x.Applications) != 1 || len(x.Applications[0].History) != 2 || x.Applications[0].Trace != ada(board.Job{}).Trace || x.Applications[0].Applicant != a.Applicant {
		t.Errorf("applications %+v", x.Applications)
	}
	if diff := cmp.Diff([]store.ExportedFile{{File: *a.CV, ApplicationID: a.ID, CreatedAt: a.AppliedAt}}, x.Files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]store.Interview{i}, x.Interviews); diff != "" {
		t.Errorf("interviews (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]store.AICall{call}, x.AICalls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	got := []string{}
	for _, e := range x.Events {
		got = append(got, string(e.Type))
	}
	want := []string{
		"candidate.registered", "application.submitted", "interview.scheduled", "ai_call.completed", "application.status_changed", "candidate.status_changed",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	got = []string{}
	for _, m := range x.Messages {
		got = append(got, m.To+" "+m.Subject)
	}
	want = []string{
		"ada@example.com Your application: IT Manager", "jobs@northwind.example Application for IT Manager: Ada Lovelace",
		"ada@example.com Interview: IT Manager", "grace@northwind.example Interview: IT Manager",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("emails (-want +got):\n%s", diff)
	}
	if _, err := s.ExportCandidate(ctx, account(t, s, "other@export.example", 0), a.CandidateID); codeOf(err) != board.CodeNotFound {
		t.Errorf("another employer's: %v", err)
	}
}
