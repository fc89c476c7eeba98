package outbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// dossiers are those of what a subscription waits for, by the type of the event; the last of a type counts.
func dossiers(t *testing.T, s *store.Store, sub outbox.Subscription) map[event.Type]any {
	t.Helper()
	ctx := context.Background()
	q := fixture.OpenQueue(t, s)
	worker, lanes := fixture.TakeAll(t, q)
	found, err := q.Events(ctx, fixture.Fetch(t, q, worker, fixture.LaneOf(t, lanes, sub)))
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Leave(ctx, worker); err != nil {
		t.Fatal(err)
	}
	newest, got := map[event.Type]int64{}, map[event.Type]any{}
	for _, e := range found {
		if e.ID < newest[e.Type] {
			continue
		}
		var dossier any
		if e.Dossier != nil {
			if err := json.Unmarshal(e.Dossier, &dossier); err != nil {
				t.Fatalf("%s: %v\n%s", e.Type, err, e.Dossier)
			}
		}
		newest[e.Type], got[e.Type] = e.ID, dossier
	}
	return got
}

func decoded(t *testing.T, text string, args ...any) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(fmt.Appendf(nil, text, args...), &v); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return v
}

func TestADossierTellsWhatAnEventIsAbout(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "dossier@northwind.example", 5)
	sub := fixture.SubscribeRich(t, s, tenant)
	low, high := int64(45_000_00), int64(50_000_50)
	job := fixture.Active(t, s, tenant, func(p *board.JobPatch) {
		p.Salary = board.SetSalary(board.Salary{Min: &low, Max: &high, Currency: "GBP", Period: board.PerYear})
		p.RequiredSkills = board.Set([]string{"Go"})
	})
	p := fixture.Ada(job)
	const text = "Ada Lovelace\nSenior DevOps Engineer\nLondon, United Kingdom\nKubernetes, Terraform"
	p.CV = &board.Upload{Name: "ada.txt", Bytes: []byte(text)}
	a := fixture.Apply(t, s, p)
	if _, err := s.Pipeline.MoveApplication(ctx, tenant, a.ID, pipeline.Move{To: board.ApplicationScreened, Reason: "good", Actor: pipeline.Actor{Kind: board.ActorSystem}}); err != nil {
		t.Fatal(err)
	}
	got := dossiers(t, s, sub)

	const at = "2026-03-02T09:30:00Z"
	employer := fmt.Sprintf(`"employer":{"id":%d,"name":"Northwind","createdAt":%q}`, tenant.EmployerID, at)
	jobWith := func(status, published string) string {
		return fmt.Sprintf(`"job":{"id":%d,"title":%q,"description":"<p>Lead the team.</p>","city":"Leeds","country":"United Kingdom","countryCode":"GB",
"employmentType":"FullTime","remoteType":"HybridRemote","applyMethod":"EmailApply","applyEmailAddress":"jobs@northwind.example",
"salary":{"min":45000,"max":50000.5,"currency":"GBP","period":"Year"},"requiredSkills":["Go"],"optionalSkills":[],"status":%q,"createdAt":%q,"updatedAt":%q%s}`,
			job.ID, job.Title, status, at, at, published)
	}
	published := fmt.Sprintf(`,"postedDate":%q,"expiryDate":"2026-04-01T09:30:00Z"`, at)
	cv := fmt.Sprintf(`"cv":{"id":%d,"name":"ada.txt","mediaType":"text/plain; charset=utf-8","size":%d,"text":%q}`, a.CV.ID, len(text), text)
	moved := fmt.Sprintf(`"status":"Screened","type":"EmailApply","appliedAt":%q,"updatedAt":%q,"coverLetter":%q,`+cv, at, at, p.Applicant.CoverLetter)
	// What the CV tells, and where the move of the application has brought its candidate.
	candidate := fmt.Sprintf(`"candidate":{"id":%d,"status":"Screened","firstName":%q,"lastName":%q,"email":%q,"phone":%q,
"title":"DevOps Engineer","skills":["DevOps","Kubernetes","Terraform"],"city":"London","country":"United Kingdom","createdAt":%q,"updatedAt":%q,
"applications":[{"id":%d,"job":{"id":%d,"title":%q},%s,"history":[{"to":"New","reason":"","at":%q},{"from":"New","to":"Screened","reason":"good","at":%q}]}]}`,
		a.CandidateID, p.Applicant.FirstName, p.Applicant.LastName, p.Applicant.Email, p.Applicant.Phone, at, at, a.ID, job.ID, job.Title, moved, at, at)
	for event, want := range map[event.Type]any{
		event.JobCreated:             decoded(t, `{%s,%s}`, jobWith("Draft", ""), employer),
		event.JobPublished:           decoded(t, `{%s,%s}`, jobWith("Active", published), employer),
		event.CandidateStatusChanged: decoded(t, `{%s,%s}`, employer, candidate),
		event.ApplicationStatusChanged: decoded(t, `{%s,%s,"application":{"id":%d,%s},%s}`,
			jobWith("Active", published), employer, a.ID, moved, candidate),
	} {
		if diff := cmp.Diff(want, got[event]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", event, diff)
		}
	}
}

