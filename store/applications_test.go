package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
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

// active makes a job that is public.
func active(t *testing.T, s *store.Store, tenant store.Tenant, change func(*board.JobPatch)) board.Job {
	t.Helper()
	p := complete("IT Manager")
	if change != nil {
		change(&p)
	}
	job := create(t, s, tenant, p)
	job, err := s.PublishJob(context.Background(), store.Principal{Tenant: tenant}, job.ID, nil, store.Precondition{})
	if err != nil {
		t.Fatalf("publish: %v", err)
	}
	return job
}

func ada(job board.Job) store.ApplyParams {
	return store.ApplyParams{
		Mode: job.Mode, JobID: job.ID, Source: board.SourceForm, PublicURL: "https://jobs.example/",
		Applicant: board.Applicant{FirstName: "Ada", LastName: "Lovelace", Email: "ada@example.com", Phone: "+44 20 7946 0000", CoverLetter: "Hello"},
		CV:        &board.Upload{Name: "ada.txt", Bytes: []byte("Ada Lovelace, C++")},
		Trace:     board.Trace{IP: "192.0.2.1", UserAgent: "Mozilla/5.0"},
	}
}

func apply(t *testing.T, s *store.Store, p store.ApplyParams) store.Application {
	t.Helper()
	a, err := s.Apply(context.Background(), p)
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	return a
}

// typesOf are the types of the tenant's events but those of jobs.
func typesOf(t *testing.T, s *store.Store, tenant store.Tenant) []string {
	t.Helper()
	got := []string{}
	for _, e := range events(t, s, tenant).Events {
		if !strings.HasPrefix(string(e.Type), "job.") {
			got = append(got, string(e.Type))
		}
	}
	return got
}

func TestAnApplicationComesBackAsItWasMade(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := account(t, s, "apply@northwind.example", 5)
	job := active(t, s, tenant, func(p *board.JobPatch) { p.Reference = board.Set("PL-001") })
	clock.Advance(time.Minute)
	made := apply(t, s, ada(job))
	sum := sha256.Sum256([]byte("Ada Lovelace, C++"))
	reference := "PL-001"
	want := store.Application{
		Tenant: tenant, ID: made.ID, Version: 1, JobID: job.ID, JobTitle: "IT Manager", JobReference: &reference, CandidateID: made.CandidateID,
		Type: board.TypeEmailApply, Status: board.ApplicationNew, Applicant: ada(job).Applicant,
		CV:        &store.File{ID: made.CV.ID, Name: "ada.txt", MediaType: "text/plain; charset=utf-8", Size: 17, SHA256: sum[:]},
		AppliedAt: clock.Now(), UpdatedAt: clock.Now(),
	}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("applied (-want +got):\n%s", diff)
	}
	read, err := s.GetApplication(ctx, tenant, made.ID)
	if diff := cmp.Diff(made, read); diff != "" || err != nil {
		t.Errorf("read, %v (-want +got):\n%s", err, diff)
	}
	history, err := s.ApplicationHistory(ctx, tenant, made.ID)
	if diff := cmp.Diff([]store.HistoryEntry{{To: board.ApplicationNew, Actor: store.Actor{Kind: board.ActorCandidate}, At: clock.Now()}}, history); diff != "" || err != nil {
		t.Errorf("history, %v (-want +got):\n%s", err, diff)
	}
	all := events(t, s, tenant).Events
	wantData := fmt.Sprintf(`{"applicationId":%d,"jobPostId":%d,"jobTitle":"IT Manager","candidateId":%d,"appliedAt":"2026-03-02T09:31:00Z","applicationType":"EmailApply"}`, made.ID, job.ID, made.CandidateID)
	if last := all[len(all)-1]; last.Type != board.EventApplicationSubmitted || string(last.Data) != wantData {
		t.Errorf("event %s %s, want %s", last.Type, last.Data, wantData)
	}
	candidate, err := s.GetCandidate(ctx, tenant, made.CandidateID)
	if err != nil || candidate.Email != "ada@example.com" || candidate.Source != board.SourceForm {
		t.Errorf("candidate %+v, %v", candidate, err)
	}
}

