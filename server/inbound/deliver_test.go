package inbound

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
)

// employerWithJob is an employer whose public job has the reference PL-001.
func employerWithJob(t *testing.T, s *store.Store, name string) (board.Tenant, board.Job) {
	t.Helper()
	id, _, err := s.Accounts.CreateEmployer(t.Context(), account.NewEmployer{Name: name, Email: name + "@acme.example"})
	if err != nil {
		t.Fatal(err)
	}
	tenant := board.Tenant{EmployerID: id, Mode: board.ModeLive}
	if _, err := s.Accounts.GrantCredits(t.Context(), tenant, account.Credits{JobPosting: 5}); err != nil {
		t.Fatal(err)
	}
	job, err := s.Jobs.CreateJob(t.Context(), tenant, board.JobPatch{
		Title: board.Set("IT Manager"), Reference: board.Set("PL-001"), Description: board.Set("<p>Lead.</p>"), City: board.Set("Leeds"),
		Country: board.Set("United Kingdom"), EmploymentType: board.Set(board.FullTime), ApplyMethod: board.Set(board.ApplyDirect),
	})
	if err != nil {
		t.Fatal(err)
	}
	if job, err = s.Jobs.Publish(t.Context(), account.Principal{Tenant: tenant}, job.ID, nil, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	return tenant, job
}

// zoes is a message that Parse has read.
func zoes(id, reference string) Message {
	return Message{
		Reference: reference, ID: id + "@example.com", CV: &board.CV{Name: "cv.txt", Kind: board.KindTXT, Bytes: []byte("Zoë, Go")},
		Applicant: board.Applicant{FirstName: "Zoë", LastName: "O'Neill", Email: "zoe@example.com", CoverLetter: "Dear all"},
	}
}

// applicationsOf are the applications of a tenant.
func applicationsOf(t *testing.T, s *store.Store, tenant board.Tenant) []pipeline.Application {
	t.Helper()
	page, err := s.Pipeline.Applications(t.Context(), tenant, pipeline.ApplicationQuery{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	return page.Items
}

// refused fails unless err has the code and says text.
func refused(t *testing.T, err error, code board.Code, text string) {
	t.Helper()
	if e, ok := errors.AsType[*board.Error](err); !ok || e.Code != code || !strings.Contains(e.Message, text) {
		t.Errorf("%v, want %s and %q", err, code, text)
	}
}

// TestDeliver: the address alone says whose job is meant.
func TestDeliver(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	d := Delivery{Store: s, PublicURL: "https://jobs.example.com"}
	tenant, job := employerWithJob(t, s, "first")
	if err := d.Deliver(t.Context(), zoes("1", "PL-001")); err != nil {
		t.Fatal(err)
	}
	all := applicationsOf(t, s, tenant)
	if len(all) != 1 {
		t.Fatalf("%d applications", len(all))
	}
	got := all[0]
	if diff := cmp.Diff(zoes("1", "").Applicant, got.Applicant); diff != "" || got.JobID != job.ID || got.Type != board.TypeEmailApply {
		t.Errorf("application of job %d, %s (-want +got):\n%s", got.JobID, got.Type, diff)
	}
	if got.CV == nil || got.CV.Name != "cv.txt" || got.CV.Size != int64(len("Zoë, Go")) || got.CV.TextProblem != "" {
		t.Errorf("CV: %+v", got.CV)
	}
	events, err := s.Outbox.Events(t.Context(), tenant, 0, 100, nil)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[event.Type]int{}
	for _, e := range events.Events {
		kinds[e.Type]++
	}
	if kinds[event.CandidateCreated] != 1 || kinds[event.ApplicationSubmitted] != 1 {
		t.Errorf("events: %v", kinds)
	}
	if err := d.Deliver(t.Context(), zoes("2", "PL-001")); !errors.Is(err, board.ErrAlreadyApplied) {
		t.Errorf("another message of the same person: %v", err)
	}
	refused(t, d.Deliver(t.Context(), zoes("3", "PL-002")), board.CodeNotFound, "no such job")
}

// TestDeliverToOneOfTwoEmployers: both have a job with the same reference, and the one of the first is closed.
func TestDeliverToOneOfTwoEmployers(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	d := Delivery{Store: s}
	tenant, job := employerWithJob(t, s, "first")
	other, _ := employerWithJob(t, s, "other")
	own := strconv.FormatInt(tenant.EmployerID, 10) + ".PL-001"
	refused(t, d.Deliver(t.Context(), zoes("1", "PL-001")), board.CodeConflict, "EMPLOYER.REFERENCE")
	for _, reference := range []string{own, strconv.FormatInt(other.EmployerID, 10) + ".PL-001"} {
		if err := d.Deliver(t.Context(), zoes("2", reference)); err != nil {
			t.Errorf("%s: %v", reference, err)
		}
	}
	if _, err := s.Jobs.Deactivate(t.Context(), tenant, job.ID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	if err := d.Deliver(t.Context(), zoes("2", own)); err != nil {
		t.Errorf("the message that was taken before the job was closed: %v", err)
	}
	yanns := zoes("3", own)
	yanns.Applicant.Email = "yann@example.com"
	if err := d.Deliver(t.Context(), yanns); !errors.Is(err, board.ErrJobClosed) {
		t.Errorf("a closed job: %v", err)
	}
	for _, owner := range []board.Tenant{tenant, other} {
		if n := len(applicationsOf(t, s, owner)); n != 1 {
			t.Errorf("employer %d has %d applications", owner.EmployerID, n)
		}
	}
}

// TestDeliverTo: the message is for a job of one tenant, whose number the address may name.
func TestDeliverTo(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	d := Delivery{Store: s}
	tenant, _ := employerWithJob(t, s, "first")
	other, _ := employerWithJob(t, s, "other")
	first, err := d.DeliverTo(t.Context(), tenant, zoes("1", strconv.FormatInt(tenant.EmployerID, 10)+".PL-001"))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := d.DeliverTo(t.Context(), tenant, zoes("1", "PL-001")); again != first || err != nil {
		t.Errorf("the same message is application %d and then %d, %v", first, again, err)
	}
	// The other way brings the same message, which is known by the same name.
	if err := d.Deliver(t.Context(), zoes("1", strconv.FormatInt(tenant.EmployerID, 10)+".PL-001")); err != nil {
		t.Errorf("the same message by SMTP: %v", err)
	}
	_, err = d.DeliverTo(t.Context(), tenant, zoes("2", strconv.FormatInt(other.EmployerID, 10)+".PL-001"))
	refused(t, err, board.CodeNotFound, "no such job")
	if n := len(applicationsOf(t, s, tenant)); n != 1 {
		t.Errorf("%d applications", n)
	}
}

// TestCaseOfAReference: mail servers change the case of an address, and a reference has one.
func TestCaseOfAReference(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	d := Delivery{Store: s}
	tenant, job := employerWithJob(t, s, "first")
	own := strconv.FormatInt(tenant.EmployerID, 10) + "."
	for i, reference := range []string{"pl-001", own + "pl-001", own + "PL-001"} {
		m := zoes(strconv.Itoa(i), reference)
		m.Applicant.Email = strconv.Itoa(i) + "@example.com"
		if err := d.Deliver(t.Context(), m); err != nil {
			t.Errorf("%s: %v", reference, err)
		}
		m.Applicant.Email = "by-http" + m.Applicant.Email
		if _, err := d.DeliverTo(t.Context(), tenant, m); err != nil {
			t.Errorf("%s over HTTP: %v", reference, err)
		}
	}
	if n := len(applicationsOf(t, s, tenant)); n != 6 {
		t.Errorf("%d applications", n)
	}
	// A second job whose reference differs in case alone: now the case must be right.
	if _, err := s.Accounts.GrantCredits(t.Context(), tenant, account.Credits{JobPosting: 1}); err != nil {
		t.Fatal(err)
	}
	other, err := s.Jobs.CreateJob(t.Context(), tenant, board.JobPatch{
		Title: board.Set(job.Title), Reference: board.Set("Pl-001"), Description: board.Set("<p>Lead.</p>"), City: board.Set("Leeds"),
		Country: board.Set("United Kingdom"), EmploymentType: board.Set(board.FullTime), ApplyMethod: board.Set(board.ApplyDirect),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Jobs.Publish(t.Context(), account.Principal{Tenant: tenant}, other.ID, nil, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	refused(t, d.Deliver(t.Context(), zoes("9", own+"pl-001")), board.CodeConflict, "")
	if err := d.Deliver(t.Context(), zoes("9", own+"Pl-001")); err != nil {
		t.Error(err)
	}
}

// TestWhatWasNotReadIsNamed: to the applicant in the confirmation, and on the application.
func TestWhatWasNotReadIsNamed(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	tenant, _ := employerWithJob(t, s, "first")
	raw, err := os.ReadFile("testdata/mail/e11c-doc.eml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := Parse(raw, Envelope{From: "e11c@example.com", Reference: "PL-001", Domain: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	m.Unread = append(m.Unread, board.UnreadFile{Name: "photo.jpg", Reason: board.ReasonNotACV})
	if err := (Delivery{Store: s}).Deliver(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	a := applicationsOf(t, s, tenant)[0]
	if a.CV == nil || a.CV.Name != "Nora CV.doc" || a.CV.MediaType != "application/msword" {
		t.Errorf("CV: %+v", a.CV)
	}
	if len(a.UnreadFiles) != 2 || a.UnreadFiles[0].Name != "Nora CV.doc" || !strings.Contains(a.UnreadFiles[0].Reason, ".doc") || a.UnreadFiles[1].Name != "photo.jpg" {
		t.Errorf("%+v", a.UnreadFiles)
	}
	mails, err := s.Outbox.Messages(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(mails) != 1 || !strings.Contains(mails[0].Text, "Nora CV.doc: ") || !strings.Contains(mails[0].Text, "photo.jpg: ") {
		t.Errorf("%+v", mails)
	}
}
