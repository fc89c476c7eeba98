package webhooks

import (
	"encoding/json"
	"path"
	"slices"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/openapi"
	"itmanagerjobs/openapi/documenttest"
	"itmanagerjobs/openapi/nulltest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
)

// history has the jobs and applications that makeHistory made.
type history struct {
	// Ops is the job that matches Zoë; it is deactivated in the end. Lead is published and stays so.
	Ops, Lead board.Job
	// First is Zoë's application for Lead, which she withdraws. Second is her application for Ops, with a longer CV. ByEmail is
	// Max's application for Lead.
	First, Second, ByEmail pipeline.Application
}

// opsCV has words that are not in the jobs.
const opsCV = "Zoë O'Neill\nSenior DevOps Engineer\nLondon, United Kingdom\nKubernetes, Terraform, Ansible"

// makeHistory makes at least one event of every type but candidate.erased. It calls the store, as the API and the chores of the
// program do.
func (r *rig) makeHistory(t *testing.T, clock *storetest.Clock) history {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, token, err := r.store.Accounts.CreateInvitation(ctx, account.NewInvitation{EmployerID: r.tenant.EmployerID, Email: "ada@acme.example", Role: board.RoleEmployerAdmin})
	must(err)
	_, err = r.store.Accounts.AcceptInvitation(ctx, account.Acceptance{Token: token, Name: "Ada", PasswordHash: "hash"})
	must(err)
	_, err = r.store.Accounts.UpdateEmployer(ctx, r.tenant.EmployerID, board.EmployerProfile{Name: "Acme Ltd", Website: "https://acme.example"})
	must(err)
	_, err = r.store.Accounts.GrantCredits(ctx, r.tenant, account.Credits{JobPosting: 5})
	must(err)

	var l history
	expiry := clock.Now().Add(2 * time.Hour)
	publish := func(p board.JobPatch, until *time.Time) board.Job {
		t.Helper()
		p.Description, p.Country = board.Set("<p>Lead.</p>"), board.Set("United Kingdom")
		p.EmploymentType, p.ApplyMethod = board.Set(board.FullTime), board.Set(board.ApplyDirect)
		job, err := r.store.Jobs.CreateJob(ctx, r.tenant, p)
		must(err)
		if until != nil {
			_, err = r.store.Jobs.UpdateJob(ctx, r.tenant, job.ID, board.JobPatch{City: board.Set("London")}, board.Precondition{})
			must(err)
		}
		job, err = r.store.Jobs.Publish(ctx, account.Principal{Tenant: r.tenant}, job.ID, until, board.Precondition{})
		must(err)
		return job
	}
	l.Ops = publish(board.JobPatch{
		Title: board.Set("Senior DevOps Engineer"), Reference: board.Set("PL-001"), City: board.Set("Leeds"), Seniority: board.Set(board.Senior),
		RequiredSkills: board.Set([]string{"Kubernetes", "Terraform"}),
	}, &expiry)
	l.Lead = publish(board.JobPatch{Title: board.Set("IT Manager"), City: board.Set("York")}, nil)

	apply := func(job board.Job, source board.ApplicationSource, who board.Applicant, cv string) pipeline.Application {
		t.Helper()
		a, err := r.store.Pipeline.Apply(ctx, pipeline.ApplyParams{
			Mode: board.ModeLive, JobID: job.ID, Source: source, EmployerID: r.tenant.EmployerID, UUID: who.FirstName + job.Title,
			Applicant: who, CV: &board.Upload{Name: who.FirstName + ".txt", Bytes: []byte(cv)},
		})
		must(err)
		return a
	}
	zoe := board.Applicant{FirstName: "Zoë", LastName: "O'Neill", Email: "zoe@example.com", CoverLetter: "Dear all"}
	l.First = apply(l.Lead, board.SourceForm, zoe, "Zoë, Cobol")
	zoe.Phone = "+44 20 7946 0000"
	l.Second = apply(l.Ops, board.SourceForm, zoe, opsCV)
	l.ByEmail = apply(l.Lead, board.SourceEmail, board.Applicant{FirstName: "Max", LastName: "Muster", Email: "max@example.com"}, "Max, a cook")
	for n := 1; n > 0; {
		n, err = r.store.Matches.Compute(ctx, 100)
		must(err)
	}

	by := pipeline.Actor{Kind: board.ActorSystem}
	_, err = r.store.Pipeline.MoveApplication(ctx, r.tenant, l.Second.ID, pipeline.Move{To: board.ApplicationScreened, Actor: by})
	must(err)
	_, err = r.store.Pipeline.MoveApplication(ctx, r.tenant, l.First.ID, pipeline.Move{To: board.ApplicationWithdrawn, Actor: by})
	must(err)
	_, err = r.store.Pipeline.MoveCandidate(ctx, r.tenant, l.Second.CandidateID, pipeline.Move{To: board.ApplicationInterviewed, Actor: by})
	must(err)
	call, err := r.store.Pipeline.CreateAICall(ctx, r.tenant, board.NewAICall{CandidateID: l.Second.CandidateID, Purpose: "Screening"})
	must(err)
	_, err = r.store.Pipeline.UpdateAICall(ctx, r.tenant, call.ID, board.AICallPatch{Status: board.Set(board.AICallCompleted)}, board.Precondition{})
	must(err)
	interview, err := r.store.Pipeline.CreateInterview(ctx, r.tenant, board.NewInterview{
		CandidateID: l.Second.CandidateID, JobID: l.Ops.ID, StartsAt: clock.Now().Add(time.Hour), TimeZone: "Europe/London",
		Interviewers: []board.Interviewer{{Name: "Grace Hopper", Email: "grace@acme.example"}},
	}, pipeline.Inviter{})
	must(err)
	clock.Advance(2 * time.Hour)
	_, err = r.store.Pipeline.UpdateInterview(ctx, r.tenant, interview.ID, board.InterviewPatch{Status: board.Set(board.InterviewCompleted)}, board.Precondition{})
	must(err)
	_, err = r.store.Jobs.ExpireDue(ctx, 1)
	must(err)
	_, err = r.store.Jobs.Deactivate(ctx, r.tenant, l.Ops.ID, board.Precondition{})
	must(err)
	return l
}