func TestOneAddressAppliesOnceForAJob(t *testing.T) {
	t.Parallel()
	a, b, _ := twins(t)
	ctx := context.Background()
	tenant := account(t, a, "once@northwind.example", 5)
	job, other := active(t, a, tenant, nil), active(t, a, tenant, nil)
	var wg sync.WaitGroup
	errs := make([]error, 12)
	for i := range errs {
		wg.Go(func() {
			p := ada(job)
			if i%3 == 0 {
				p.Applicant.Email = "ADA@example.com"
			}
			_, errs[i] = []*store.Store{a, b}[i%2].Apply(ctx, p)
		})
	}
	wg.Wait()
	made := 0
	for _, err := range errs {
		switch {
		case err == nil:
			made++
		case !errors.Is(err, board.ErrAlreadyApplied):
			t.Errorf("a twin: %v", err)
		}
	}
	if page, err := a.ListApplications(ctx, tenant, store.ApplicationQuery{Limit: 10}); made != 1 || err != nil || page.Total != 1 {
		t.Errorf("%d made, %d there, %v", made, page.Total, err)
	}
	if got := typesOf(t, a, tenant); !slices.Equal(got, []string{"candidate.registered", "application.submitted"}) {
		t.Errorf("events %v", got)
	}
	// For another job it is the same candidate, as first known.
	p := ada(other)
	p.Applicant.FirstName = "Mallory"
	second := apply(t, b, p)
	if c, err := a.GetCandidate(ctx, tenant, second.CandidateID); err != nil || c.FirstName != "Ada" || second.Applicant.FirstName != "Mallory" {
		t.Errorf("candidate %+v, %v; application %+v", c, err, second.Applicant)
	}
}

func TestNothingIsLeftOfAnApplicationThatIsRolledBack(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	db := raw(t, url)
	tenant := account(t, s, "rollback@northwind.example", 5)
	push := active(t, s, tenant, pushed)
	apply(t, s, ada(push)) // makes the lane
	counts := func() map[string]int {
		n := map[string]int{}
		for _, table := range []string{"candidates", "applications", "application_history", "files", "file_bytes", "messages", "message_files", "deliveries", "delivery_queue", "events"} {
			n[table] = count(t, db, "SELECT count(*) FROM "+table)
		}
		return n
	}
	before := counts()
	boom := errors.New("boom")
	for _, job := range []board.Job{push, active(t, s, tenant, nil)} {
		before["events"] = count(t, db, "SELECT count(*) FROM events")
		err := s.WithTx(context.Background(), func(ctx context.Context, _ *store.Tx) error {
			p := ada(job)
			p.Applicant.Email = "grace@example.com"
			if _, err := s.Apply(ctx, p); err != nil {
				t.Errorf("apply: %v", err)
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Errorf("transaction: %v", err)
		}
		if diff := cmp.Diff(before, counts()); diff != "" {
			t.Errorf("rows (-before +after):\n%s", diff)
		}
	}
}

func TestJobsThatTakeNoApplications(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := account(t, s, "closed@northwind.example", 5)
	open := active(t, s, tenant, nil)
	closed := active(t, s, tenant, func(p *board.JobPatch) { p.Reference = board.Set("PL-002") })
	if _, err := s.DeactivateJob(ctx, tenant, closed.ID, store.Precondition{}); err != nil {
		t.Fatal(err)
	}
	soon := clock.Now().Add(time.Hour)
	expired := create(t, s, tenant, complete("Expired"))
	if _, err := s.PublishJob(ctx, store.Principal{Tenant: tenant}, expired.ID, &soon, store.Precondition{}); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Hour)
	draft := create(t, s, tenant, complete("Draft"))
	byReference := func(reference string) store.ApplyParams {
		p := ada(open)
		p.JobID, p.EmployerID, p.Reference = 0, tenant.EmployerID, reference
		return p
	}
	inTestMode := ada(open)
	inTestMode.Mode = board.ModeTest
	for name, tc := range map[string]struct {
		p    store.ApplyParams
		want error
		code board.Code
	}{
		"closed":                {ada(closed), board.ErrJobClosed, board.CodeConflict},
		"closed, by reference":  {byReference("PL-002"), board.ErrJobClosed, board.CodeConflict},
		"expired":               {ada(expired), board.ErrJobExpired, board.CodeGone},
		"draft":                 {ada(draft), nil, board.CodeNotFound},
		"absent":                {ada(board.Job{ID: 1 << 40, Mode: board.ModeLive}), nil, board.CodeNotFound},
		"absent, by reference":  {byReference("PL-404"), nil, board.CodeNotFound},
		"of the other mode":     {inTestMode, nil, board.CodeNotFound},
		"by another employer's": {func() store.ApplyParams { p := ada(open); p.EmployerID = tenant.EmployerID + 1; return p }(), nil, board.CodeNotFound},
	} {
		_, err := s.Apply(ctx, tc.p)
		if codeOf(err) != tc.code || tc.want != nil && !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %s", name, err, tc.code)
		}
	}
	// A reference that was given to a new job means that one.
	reopened := active(t, s, tenant, func(p *board.JobPatch) { p.Reference = board.Set("PL-002") })
	if a := apply(t, s, byReference("PL-002")); a.JobID != reopened.ID {
		t.Errorf("applied for job %d, want %d", a.JobID, reopened.ID)
	}
}

