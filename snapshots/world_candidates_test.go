package snapshots_test

import (
	"fmt"
	"strings"
	"time"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvline"
	"itmanagerjobs/store/pipeline"
)

// grace is somebody in the CV database with all that can be known.
const grace = `{"externalId":"cv-1","firstName":"Grace","lastName":"Hopper","email":"grace@example.com","phone":"+44 113 496 0001",` +
	`"title":"Platform Lead","summary":"Leads a team that runs Kubernetes. Write to grace@example.com.","skills":["Kubernetes","Go","PostgreSQL"],` +
	`"seniority":"Lead","city":"London","country":"United Kingdom","yearsExperience":12,"remoteType":"HybridRemote","availability":"OneMonth",` +
	`"languages":["English"],"salaryExpectation":{"min":85000,"max":100000,"currency":"GBP","period":"Year"},` +
	`"experience":[{"title":"Platform Lead","employer":"Example Networks Ltd","from":"2019-04","description":"Ran forty Kubernetes clusters."},` +
	`{"title":"Systems Engineer","employer":"Example Labs","from":"2014-01","to":"2019-03"}],"cvText":"Grace Hopper\nKubernetes and Go since 2014.\n"}`

// known is a person in the CV database whose profile has little in it.
func known(first, title, skills string) string {
	return fmt.Sprintf(`{"firstName":%q,"lastName":"Example","email":"%s@example.com","title":%q,"skills":["%s"]}`,
		first, strings.ToLower(first), title, strings.ReplaceAll(skills, ", ", `","`))
}

func (w *world) people(mode board.Mode, lines ...string) {
	w.t.Helper()
	for _, line := range lines {
		c, err := cvline.Parse([]byte(line), w.Clock.Now())
		w.must(err, "read a person")
		_, err = w.Store.CV.Import(w.t.Context(), mode, []board.CVCandidate{c})
		w.must(err, "import a person")
		w.Clock.Advance(time.Minute)
	}
}

// aPerson is candidate 1, in the CV database.
func aPerson(w *world) { w.people(board.ModeLive, grace) }

// manyPeople are candidates 1 to 4, in the CV database.
func manyPeople(w *world) {
	w.people(board.ModeLive, grace, known("Alan", "C++ Developer", "C++, Linux"), known("Ann", "Platform Engineer", "Kubernetes, Terraform"), known("Ben", "Service Manager", "ITIL"))
}

func aMadeUpPerson(w *world) { w.people(board.ModeTest, grace) }

func (w *world) open(t board.Tenant, id int64) {
	w.t.Helper()
	_, err := w.Store.UnlockCandidate(w.t.Context(), account.Principal{Tenant: t}, id)
	w.must(err, "unlock a profile")
}

func opened(w *world) { w.open(w.tenant, 1); w.Clock.Advance(time.Hour) }

func openedInTest(w *world) { w.open(w.testMode(), 1) }

// noCVCredits unlocks five profiles, which is all that the employer has paid for. Candidate 6 is not open.
func noCVCredits(w *world) {
	for _, name := range []string{"Alan", "Ann", "Ben", "Cleo", "Dan"} {
		w.people(board.ModeLive, known(name, "Service Manager", "ITIL"))
	}
	w.people(board.ModeLive, grace)
	for id := range int64(5) {
		w.open(w.tenant, id+1)
	}
}

func hidden(w *world) {
	w.must(w.Store.CV.SetVisibility(w.t.Context(), 1, board.VisibilityHidden), "hide a person")
}

func movedCandidate(w *world) {
	_, err := w.Store.Pipeline.MoveCandidate(w.t.Context(), w.tenant, 1, pipeline.Move{To: board.ApplicationRejected, Reason: "Another one was faster", Actor: pipeline.Actor{Kind: board.ActorUser, ID: 1}})
	w.must(err, "move the candidate")
	w.Clock.Advance(time.Minute)
}

// matches computes the matches that are due.
func matches(w *world) {
	for {
		n, err := w.Store.Matches.Compute(w.t.Context(), 100)
		w.must(err, "compute matches")
		if n == 0 {
			return
		}
	}
}

// aSkilled is candidate 1, who applied for job 1 with a CV that tells much.
func aSkilled(w *world) {
	anActiveJob(w)
	w.applyWith(ada(), "Ada Lovelace\nSenior Platform Engineer\nLeeds, United Kingdom\nTen years of Kubernetes, Go and PostgreSQL.\n")
}

