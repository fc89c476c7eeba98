package pipeline_test

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
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/erase"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func candidate(t *testing.T, s *store.Store, tenant board.Tenant, id int64) pipeline.Candidate {
	t.Helper()
	c, err := s.Pipeline.Candidate(context.Background(), tenant, id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// lastData is the data of the newest event of a type.
func lastData(t *testing.T, s *store.Store, tenant board.Tenant, of event.Type) string {
	t.Helper()
	data := ""
	for _, e := range fixture.Events(t, s, tenant).Events {
		if e.Type == of {
			data = string(e.Data)
		}
	}
	return data
}

func TestTheProfileIsReadFromTheNewestCV(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := fixture.Account(t, s, "profile@northwind.example", 5)
	first, second, third := fixture.Active(t, s, tenant, nil), fixture.Active(t, s, tenant, nil), fixture.Active(t, s, tenant, nil)
	p := fixture.Ada(first)
	p.Applicant.Phone = ""
	p.CV = &board.Upload{Name: "cv.txt", Bytes: []byte("Ada Lovelace\nSenior DevOps Engineer\nLondon, United Kingdom\nKubernetes, Terraform\n")}
	a := fixture.Apply(t, s, p)
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
	fixture.Apply(t, s, p) // tells nothing new
	p.JobID, p.Applicant.Phone, p.CV = third.ID, "+44 20 7946 0000", &board.Upload{Name: "cv.txt", Bytes: []byte("Ada Lovelace, Java developer in Leeds")}
	fixture.Apply(t, s, p)
	again := candidate(t, s, tenant, a.CandidateID)
	if again.City != "Leeds" || again.Phone == nil || again.Applications != 3 || again.Version != 3 || !again.UpdatedAt.Equal(clock.Now()) {
		t.Errorf("after a new CV %+v", again)
	}
	want := []string{"candidate.registered", "application.submitted", "application.submitted", "candidate.profile_updated", "application.submitted"}
	if diff := cmp.Diff(want, fixture.TypesOf(t, s, tenant)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	for of, want := range map[event.Type]string{
		event.CandidateRegistered:     fmt.Sprintf(`{"candidateId":%d,"registeredAt":"2026-03-02T09:30:00Z"}`, c.ID),
		event.CandidateProfileUpdated: fmt.Sprintf(`{"candidateId":%d,"updatedAt":"2026-03-02T09:31:00Z"}`, c.ID),
	} {
		if got := lastData(t, s, tenant, of); got != want {
			t.Errorf("%s %s, want %s", of, got, want)
		}
	}
	list, err := s.Pipeline.CandidateApplications(context.Background(), tenant, c.ID)
	if err != nil || len(list) != 3 || list[0].JobID != third.ID || list[2].ID != a.ID || list[2].JobTitle != "IT Manager" {
		t.Errorf("applications %+v, %v", list, err)
	}
}

func TestACandidateFollowsTheirApplications(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "follow@northwind.example", 5)
	a, b := fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, nil))), fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, nil)))
	clock.Advance(time.Minute)
	steps := []string{}
	step := func(move pipeline.Move, of pipeline.Application) {
		t.Helper()
		move.Actor = fixture.Partner
		if _, err := s.Pipeline.MoveApplication(ctx, tenant, of.ID, move); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, string(candidate(t, s, tenant, a.CandidateID).Status))
	}
	step(pipeline.Move{To: board.ApplicationInterviewed}, a)
	step(pipeline.Move{To: board.ApplicationScreened}, b) // less far than the other
	step(pipeline.Move{To: board.ApplicationRejected}, a)
	step(pipeline.Move{To: board.ApplicationHired}, b)
	if diff := cmp.Diff([]string{"Interviewed", "Interviewed", "Screened", "Hired"}, steps); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := fmt.Sprintf(`{"candidateId":%d,"previousStatus":"Screened","newStatus":"Hired","changedAt":"2026-03-02T09:31:00Z","automatic":true}`, a.CandidateID)
	if got := lastData(t, s, tenant, event.CandidateStatusChanged); got != want {
		t.Errorf("event %s, want %s", got, want)
	}
	history, err := s.Pipeline.CandidateHistory(ctx, tenant, a.CandidateID)
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
	tenant := fixture.Account(t, s, "byhand@northwind.example", 5)
	a := fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, nil)))
	id, fresh := a.CandidateID, board.ApplicationNew
	moved, err := s.Pipeline.MoveCandidate(ctx, tenant, id, pipeline.Move{To: board.ApplicationOffered, From: &fresh, Reason: " A friend ", Actor: fixture.Partner, If: board.Precondition{Set: true, Versions: []int64{1}}})
	if err != nil || moved.Status != board.ApplicationOffered || moved.Version != 2 {
		t.Fatalf("%+v, %v", moved, err)
	}
	want := fmt.Sprintf(`{"candidateId":%d,"previousStatus":"New","newStatus":"Offered","changedAt":"2026-03-02T09:30:00Z","automatic":false}`, id)
	if got := lastData(t, s, tenant, event.CandidateStatusChanged); got != want {
		t.Errorf("event %s, want %s", got, want)
	}
	before := len(fixture.TypesOf(t, s, tenant))
	for name, tt := range map[string]struct {
		tenant board.Tenant
		move   pipeline.Move
		want   board.Code
	}{
		"stale":           {tenant, pipeline.Move{To: board.ApplicationHired, From: &fresh}, board.CodeConflict},
		"two steps back":  {tenant, pipeline.Move{To: board.ApplicationScreened}, board.CodeInvalidState},
		"an old version":  {tenant, pipeline.Move{To: board.ApplicationHired, If: board.Precondition{Set: true, Versions: []int64{1}}}, board.CodePreconditionFailed},
		"a long reason":   {tenant, pipeline.Move{To: board.ApplicationHired, Reason: strings.Repeat("x", board.MaxReason+1)}, board.CodeInvalidRequest},
		"other employer":  {fixture.Account(t, s, "other@byhand.example", 0), pipeline.Move{To: board.ApplicationHired}, board.CodeNotFound},
		"the other mode":  {board.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest}, pipeline.Move{To: board.ApplicationHired}, board.CodeNotFound},
		"where they are":  {tenant, pipeline.Move{To: board.ApplicationOffered}, ""},
		"with its reason": {tenant, pipeline.Move{To: board.ApplicationNew, Reason: "x"}, board.CodeInvalidState},
	} {
		if _, err := s.Pipeline.MoveCandidate(ctx, tt.tenant, id, tt.move); fixture.CodeOf(err) != tt.want {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	if after := len(fixture.TypesOf(t, s, tenant)); after != before {
		t.Errorf("%d events for nothing", after-before)
	}
	// What was set by hand stays until an application comes or moves, also when they add up to what they did before.
	another := fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, nil)))
	if c := candidate(t, s, tenant, id); c.Status != board.ApplicationNew {
		t.Errorf("after another application %s", c.Status)
	}
	if _, err := s.Pipeline.MoveCandidate(ctx, tenant, id, pipeline.Move{To: board.ApplicationRejected, Actor: fixture.Partner}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Pipeline.MoveApplication(ctx, tenant, another.ID, pipeline.Move{To: board.ApplicationWithdrawn, Actor: fixture.Partner}); err != nil {
		t.Fatal(err)
	}
	if c := candidate(t, s, tenant, id); c.Status != board.ApplicationNew {
		t.Errorf("after an application was withdrawn %s, while another is New", c.Status)
	}
	if _, err := s.Pipeline.MoveApplication(ctx, tenant, a.ID, pipeline.Move{To: board.ApplicationScreened, Actor: fixture.Partner}); err != nil {
		t.Fatal(err)
	}
	if c := candidate(t, s, tenant, id); c.Status != board.ApplicationScreened {
		t.Errorf("after a move of an application %s", c.Status)
	}
	history, err := s.Pipeline.CandidateHistory(ctx, tenant, id)
	if err != nil || len(history) != 6 || history[1].Reason != "A friend" || history[1].Automatic || *history[1].From != board.ApplicationNew || !history[2].Automatic {
		t.Errorf("history %+v, %v", history, err)
	}
}