func TestAJobMayTakeApplicationsFromSomeCountriesOnly(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := account(t, s, "regions@northwind.example", 5)
	job := active(t, s, tenant, nil)
	if _, err := s.SetJobRegions(ctx, tenant, job.ID, []string{"GBR"}); codeOf(err) != board.CodeInvalidRequest {
		t.Errorf("a country that is none: %v", err)
	}
	if _, err := s.SetJobRegions(ctx, tenant, job.ID, []string{"gb", "IE", "GB"}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.JobRegions(ctx, tenant, job.ID); err != nil || !slices.Equal(got, []string{"GB", "IE"}) {
		t.Errorf("regions %v, %v", got, err)
	}
	for country, want := range map[string]error{"FR": board.ErrRegionNotAccepted, "gb": nil, "": nil} {
		p := ada(job)
		p.Country, p.Applicant.Email = country, "from"+country+"@example.com"
		if _, err := s.Apply(ctx, p); !errors.Is(err, want) {
			t.Errorf("from %q: %v, want %v", country, err, want)
		}
	}
	if _, err := s.SetJobRegions(ctx, tenant, job.ID, nil); err != nil {
		t.Fatal(err)
	}
	p := ada(job)
	p.Country = "FR"
	apply(t, s, p)
}

func TestThePushOfASourceIsTakenOnce(t *testing.T) {
	t.Parallel()
	a, b, clock := twins(t)
	ctx := context.Background()
	tenant := account(t, a, "uuid@northwind.example", 5)
	job := active(t, a, tenant, func(p *board.JobPatch) { p.Reference = board.Set("PL-001") })
	push := ada(job)
	push.JobID, push.EmployerID, push.Reference = 0, tenant.EmployerID, "PL-001"
	push.Source, push.UUID = board.SourceCareerjet, "0c8a4c4e-6f0c-4c43-8c3c-2b7f5d8f6a10"
	var wg sync.WaitGroup
	got := make([]store.Application, 8)
	for i := range got {
		wg.Go(func() {
			var err error
			if got[i], err = []*store.Store{a, b}[i%2].Apply(ctx, push); err != nil {
				t.Errorf("push: %v", err)
			}
		})
	}
	wg.Wait()
	fresh := 0
	for _, g := range got {
		if g.ID != got[0].ID || g.Type != board.TypeCareerjetPush {
			t.Errorf("application %d %s, want %d", g.ID, g.Type, got[0].ID)
		}
		if !g.Repeated {
			fresh++
		}
	}
	if fresh != 1 {
		t.Errorf("%d of %d were new", fresh, len(got))
	}
	other := push
	other.Applicant.Email = "eve@example.com"
	if _, err := a.Apply(ctx, other); !errors.Is(err, board.ErrSourceReused) {
		t.Errorf("the same uuid with other content: %v", err)
	}
	otherCV := push
	otherCV.CV = &board.Upload{Name: "ada.txt", Bytes: []byte("Another")}
	if _, err := a.Apply(ctx, otherCV); !errors.Is(err, board.ErrSourceReused) {
		t.Errorf("the same uuid with another CV: %v", err)
	}
	again := push
	again.UUID = "1c8a4c4e-6f0c-4c43-8c3c-2b7f5d8f6a10"
	if _, err := a.Apply(ctx, again); !errors.Is(err, board.ErrAlreadyApplied) {
		t.Errorf("another uuid of the same person: %v", err)
	}
	if got := typesOf(t, a, tenant); !slices.Equal(got, []string{"candidate.registered", "application.submitted"}) {
		t.Errorf("events %v", got)
	}
	// What was accepted is accepted when it comes again after the job has ended.
	clock.Advance(board.DefaultRun)
	if r, err := a.Apply(ctx, push); err != nil || !r.Repeated {
		t.Errorf("after the end: %+v, %v", r, err)
	}
}

func TestACandidateFromAnEmailIsAnEvent(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	tenant := account(t, s, "inbound@northwind.example", 5)
	first, second := active(t, s, tenant, pushed), active(t, s, tenant, nil)
	p := ada(first)
	p.Source = board.SourceEmail
	if a := apply(t, s, p); a.Type != board.TypeEmailApply {
		t.Errorf("type %s", a.Type)
	}
	p = ada(second)
	p.Source = board.SourceEmail
	apply(t, s, p)
	if got := typesOf(t, s, tenant); !slices.Equal(got, []string{"candidate.registered", "candidate.created", "application.submitted", "application.submitted"}) {
		t.Errorf("events %v", got)
	}
}

func TestACVComesBackByteForByteAndInParts(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	tenant := account(t, s, "cv@northwind.example", 5)
	b := append([]byte("%PDF-1.7\n"), make([]byte, 700_000)...)
	for i := range b[9:] {
		b[9+i] = byte(i * 2654435761 >> 13)
	}
	p := ada(active(t, s, tenant, nil))
	p.CV = &board.Upload{Name: "Ada's CV.pdf", Bytes: b}
	a := apply(t, s, p)
	sum := sha256.Sum256(b)
	if !bytes.Equal(a.CV.SHA256, sum[:]) || a.CV.Size != int64(len(b)) || a.CV.MediaType != "application/pdf" || a.CV.TextProblem == "" {
		t.Errorf("file %+v", a.CV)
	}
	f, r, err := s.OpenCV(context.Background(), tenant, a.ID)
	if err != nil || f.Name != "Ada's CV.pdf" {
		t.Fatalf("open: %+v, %v", f, err)
	}
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, b) {
		t.Errorf("read %d bytes, %v; want %d", len(got), err, len(b))
	}
	for header, want := range map[string][]byte{
		"bytes=0-3": b[:4], "bytes=262140-262150": b[262140:262151], "bytes=-5": b[len(b)-5:], "bytes=700000-": b[700000:],
	} {
		w := httptest.NewRecorder()
		req := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		req.Header.Set("Range", header)
		http.ServeContent(w, req, f.Name, a.AppliedAt, r)
		if w.Code != http.StatusPartialContent || !bytes.Equal(w.Body.Bytes(), want) {
			t.Errorf("%s: %d, %d bytes, want %d", header, w.Code, w.Body.Len(), len(want))
		}
	}
}

