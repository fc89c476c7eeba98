package snapshots_test

import (
	"net/url"
	"strings"
	"time"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/webhooks/careerjet"
)

const cvText = "Ada Lovelace\nTen years of platforms.\n"

func ada() board.Applicant {
	return board.Applicant{
		FirstName: "Ada", LastName: "Lovelace", Email: "ada@example.com", Phone: "+44 20 7946 0000", CoverLetter: "Dear team,\nI have run platforms for ten years.",
	}
}

// apply sends an application for job 1, whichever employer the job belongs to.
func (w *world) apply(a board.Applicant, cv bool) {
	w.t.Helper()
	text := ""
	if cv {
		text = cvText
	}
	w.applyWith(a, text)
}

// applyWith is apply with a CV of the text, none when it is empty.
func (w *world) applyWith(a board.Applicant, text string) {
	w.t.Helper()
	p := pipeline.ApplyParams{Mode: board.ModeLive, JobID: 1, Source: board.SourceForm, Applicant: a, PublicURL: servertest.PublicURL}
	if text != "" {
		p.CV = &board.Upload{Name: "ada-lovelace.txt", Bytes: []byte(text)}
	}
	_, err := w.Store.Pipeline.Apply(w.t.Context(), p)
	w.must(err, "apply")
	w.Clock.Advance(time.Minute)
}

// anApplication is application 1 for job 1, by candidate 1, with a CV. The token of its link is {token}.
func anApplication(w *world) {
	anActiveJob(w)
	w.Clock.Advance(time.Minute)
	w.apply(ada(), true)
	kept, err := w.Store.Outbox.Messages(w.t.Context(), 10)
	w.must(err, "read the emails")
	for _, m := range kept {
		if _, token, ok := strings.Cut(m.Text, board.WithdrawPath+"?token="); ok {
			token, _, _ = strings.Cut(token, "\n")
			if w.words["{token}"], err = url.QueryUnescape(token); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

func (w *world) move(id int64, to board.ApplicationStatus, reason string) {
	w.t.Helper()
	_, err := w.Store.Pipeline.MoveApplication(w.t.Context(), w.tenant, id, pipeline.Move{To: to, Reason: reason, Actor: pipeline.Actor{Kind: board.ActorUser, ID: 1}})
	w.must(err, "move the application")
	w.Clock.Advance(time.Minute)
}

// aRejected is application 1, which was screened and rejected.
func aRejected(w *world) {
	anApplication(w)
	w.move(1, board.ApplicationScreened, "")
	w.move(1, board.ApplicationRejected, "Another one was faster")
}

func withdrawn(w *world) {
	_, err := w.Store.Pipeline.WithdrawApplication(w.t.Context(), w.words["{token}"])
	w.must(err, "withdraw the application")
	w.Clock.Advance(time.Minute)
}

func erasedCandidate(w *world) {
	_, err := w.Store.Erasure.EraseCandidate(w.t.Context(), w.tenant, 1, board.Precondition{})
	w.must(err, "erase the candidate")
	w.Clock.Advance(time.Minute)
}

// aPushed is application 1 of a job that is posted to the employer's endpoint.
func aPushed(w *world) {
	p := complete("Platform Lead", "PL-001")
	p.ApplyMethod, p.ApplyPushURL = board.Set(board.ApplyByHTTPPush), board.Set("https://ats.example.com/applications")
	w.create(w.tenant, p)
	_, err := w.Store.Jobs.Publish(w.t.Context(), account.Principal{Tenant: w.tenant}, 1, nil, board.Precondition{})
	w.must(err, "publish job")
	w.apply(ada(), false)
}

// manyApplications are three for job 1, the second of which was hired.
func manyApplications(w *world) {
	anApplication(w)
	for _, more := range [][3]string{{"Grace", "Hopper", "grace@example.com"}, {"Alan", "Turing", "alan@example.com"}} {
		w.apply(board.Applicant{FirstName: more[0], LastName: more[1], Email: more[2]}, false)
	}
	w.move(2, board.ApplicationHired, "")
}

// anothersApplication is application 1 of another employer.
func anothersApplication(w *world) {
	another := w.employer("Another Ltd", "admin@another.example")
	_, err := w.Store.Accounts.GrantCredits(w.t.Context(), another, account.Credits{JobPosting: 1})
	w.must(err, "grant credits")
	w.create(another, complete("Platform Lead", "PL-001"))
	_, err = w.Store.Jobs.Publish(w.t.Context(), account.Principal{Tenant: another}, 1, nil, board.Precondition{})
	w.must(err, "publish job")
	w.apply(ada(), true)
}

func regionsSet(w *world) {
	_, err := w.Store.Jobs.SetRegions(w.t.Context(), w.tenant, 1, []string{"GB", "IE"}, board.Precondition{})
	w.must(err, "set regions")
}

// aJobElsewhere is job 1, applied for at the employer's own address.
func aJobElsewhere(w *world) {
	p := complete("Platform Lead", "PL-001")
	p.ApplyMethod, p.ApplyURL = board.Set(board.ApplyByURL), board.Set("https://careers.example.com/apply?job=PL-001")
	w.create(w.tenant, p)
	_, err := w.Store.Jobs.Publish(w.t.Context(), account.Principal{Tenant: w.tenant}, 1, nil, board.Precondition{})
	w.must(err, "publish job")
}

// addressLimited leaves the network of the tests without an application for 42 more minutes.
func addressLimited(w *world) {
	for range board.DefaultApplyLimit {
		_, err := w.Store.Pipeline.CountApplication(w.t.Context(), "127.0.0.1", board.DefaultApplyLimit)
		w.must(err, "count an application")
	}
	w.Clock.Advance(18 * time.Minute)
}

const (
	feedSecret = "shared-with-careerjet"
	pushUUID   = "0a6ed2c3-3c7f-4f6d-9d0e-6a3f5f7a1b2c"
)

// aFeed shares a secret with the job board.
func aFeed(w *world) {
	_, err := w.Store.Pipeline.UpdateCareerjetFeed(w.t.Context(), w.tenant.EmployerID, pipeline.CareerjetPatch{Secret: board.Set(feedSecret)})
	w.must(err, "set the feed's secret")
}

// signed is the push of the cases: names and values in turn, changed by names and values.
func signed(changes ...string) []string {
	values := map[string]string{
		"job_id": "PL-001", "firstname": "Ada", "lastname": "Lovelace", "email": "ada@example.com", "phone_number": "", "cover_letter": "",
		"uuid": pushUUID, "candidate_ip": "198.51.100.7", "candidate_user_agent": "Mozilla/5.0", "source_signature": careerjet.Sign(pushUUID, feedSecret),
	}
	for i := 0; i < len(changes); i += 2 {
		values[changes[i]] = changes[i+1]
	}
	var parts []string
	for _, name := range []string{"job_id", "firstname", "lastname", "email", "phone_number", "cover_letter", "uuid", "candidate_ip", "candidate_user_agent", "source_signature"} {
		parts = append(parts, name, values[name])
	}
	return parts
}

func linkOver(w *world) { w.Clock.Advance(board.WithdrawLife) }
