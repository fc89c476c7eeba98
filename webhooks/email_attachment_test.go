package webhooks

import (
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
	mailer "itmanagerjobs/webhooks/mail"
)

// leaves reads the parts of a message that contain no other parts. The key is the media type, for a file followed by a colon and
// its name; the value is the content.
func leaves(t *testing.T, header interface{ Get(key string) string }, body io.Reader, into map[string]string) {
	t.Helper()
	mediaType, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(mediaType, "multipart/") {
		if header.Get("Content-Transfer-Encoding") == "base64" {
			body = base64.NewDecoder(base64.StdEncoding, body)
		}
		b, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		if disposition, params, err := mime.ParseMediaType(header.Get("Content-Disposition")); err == nil && disposition == "attachment" {
			name, err := new(mime.WordDecoder).DecodeHeader(params["filename"]) // as mail programs do
			if err != nil {
				t.Fatal(err)
			}
			mediaType += ":" + name
		}
		into[mediaType] = string(b)
		return
	}
	parts := multipart.NewReader(body, params["boundary"])
	for {
		part, err := parts.NextPart() // it decodes quoted-printable
		if err != nil {
			return
		}
		leaves(t, part.Header, part, into)
	}
}

// TestEmailsOfAnApplication checks that the employer gets the application with its CV and can answer it, and that the candidate
// gets a confirmation with the link that withdraws the application.
func TestEmailsOfAnApplication(t *testing.T) {
	t.Parallel()
	r := newRig(t, storetest.NewClock().Now)
	if _, err := r.store.Accounts.GrantCredits(t.Context(), r.tenant, account.Credits{JobPosting: 5}); err != nil {
		t.Fatal(err)
	}
	job, err := r.store.Jobs.CreateJob(t.Context(), r.tenant, board.JobPatch{
		Title: board.Set("IT Manager"), Description: board.Set("<p>Lead the team.</p>"), City: board.Set("Leeds"), Country: board.Set("United Kingdom"),
		EmploymentType: board.Set(board.FullTime), ApplyMethod: board.Set(board.ApplyByEmail), ApplyEmailAddress: board.Set("jobs@acme.example"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.store.Jobs.Publish(t.Context(), account.Principal{Tenant: r.tenant}, job.ID, nil, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.store.Pipeline.Apply(t.Context(), pipeline.ApplyParams{
		Mode: board.ModeLive, JobID: job.ID, Source: board.SourceForm, PublicURL: "https://jobs.example.com",
		Applicant: board.Applicant{FirstName: "Zoë", LastName: "O'Neill", Email: "zoe@example.com", CoverLetter: "Dear <all>"},
		CV:        &board.Upload{Name: "Lebenslauf Zoë.txt", Bytes: []byte("Zoë, Go")},
	}); err != nil {
		t.Fatal(err)
	}
	server, u := startMailServer(t)
	smtpMail, err := mailer.NewSMTP(u, "no-reply@example.com")
	if err != nil {
		t.Fatal(err)
	}
	r.start(t, func(c *Config) { c.Mail = smtpMail })
	r.untilCount(t, 2, deliveredSQL)

	got := map[string]*mail.Message{}
	for _, text := range server.messages() {
		m, err := mail.ReadMessage(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		got[m.Header.Get("Envelope-To")] = m
		if auto := m.Header.Get("Auto-Submitted"); auto != "auto-generated" {
			t.Errorf("Auto-Submitted: %q", auto)
		}
	}
	if len(got) != 2 || got["jobs@acme.example"] == nil || got["zoe@example.com"] == nil {
		t.Fatalf("emails to %v", got)
	}
	toEmployer, toCandidate := map[string]string{}, map[string]string{}
	leaves(t, got["jobs@acme.example"].Header, got["jobs@acme.example"].Body, toEmployer)
	leaves(t, got["zoe@example.com"].Header, got["zoe@example.com"].Body, toCandidate)
	if reply := got["jobs@acme.example"].Header.Get("Reply-To"); reply != "<zoe@example.com>" {
		t.Errorf("Reply-To: %q", reply)
	}
	if diff := cmp.Diff("Zoë, Go", toEmployer["text/plain:Lebenslauf Zoë.txt"]); diff != "" {
		t.Errorf("the CV (-want +got):\n%s\nof %v", diff, toEmployer)
	}
	if !strings.Contains(toEmployer["text/plain"], "Dear <all>") || !strings.Contains(toEmployer["text/html"], "Dear &lt;all&gt;") {
		t.Errorf("to the employer: %v", toEmployer)
	}
	for _, kind := range []string{"text/plain", "text/html"} {
		if !strings.Contains(toCandidate[kind], "https://jobs.example.com"+board.WithdrawPath+"?token=") || len(toCandidate) != 2 {
			t.Errorf("to the candidate: %v", toCandidate)
		}
	}
}