func TestOnlyWhoNeedsDossiersHasThemMade(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(storetest.NewClock())), fixture.Raw(t, url)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "thin@northwind.example", 5)
	fixture.Subscribe(t, s, tenant)
	fixture.Create(t, s, tenant, fixture.Complete("For a thin one"))
	const made = `SELECT count(*) FROM event_dossiers`
	if n := fixture.Count(t, db, made); n != 0 {
		t.Errorf("%d dossiers for a native subscription", n)
	}
	rich := fixture.SubscribeRich(t, s, tenant)
	fixture.Create(t, s, tenant, fixture.Complete("For both"))
	if n := fixture.Count(t, db, made); n != 1 {
		t.Errorf("%d dossiers of one event", n)
	}
	if _, err := s.Outbox.DisableSubscription(ctx, tenant, rich.ID, "for a while", board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	fixture.Create(t, s, tenant, fixture.Complete("Missed"))
	if n := fixture.Count(t, db, made); n != 2 {
		t.Errorf("%d dossiers while the subscription is disabled", n)
	}
	if _, _, err := s.Outbox.EnableSubscription(ctx, tenant, rich.ID, true, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	if n := fixture.Count(t, db, made); n != 2 {
		t.Errorf("%d dossiers after the replay of what was missed", n)
	}
	for event, dossier := range dossiers(t, s, rich) {
		if dossier == nil {
			t.Errorf("%s is replayed without a dossier", event)
		}
	}
	if err := s.Outbox.DeleteSubscription(ctx, tenant, rich.ID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	fixture.Create(t, s, tenant, fixture.Complete("For a thin one again"))
	if n := fixture.Count(t, db, made); n != 2 {
		t.Errorf("%d dossiers after the subscription was deleted", n)
	}
}

func TestEmployersTellOfThemselves(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	signedUp, _, err := s.Accounts.CreateEmployer(ctx, account.NewEmployer{Name: " Acme ", Email: "admin@acme.example", PasswordHash: "hash"})
	if err != nil {
		t.Fatal(err)
	}
	made := fixture.Account(t, s, "made@northwind.example", 0)
	rich := fixture.SubscribeRich(t, s, made)
	for _, email := range []string{"first@northwind.example", "second@northwind.example"} {
		_, token, err := s.Accounts.CreateInvitation(ctx, account.NewInvitation{EmployerID: made.EmployerID, Email: email, Role: board.RoleRecruiter})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Accounts.AcceptInvitation(ctx, account.Acceptance{Token: token, Name: "Ada", PasswordHash: "hash"}); err != nil {
			t.Fatal(err)
		}
	}
	profile := board.EmployerProfile{Name: "Northwind Ltd", Website: "https://northwind.example", Description: "We ship.", Phone: "+44 20 7946 0000"}
	for range 2 { // the second changes nothing
		clock.Advance(1)
		e, err := s.Accounts.UpdateEmployer(ctx, made.EmployerID, profile)
		if err != nil {
			t.Fatal(err)
		}
		if e.Name != profile.Name || *e.Website != profile.Website || *e.Description != profile.Description || *e.Phone != profile.Phone {
			t.Errorf("employer: %+v", e)
		}
	}
	for tenant, want := range map[board.Tenant][]string{
		{EmployerID: signedUp, Mode: board.ModeLive}: {"employer.registered"},
		{EmployerID: signedUp, Mode: board.ModeTest}: {},
		made: {"employer.registered", "employer.profile_updated"},
	} {
		if diff := cmp.Diff(want, fixture.TypesOf(t, s, tenant)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tenant, diff)
		}
	}
	want := decoded(t, `{"employer":{"id":%d,"name":"Northwind Ltd","website":"https://northwind.example","description":"We ship.","phone":"+44 20 7946 0000","createdAt":"2026-03-02T09:30:00Z"}}`, made.EmployerID)
	if diff := cmp.Diff(want, dossiers(t, s, rich)[event.EmployerProfileUpdated]); diff != "" {
		t.Errorf("dossier (-want +got):\n%s", diff)
	}

	_, badErr := s.Accounts.UpdateEmployer(ctx, made.EmployerID, board.EmployerProfile{})
	_, absentErr := s.Accounts.UpdateEmployer(ctx, 999, profile)
	if fixture.CodeOf(badErr) != board.CodeInvalidRequest || fixture.CodeOf(absentErr) != board.CodeNotFound {
		t.Errorf("%v, %v; want invalid_request, not_found", badErr, absentErr)
	}
	cleared, err := s.Accounts.UpdateEmployer(ctx, made.EmployerID, board.EmployerProfile{Name: "Northwind"})
	if err != nil || cleared.Website != nil || cleared.Description != nil || cleared.Phone != nil {
		t.Errorf("cleared: %+v, %v", cleared, err)
	}
}

// An event that is under way while its candidate is erased has its dossier erased, too, and so has one that is replayed.
func TestNoDossierOutlivesItsCandidate(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(storetest.NewClock())), fixture.Raw(t, url)
	for name, hold := range map[string]func(a pipeline.Application, during func()) error{
		"happens": func(a pipeline.Application, during func()) error {
			e := event.NewApplicationStatusChanged(a.ID, board.ApplicationNew, board.ApplicationScreened, storetest.Epoch)
			return s.Outbox.WhileEmitting(context.Background(), a.Tenant, e, during)
		},
		"replayed": func(a pipeline.Application, during func()) error {
			return s.Outbox.WhileMakingDossiers(context.Background(), a.Tenant, event.ApplicationSubmitted, during)
		},
	} {
		tenant := fixture.Account(t, s, name+"@northwind.example", 5)
		a := fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, nil)))
		fixture.SubscribeRich(t, s, tenant)
		erased := make(chan error, 1)
		err := hold(a, func() {
			go func() {
				_, err := s.Erasure.EraseCandidate(context.Background(), tenant, a.CandidateID, board.Precondition{})
				erased <- err
			}()
			untilWaiting(t, db)
		})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := <-erased; err != nil {
			t.Fatal(err)
		}
		if n := fixture.Count(t, db, `SELECT count(*) FROM event_dossiers WHERE dossier->'candidate' IS NOT NULL`); n != 0 {
			t.Errorf("%s: %d dossiers still tell of the candidate", name, n)
		}
		if n := fixture.Count(t, db, `SELECT count(*) FROM event_dossiers d JOIN events e ON e.id = d.event_id WHERE e.employer_id = $1`, tenant.EmployerID); n != 1 {
			t.Errorf("%s: %d dossiers are left, want that of candidate.erased", name, n)
		}
	}
}