// aMatch is job 1 with somebody who applied, who is candidate 1, and somebody in the CV database, who is candidate 2.
func aMatch(w *world) {
	aSkilled(w)
	aPerson(w)
	matches(w)
}

// anInterview is interview 1 about job 1 with candidate 1.
func anInterview(w *world) {
	anApplication(w)
	_, err := w.Store.Pipeline.CreateInterview(w.t.Context(), w.tenant, board.NewInterview{
		CandidateID: 1, JobID: 1, StartsAt: w.Clock.Now().Add(7 * 24 * time.Hour).Truncate(time.Hour), TimeZone: "Europe/London", MeetingURL: "https://meet.example.com/pl-001",
		Interviewers: []board.Interviewer{{Name: "Barbara Liskov", Email: "barbara@employer.example"}}, Notes: "Ask about the move to Go.",
	}, pipeline.Inviter{PublicURL: servertest.PublicURL})
	w.must(err, "schedule an interview")
	w.Clock.Advance(time.Minute)
}

// manyInterviews are three, the last scheduled of which is the first to be held.
func manyInterviews(w *world) {
	anInterview(w)
	for _, ahead := range []time.Duration{9 * 24 * time.Hour, 5 * 24 * time.Hour} {
		_, err := w.Store.Pipeline.CreateInterview(w.t.Context(), w.tenant, board.NewInterview{CandidateID: 1, JobID: 1, StartsAt: w.Clock.Now().Add(ahead)}, pipeline.Inviter{PublicURL: servertest.PublicURL})
		w.must(err, "schedule an interview")
		w.Clock.Advance(time.Minute)
	}
}

func (w *world) patchInterview(p board.InterviewPatch) {
	w.t.Helper()
	_, err := w.Store.Pipeline.UpdateInterview(w.t.Context(), w.tenant, 1, p, board.Precondition{})
	w.must(err, "change the interview")
	w.Clock.Advance(time.Minute)
}

// begun is the time at which interview 1 has begun.
func begun(w *world) { w.Clock.Advance(7 * 24 * time.Hour) }

func held(w *world) {
	begun(w)
	w.patchInterview(board.InterviewPatch{Status: board.Set(board.InterviewCompleted)})
}

// anothersInterview is interview 1 of another employer.
func anothersInterview(w *world) {
	anothersApplication(w)
	another := board.Tenant{EmployerID: w.tenant.EmployerID + 1, Mode: board.ModeLive}
	_, err := w.Store.Pipeline.CreateInterview(w.t.Context(), another, board.NewInterview{CandidateID: 1, JobID: 1, StartsAt: w.Clock.Now().Add(48 * time.Hour)}, pipeline.Inviter{PublicURL: servertest.PublicURL})
	w.must(err, "schedule an interview")
}

// aCall is call 1 with candidate 1 about job 1.
func aCall(w *world) {
	anApplication(w)
	recordedCall(w)
}

func (w *world) call(t board.Tenant, externalID string) {
	w.t.Helper()
	job := int64(1)
	_, err := w.Store.Pipeline.CreateAICall(w.t.Context(), t, board.NewAICall{CandidateID: 1, JobID: &job, Purpose: "Screening", Provider: "Voicebot", ExternalID: externalID})
	w.must(err, "record a call")
	w.Clock.Advance(10 * time.Minute)
}

// recordedCall is call 1 with an existing candidate 1.
func recordedCall(w *world) { w.call(w.tenant, "call-8f31") }

func endedCall(w *world) {
	_, err := w.Store.Pipeline.UpdateAICall(w.t.Context(), w.tenant, 1, board.AICallPatch{
		Status: board.Set(board.AICallCompleted), Outcome: board.Set("Interested"), Summary: board.Set("Can begin in May."), Transcript: board.Set("Hello, is this a good moment?"),
	}, board.Precondition{})
	w.must(err, "end the call")
	w.Clock.Advance(time.Minute)
}

// manyCalls are three, the second of which has ended.
func manyCalls(w *world) {
	aCall(w)
	endedCall(w)
	w.call(w.tenant, "call-8f32")
	w.call(w.tenant, "")
}

// anothersCall is call 1 of another employer.
func anothersCall(w *world) {
	anothersApplication(w)
	w.call(board.Tenant{EmployerID: w.tenant.EmployerID + 1, Mode: board.ModeLive}, "call-8f31")
}