func TestTheHistoryOfACandidateIsAppendOnly(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	tenant := fixture.Account(t, s, "appendonly@northwind.example", 5)
	fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, nil)))
	db := fixture.Raw(t, url)
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
	a, b, _ := fixture.AtOnce(t)
	ctx := context.Background()
	tenant := fixture.Account(t, a, "atonce@northwind.example", 10)
	applications := make([]pipeline.Application, 4)
	for i := range applications {
		applications[i] = fixture.Apply(t, a, fixture.Ada(fixture.Active(t, a, tenant, nil)))
	}
	var wg sync.WaitGroup
	for i, application := range applications {
		wg.Go(func() {
			s := []*store.Store{a, b}[i%2]
			for _, to := range []board.ApplicationStatus{board.ApplicationScreened, board.ApplicationInterviewed, board.ApplicationRejected} {
				if _, err := s.Pipeline.MoveApplication(ctx, tenant, application.ID, pipeline.Move{To: to, Actor: fixture.Partner}); err != nil {
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
	history, err := a.Pipeline.CandidateHistory(ctx, tenant, applications[0].CandidateID)
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
	tenant := fixture.Account(t, s, "list@northwind.example", 9)
	job, other := fixture.Active(t, s, tenant, nil), fixture.Active(t, s, tenant, nil)
	var ids []int64
	for i, text := range []string{"Kubernetes and Terraform", "Java", "k8s and Java", ""} {
		clock.Advance(time.Minute)
		p := fixture.Ada(job)
		if i == 3 {
			p.JobID = other.ID
		}
		p.Applicant.Email, p.Applicant.LastName, p.CV = fmt.Sprintf("ada%d@example.com", i), fmt.Sprintf("Lovelace%d_", i), nil
		if text != "" {
			p.CV = &board.Upload{Name: "cv.txt", Bytes: []byte(text)}
		}
		ids = append(ids, fixture.Apply(t, s, p).CandidateID)
	}
	clock.Advance(time.Minute)
	if _, err := s.Pipeline.MoveCandidate(ctx, tenant, ids[0], pipeline.Move{To: board.ApplicationHired, Actor: fixture.Partner}); err != nil {
		t.Fatal(err)
	}
	foreign := fixture.Account(t, s, "words@northwind.example", 9)
	named := fixture.Ada(fixture.Active(t, s, foreign, nil))
	named.Applicant.FirstName, named.Applicant.LastName, named.CV = "Zoe\u0308 花子", "O’Brien-Łukasz 山田太郎", nil
	found := fixture.Apply(t, s, named).CandidateID
	for _, words := range []string{"zoe", "Zoë", "ZOE\u0308 o'brien", "OBRIEN", "o'bri", "lukasz", "Ｌｕｋａｓｚ", "O'Brien-Łuk", "山田", "太郎 花", "' +"} {
		page, err := s.Pipeline.Candidates(ctx, foreign, pipeline.CandidateQuery{CandidateFilter: pipeline.CandidateFilter{Words: strings.Fields(words)}, Limit: 9})
		if err != nil {
			t.Fatalf("%s: %v", words, err)
		}
		if got := len(page.Items) == 1 && page.Items[0].ID == found; got != (words != "' +") {
			t.Errorf("%s: found is %t", words, got)
		}
		applications, err := s.Pipeline.Applications(ctx, foreign, pipeline.ApplicationQuery{ApplicationFilter: pipeline.ApplicationFilter{Words: strings.Fields(words)}, Limit: 9})
		if err != nil || len(applications.Items) != len(page.Items) {
			t.Errorf("%s: %d applications, %v", words, len(applications.Items), err)
		}
		if len(page.Items) == 1 && page.Items[0].FirstName != "Zoë 花子" {
			t.Errorf("the name is kept as %+q", page.Items[0].FirstName)
		}
	}
	for name, tt := range map[string]struct {
		query pipeline.CandidateQuery
		want  []int64
		total int
	}{
		"newest first":  {pipeline.CandidateQuery{}, []int64{ids[3], ids[2], ids[1], ids[0]}, 4},
		"last updated":  {pipeline.CandidateQuery{Sort: pg.LastUpdatedFirst}, []int64{ids[0], ids[3], ids[2], ids[1]}, 4},
		"a page":        {pipeline.CandidateQuery{Sort: pg.OldestFirst, Limit: 2, Offset: 1}, []int64{ids[1], ids[2]}, 4},
		"after":         {pipeline.CandidateQuery{After: &pg.Position{ID: ids[2]}}, []int64{ids[1], ids[0]}, 4},
		"past the end":  {pipeline.CandidateQuery{Offset: 9}, nil, 4},
		"status":        {pipeline.CandidateQuery{CandidateFilter: pipeline.CandidateFilter{Statuses: []board.ApplicationStatus{board.ApplicationHired}}}, []int64{ids[0]}, 1},
		"job":           {pipeline.CandidateQuery{CandidateFilter: pipeline.CandidateFilter{JobID: other.ID}}, []int64{ids[3]}, 1},
		"no such job":   {pipeline.CandidateQuery{CandidateFilter: pipeline.CandidateFilter{JobID: 4711}}, nil, 0},
		"a skill":       {pipeline.CandidateQuery{CandidateFilter: pipeline.CandidateFilter{Skills: []string{"K8S"}}}, []int64{ids[2], ids[0]}, 2},
		"two skills":    {pipeline.CandidateQuery{CandidateFilter: pipeline.CandidateFilter{Skills: []string{"kubernetes", "java"}}}, []int64{ids[2]}, 1},
		"unknown skill": {pipeline.CandidateQuery{CandidateFilter: pipeline.CandidateFilter{Skills: []string{"juggling"}}}, nil, 0},
		"words":         {pipeline.CandidateQuery{CandidateFilter: pipeline.CandidateFilter{Words: []string{"LOVELACE1_", "ada"}}}, []int64{ids[1]}, 1},
		"word of skill": {pipeline.CandidateQuery{CandidateFilter: pipeline.CandidateFilter{Words: []string{"terraf"}}}, []int64{ids[0]}, 1},
		"a wild card":   {pipeline.CandidateQuery{CandidateFilter: pipeline.CandidateFilter{Words: []string{"Lovelace%_"}}}, nil, 0},
		"since":         {pipeline.CandidateQuery{CandidateFilter: pipeline.CandidateFilter{UpdatedSince: clock.Now()}}, []int64{ids[0]}, 1},
	} {
		if tt.query.Limit == 0 {
			tt.query.Limit = 10
		}
		page, err := s.Pipeline.Candidates(ctx, tenant, tt.query)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got []int64
		for _, c := range page.Items {
			got = append(got, c.ID)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || page.Total != tt.total || page.More != (name == "a page") {
			t.Errorf("%s: total %d, more %t (-want +got):\n%s", name, page.Total, page.More, diff)
		}
	}
	page, err := s.Pipeline.Candidates(ctx, tenant, pipeline.CandidateQuery{Limit: 1})
	if diff := cmp.Diff(candidate(t, s, tenant, ids[3]), page.Items[0]); diff != "" || err != nil {
		t.Errorf("listed and read differ, %v (-read +listed):\n%s", err, diff)
	}
	if _, err := s.Erasure.EraseCandidate(ctx, tenant, ids[3], board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	for name, who := range map[string]board.Tenant{"erased": tenant, "other": fixture.Account(t, s, "other@list.example", 0), "test": {EmployerID: tenant.EmployerID, Mode: board.ModeTest}} {
		page, err := s.Pipeline.Candidates(ctx, who, pipeline.CandidateQuery{Limit: 10, CandidateFilter: pipeline.CandidateFilter{JobID: other.ID}})
		if err != nil || page.Total != 0 || len(page.Items) != 0 {
			t.Errorf("%s: %+v, %v", name, page, err)
		}
	}
}

func TestAnExportHasEverythingThatIsKept(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "export@northwind.example", 5)
	a := fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, nil)))
	i := interviewWith(t, s, a)
	call := callWith(t, s, a)
	if _, err := s.Pipeline.MoveApplication(ctx, tenant, a.ID, pipeline.Move{To: board.ApplicationScreened, Reason: "Good", Actor: fixture.Partner}); err != nil {
		t.Fatal(err)
	}
	x, err := s.Erasure.ExportCandidate(ctx, tenant, a.CandidateID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(candidate(t, s, tenant, a.CandidateID), x.Candidate); diff != "" || len(x.History) != 2 {
		t.Errorf("candidate with %d moves (-want +got):\n%s", len(x.History), diff)
	}
	if len(x.Applications) != 1 || len(x.Applications[0].History) != 2 || x.Applications[0].Trace != fixture.Ada(board.Job{}).Trace || x.Applications[0].Applicant != a.Applicant {
		t.Errorf("applications %+v", x.Applications)
	}
	if diff := cmp.Diff([]erase.File{{File: *a.CV, ApplicationID: a.ID, CreatedAt: a.AppliedAt}}, x.Files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]pipeline.Interview{i}, x.Interviews); diff != "" {
		t.Errorf("interviews (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]pipeline.AICall{call}, x.AICalls); diff != "" {
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
	if _, err := s.Erasure.ExportCandidate(ctx, fixture.Account(t, s, "other@export.example", 0), a.CandidateID); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("another employer's: %v", err)
	}
}