// events reads all events of the employer, in order.
func (r *rig) events(t *testing.T) []outbox.Event {
	t.Helper()
	page, err := r.store.Outbox.Events(t.Context(), r.tenant, 0, 1000, nil)
	if err != nil || page.More {
		t.Fatalf("more than a page of events: %t, %v", page.More, err)
	}
	return page.Events
}

// checkContract compares events with the contract: each is valid by its schema and has no field that the schema lacks, and there is
// an event of every type.
func checkContract(t *testing.T, events []outbox.Event) {
	t.Helper()
	doc, err := documenttest.Load(openapi.V1)
	if err != nil {
		t.Fatal(err)
	}
	var described struct {
		Webhooks map[event.Type]struct {
			Post struct {
				RequestBody struct {
					Content map[string]struct{ Schema map[string]string }
				}
			}
		} `json:"x-webhooks"`
	}
	if err := json.Unmarshal(openapi.V1, &described); err != nil {
		t.Fatal(err)
	}
	seen := map[event.Type]bool{}
	for _, e := range events {
		seen[e.Type] = true
		ref := described.Webhooks[e.Type].Post.RequestBody.Content["application/json"].Schema["$ref"]
		schema := doc.Components.Schemas[path.Base(ref)]
		if schema == nil {
			t.Errorf("the contract does not describe %s", e.Type)
			continue
		}
		var data map[string]any
		if err := json.Unmarshal(e.Data, &data); err != nil {
			t.Fatalf("%s: %v", e.Type, err)
		}
		if err := schema.Value.VisitJSON(data, openapi3.MultiErrors(), openapi3.EnableFormatValidation()); err != nil {
			t.Errorf("%s %s: %v", e.Type, e.Data, err)
		}
		for _, pointer := range nulltest.Forbidden(schema, data) {
			t.Errorf("%s %s: null at %s", e.Type, e.Data, pointer)
		}
		for name := range data {
			if schema.Value.Properties[name] == nil {
				t.Errorf("the contract does not describe %s of %s", name, e.Type)
			}
		}
	}
	var missing []event.Type
	for _, event := range event.AllTypes() {
		if !seen[event] {
			missing = append(missing, event)
		}
	}
	slices.Sort(missing)
	if diff := cmp.Diff([]event.Type(nil), missing); diff != "" {
		t.Errorf("events that did not happen (-want +got):\n%s", diff)
	}
}
