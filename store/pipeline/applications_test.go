package pipeline_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func TestAnApplicationComesBackAsItWasMade(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "apply@northwind.example", 5)
	job := fixture.Active(t, s, tenant, func(p *board.JobPatch) { p.Reference = board.Set("PL-001") })
	clock.Advance(time.Minute)
	made := fixture.Apply(t, s, fixture.Ada(job))
	sum := sha256.Sum256([]byte("Ada Lovelace, C++"))
	reference := "PL-001"
	want := pipeline.Application{
		Tenant: tenant, ID: made.ID, Version: 1, JobID: job.ID, JobTitle: "IT Manager", JobReference: &reference, CandidateID: made.CandidateID,
		Type: board.TypeEmailApply, Status: board.ApplicationNew, Applicant: fixture.Ada(job).Applicant,
		CV:        &board.File{ID: made.CV.ID, Name: "ada.txt", MediaType: "text/plain; charset=utf-8", Size: 17, SHA256: sum[:]},
		AppliedAt: clock.Now(), UpdatedAt: clock.Now(),
	}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("applied (-want +got):\n%s", diff)
	}
	read, err := s.Pipeline.Application(ctx, tenant, made.ID)
	if diff := cmp.Diff(made, read); diff != "" || err != nil {
		t.Errorf("read, %v (-want +got):\n%s", err, diff)
	}
	history, err := s.Pipeline.ApplicationHistory(ctx, tenant, made.ID)
	if diff := cmp.Diff([]pipeline.HistoryEntry{{To: board.ApplicationNew, Actor: pipeline.Actor{Kind: board.ActorCandidate}, At: clock.Now()}}, history); diff != "" || err != nil {
		t.Errorf("history, %v (-want +got):\n%s", err, diff)
	}
	all := fixture.Events(t, s, tenant).Events
	wantData := fmt.Sprintf(`{"applicationId":%d,"jobPostId":%d,"jobTitle":"IT Manager","candidateId":%d,"appliedAt":"2026-03-02T09:31:00Z","applicationType":"EmailApply"}`, made.ID, job.ID, made.CandidateID)
	if last := all[len(all)-1]; last.Type != event.ApplicationSubmitted || string(last.Data) != wantData {
		t.Errorf("event %s %s, want %s", last.Type, last.Data, wantData)
	}
	candidate, err := s.Pipeline.Candidate(ctx, tenant, made.CandidateID)
	if err != nil || candidate.Email != "ada@example.com" || candidate.Source != board.SourceForm {
		t.Errorf("candidate %+v, %v", candidate, err)
	}
}