var withdrawLink = regexp.MustCompile(`https://jobs\.example/applications/withdraw\?token=\S+`)

func TestNobodyIsEmailedInTestMode(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	tenant := account(t, s, "testmode@northwind.example", 0)
	tenant.Mode = board.ModeTest
	apply(t, s, ada(active(t, s, tenant, nil)))
	if messages, err := s.KeptMessages(context.Background(), 10); err != nil || len(messages) != 0 {
		t.Errorf("emails %+v, %v", messages, err)
	}
	if got := typesOf(t, s, tenant); !slices.Equal(got, []string{"candidate.registered", "application.submitted"}) {
		t.Errorf("events %v", got)
	}
}

func TestGoingOnToAJobsOwnAddressIsCounted(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := account(t, s, "forward@northwind.example", 5)
	job := active(t, s, tenant, func(p *board.JobPatch) {
		p.ApplyMethod, p.ApplyURL = board.Set(board.ApplyByURL), board.Set("https://northwind.example/jobs/1")
	})
	for range 3 {
		if to, err := s.ForwardToApplyURL(ctx, board.ModeLive, job.ID); err != nil || to != "https://northwind.example/jobs/1" {
			t.Errorf("forwarded to %q, %v", to, err)
		}
	}
	if n, err := s.JobForwards(ctx, tenant, job.ID); err != nil || n != 3 {
		t.Errorf("%d forwards, %v", n, err)
	}
	if _, err := s.ForwardToApplyURL(ctx, board.ModeLive, active(t, s, tenant, nil).ID); codeOf(err) != board.CodeNotFound {
		t.Errorf("a job that is applied for by email: %v", err)
	}
	if a := apply(t, s, ada(job)); a.Type != board.TypeURLApply {
		t.Errorf("type %s", a.Type)
	}
}

func TestTracesGoAfterThirtyDays(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	clock := storetest.NewClock()
	s := storetest.Open(t, url, storetest.Options(clock))
	db := raw(t, url)
	tenant := account(t, s, "traces@northwind.example", 5)
	job := active(t, s, tenant, nil)
	apply(t, s, ada(job))
	clock.Advance(24 * time.Hour)
	p := ada(job)
	p.Applicant.Email = "grace@example.com"
	apply(t, s, p)
	clock.Advance(board.TraceRetention - 24*time.Hour)
	if n, err := s.PurgeApplicationTraces(context.Background(), 10); err != nil || n != 1 {
		t.Errorf("purged %d, %v", n, err)
	}
	if n := count(t, db, `SELECT count(*) FROM applications WHERE trace_ip IS NOT NULL AND trace_user_agent IS NOT NULL AND email = 'grace@example.com'`); n != 1 {
		t.Errorf("%d younger ones are left", n)
	}
	if n, err := s.PurgeApplicationTraces(context.Background(), 10); err != nil || n != 0 {
		t.Errorf("purged %d more, %v", n, err)
	}
}