// A file is called as its sender likes. PostgreSQL takes no zero byte, and a name may look like the way in which JSON writes one.
func TestFilesThatWereLeftOutHaveAnyName(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	tenant := fixture.Account(t, s, "names@northwind.example", 5)
	p := fixture.Ada(fixture.Active(t, s, tenant, nil))
	p.Unread = []board.UnreadFile{{Name: `C:\u0000.p7m`, Reason: board.ReasonSealed}, {Name: "b\x00.p7m", Reason: board.ReasonSealed}, {Name: "\xff", Reason: board.ReasonSealed}}
	a := fixture.Apply(t, s, p)
	want := []board.UnreadFile{{Name: `C:\u0000.p7m`, Reason: board.ReasonSealed}, {Name: "b.p7m", Reason: board.ReasonSealed}, {Name: "\uFFFD", Reason: board.ReasonSealed}}
	if diff := cmp.Diff(want, a.UnreadFiles); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOneAddressAppliesOnceForAJob(t *testing.T) {
	t.Parallel()
	a, b, _ := fixture.AtOnce(t)
	ctx := context.Background()
	tenant := fixture.Account(t, a, "once@northwind.example", 5)
	job, other := fixture.Active(t, a, tenant, nil), fixture.Active(t, a, tenant, nil)
	var wg sync.WaitGroup
	errs := make([]error, 12)
	for i := range errs {
		wg.Go(func() {
			p := fixture.Ada(job)
			if i%3 == 0 {
				p.Applicant.Email = "ADA@example.com"
			}
			_, errs[i] = []*store.Store{a, b}[i%2].Pipeline.Apply(ctx, p)
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
	if page, err := a.Pipeline.Applications(ctx, tenant, pipeline.ApplicationQuery{Limit: 10}); made != 1 || err != nil || page.Total != 1 {
		t.Errorf("%d made, %d there, %v", made, page.Total, err)
	}
	if got := fixture.TypesOf(t, a, tenant); !slices.Equal(got, []string{"candidate.registered", "application.submitted"}) {
		t.Errorf("events %v", got)
	}
	// For another job it is the same candidate, as first known.
	p := fixture.Ada(other)
	p.Applicant.FirstName = "Mallory"
	second := fixture.Apply(t, b, p)
	if c, err := a.Pipeline.Candidate(ctx, tenant, second.CandidateID); err != nil || c.FirstName != "Ada" || second.Applicant.FirstName != "Mallory" {
		t.Errorf("candidate %+v, %v; application %+v", c, err, second.Applicant)
	}
}

func TestNothingIsLeftOfAnApplicationThatIsRolledBack(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	db := fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "rollback@northwind.example", 5)
	push := fixture.Active(t, s, tenant, fixture.Pushed)
	fixture.Apply(t, s, fixture.Ada(push)) // makes the lane
	counts := func() map[string]int {
		n := map[string]int{}
		for _, table := range []string{"candidates", "applications", "application_history", "files", "file_bytes", "messages", "message_files", "deliveries", "delivery_queue", "events"} {
			n[table] = fixture.Count(t, db, "SELECT count(*) FROM "+table)
		}
		return n
	}
	before := counts()
	boom := errors.New("boom")
	for _, job := range []board.Job{push, fixture.Active(t, s, tenant, nil)} {
		before["events"] = fixture.Count(t, db, "SELECT count(*) FROM events")
		p := fixture.Ada(job)
		p.Applicant.Email = "grace@example.com"
		if err := s.WithTx(context.Background(), func(ctx context.Context) error {
			_, err := s.Pipeline.Apply(ctx, p)
			return err
		}); !errors.Is(err, board.ErrUnavailable) {
			t.Errorf("a CV was read in a transaction: %v", err)
		}
		read, err := s.Pipeline.ReadAhead(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		err = s.WithTx(read, func(ctx context.Context) error {
			if _, err := s.Pipeline.Apply(ctx, p); err != nil {
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
	tenant := fixture.Account(t, s, "closed@northwind.example", 5)
	open := fixture.Active(t, s, tenant, nil)
	closed := fixture.Active(t, s, tenant, func(p *board.JobPatch) { p.Reference = board.Set("PL-002") })
	if _, err := s.Jobs.Deactivate(ctx, tenant, closed.ID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	soon := clock.Now().Add(time.Hour)
	expired := fixture.Create(t, s, tenant, fixture.Complete("Expired"))
	if _, err := s.Jobs.Publish(ctx, account.Principal{Tenant: tenant}, expired.ID, &soon, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Hour)
	draft := fixture.Create(t, s, tenant, fixture.Complete("Draft"))
	byReference := func(reference string) pipeline.ApplyParams {
		p := fixture.Ada(open)
		p.JobID, p.EmployerID, p.Reference = 0, tenant.EmployerID, reference
		return p
	}
	inTestMode := fixture.Ada(open)
	inTestMode.Mode = board.ModeTest
	for name, tc := range map[string]struct {
		p    pipeline.ApplyParams
		want error
		code board.Code
	}{
		"closed":                {fixture.Ada(closed), board.ErrJobClosed, board.CodeGone},
		"closed, by reference":  {byReference("PL-002"), board.ErrJobClosed, board.CodeGone},
		"expired":               {fixture.Ada(expired), board.ErrJobExpired, board.CodeGone},
		"draft":                 {fixture.Ada(draft), nil, board.CodeNotFound},
		"absent":                {fixture.Ada(board.Job{ID: 1 << 40, Mode: board.ModeLive}), nil, board.CodeNotFound},
		"absent, by reference":  {byReference("PL-404"), nil, board.CodeNotFound},
		"of the other mode":     {inTestMode, nil, board.CodeNotFound},
		"by another employer's": {func() pipeline.ApplyParams { p := fixture.Ada(open); p.EmployerID = tenant.EmployerID + 1; return p }(), nil, board.CodeNotFound},
	} {
		_, err := s.Pipeline.Apply(ctx, tc.p)
		if fixture.CodeOf(err) != tc.code || tc.want != nil && !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %s", name, err, tc.code)
		}
	}
	// A reference that was given to a new job means that one.
	reopened := fixture.Active(t, s, tenant, func(p *board.JobPatch) { p.Reference = board.Set("PL-002") })
	if a := fixture.Apply(t, s, byReference("PL-002")); a.JobID != reopened.ID {
		t.Errorf("applied for job %d, want %d", a.JobID, reopened.ID)
	}
}

func TestAJobMayTakeApplicationsFromSomeCountriesOnly(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "regions@northwind.example", 5)
	job := fixture.Active(t, s, tenant, nil)
	if _, err := s.Jobs.SetRegions(ctx, tenant, job.ID, []string{"GBR"}, board.Precondition{}); fixture.CodeOf(err) != board.CodeInvalidRequest {
		t.Errorf("a country that is none: %v", err)
	}
	if _, err := s.Jobs.SetRegions(ctx, tenant, job.ID, []string{"gb", "IE", "GB"}, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Jobs.Regions(ctx, tenant, job.ID); err != nil || !slices.Equal(got, []string{"GB", "IE"}) {
		t.Errorf("regions %v, %v", got, err)
	}
	for country, want := range map[string]error{"FR": board.ErrRegionNotAccepted, "gb": nil, "": nil} {
		p := fixture.Ada(job)
		p.Country, p.Applicant.Email = country, "from"+country+"@example.com"
		if _, err := s.Pipeline.Apply(ctx, p); !errors.Is(err, want) {
			t.Errorf("from %q: %v, want %v", country, err, want)
		}
	}
	if _, err := s.Jobs.SetRegions(ctx, tenant, job.ID, nil, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	p := fixture.Ada(job)
	p.Country = "FR"
	fixture.Apply(t, s, p)
}

func TestThePushOfASourceIsTakenOnce(t *testing.T) {
	t.Parallel()
	a, b, clock := fixture.AtOnce(t)
	ctx := context.Background()
	tenant := fixture.Account(t, a, "uuid@northwind.example", 5)
	job := fixture.Active(t, a, tenant, func(p *board.JobPatch) { p.Reference = board.Set("PL-001") })
	push := fixture.Ada(job)
	push.JobID, push.EmployerID, push.Reference = 0, tenant.EmployerID, "PL-001"
	push.Source, push.UUID = board.SourceCareerjet, "0c8a4c4e-6f0c-4c43-8c3c-2b7f5d8f6a10"
	var wg sync.WaitGroup
	got := make([]pipeline.Application, 8)
	for i := range got {
		wg.Go(func() {
			var err error
			if got[i], err = []*store.Store{a, b}[i%2].Pipeline.Apply(ctx, push); err != nil {
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
	if _, err := a.Pipeline.Apply(ctx, other); !errors.Is(err, board.ErrSourceReused) {
		t.Errorf("the same uuid with other content: %v", err)
	}
	otherCV := push
	otherCV.CV = &board.Upload{Name: "ada.txt", Bytes: []byte("Another")}
	if _, err := a.Pipeline.Apply(ctx, otherCV); !errors.Is(err, board.ErrSourceReused) {
		t.Errorf("the same uuid with another CV: %v", err)
	}
	again := push
	again.UUID = "1c8a4c4e-6f0c-4c43-8c3c-2b7f5d8f6a10"
	if _, err := a.Pipeline.Apply(ctx, again); !errors.Is(err, board.ErrAlreadyApplied) {
		t.Errorf("another uuid of the same person: %v", err)
	}
	if got := fixture.TypesOf(t, a, tenant); !slices.Equal(got, []string{"candidate.registered", "application.submitted"}) {
		t.Errorf("events %v", got)
	}
	// What was accepted is accepted when it comes again after the job has ended.
	clock.Advance(board.DefaultRun)
	if r, err := a.Pipeline.Apply(ctx, push); err != nil || !r.Repeated {
		t.Errorf("after the end: %+v, %v", r, err)
	}
}

func TestACandidateFromAnEmailIsAnEvent(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	tenant := fixture.Account(t, s, "inbound@northwind.example", 5)
	first, second := fixture.Active(t, s, tenant, fixture.Pushed), fixture.Active(t, s, tenant, nil)
	p := fixture.Ada(first)
	p.Source = board.SourceEmail
	if a := fixture.Apply(t, s, p); a.Type != board.TypeEmailApply {
		t.Errorf("type %s", a.Type)
	}
	p = fixture.Ada(second)
	p.Source = board.SourceEmail
	fixture.Apply(t, s, p)
	if got := fixture.TypesOf(t, s, tenant); !slices.Equal(got, []string{"candidate.registered", "candidate.created", "application.submitted", "application.submitted"}) {
		t.Errorf("events %v", got)
	}
}

func TestACVComesBackByteForByteAndInParts(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	tenant := fixture.Account(t, s, "cv@northwind.example", 5)
	b := append([]byte("%PDF-1.7\n"), make([]byte, 700_000)...)
	for i := range b[9:] {
		b[9+i] = byte(i * 2654435761 >> 13)
	}
	p := fixture.Ada(fixture.Active(t, s, tenant, nil))
	p.CV = &board.Upload{Name: "Ada's CV.pdf", Bytes: b}
	a := fixture.Apply(t, s, p)
	sum := sha256.Sum256(b)
	if !bytes.Equal(a.CV.SHA256, sum[:]) || a.CV.Size != int64(len(b)) || a.CV.MediaType != "application/pdf" || a.CV.TextProblem == "" {
		t.Errorf("file %+v", a.CV)
	}
	f, r, err := s.Pipeline.OpenCV(context.Background(), tenant, a.ID)
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

func TestNobodyIsEmailedInTestMode(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	tenant := fixture.Account(t, s, "testmode@northwind.example", 0)
	tenant.Mode = board.ModeTest
	fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, nil)))
	if messages, err := s.Outbox.Messages(context.Background(), 10); err != nil || len(messages) != 0 {
		t.Errorf("emails %+v, %v", messages, err)
	}
	if got := fixture.TypesOf(t, s, tenant); !slices.Equal(got, []string{"candidate.registered", "application.submitted"}) {
		t.Errorf("events %v", got)
	}
}

func TestGoingOnToAJobsOwnAddressIsCounted(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "forward@northwind.example", 5)
	job := fixture.Active(t, s, tenant, func(p *board.JobPatch) {
		p.ApplyMethod, p.ApplyURL = board.Set(board.ApplyByURL), board.Set("https://northwind.example/jobs/1")
	})
	for range 3 {
		if to, err := s.Pipeline.ForwardToApplyURL(ctx, board.ModeLive, job.ID); err != nil || to != "https://northwind.example/jobs/1" {
			t.Errorf("forwarded to %q, %v", to, err)
		}
	}
	if n, err := s.Pipeline.JobForwards(ctx, tenant, job.ID); err != nil || n != 3 {
		t.Errorf("%d forwards, %v", n, err)
	}
	if _, err := s.Pipeline.ForwardToApplyURL(ctx, board.ModeLive, fixture.Active(t, s, tenant, nil).ID); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("a job that is applied for by email: %v", err)
	}
	if a := fixture.Apply(t, s, fixture.Ada(job)); a.Type != board.TypeURLApply {
		t.Errorf("type %s", a.Type)
	}
}

func TestTracesGoAfterThirtyDays(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	clock := storetest.NewClock()
	s := storetest.Open(t, url, storetest.Options(clock))
	db := fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "traces@northwind.example", 5)
	job := fixture.Active(t, s, tenant, nil)
	fixture.Apply(t, s, fixture.Ada(job))
	clock.Advance(24 * time.Hour)
	p := fixture.Ada(job)
	p.Applicant.Email = "grace@example.com"
	fixture.Apply(t, s, p)
	clock.Advance(board.TraceRetention - 24*time.Hour)
	if n, err := s.Pipeline.PurgeApplicationTraces(context.Background(), 10); err != nil || n != 1 {
		t.Errorf("purged %d, %v", n, err)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM applications WHERE trace_ip IS NOT NULL AND trace_user_agent IS NOT NULL AND email = 'grace@example.com'`); n != 1 {
		t.Errorf("%d younger ones are left", n)
	}
	if n, err := s.Pipeline.PurgeApplicationTraces(context.Background(), 10); err != nil || n != 0 {
		t.Errorf("purged %d more, %v", n, err)
	}
}
