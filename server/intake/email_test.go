package intake_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
)

// rawEmail is a message of Ada's; lines come before its other headers.
func rawEmail(lines ...string) string {
	return strings.Join(append(lines, "From: Ada Lovelace <ada@example.com>", "Subject: Platform Lead", "MIME-Version: 1.0",
		`Content-Type: multipart/mixed; boundary="b"`, "", "--b", "Content-Type: text/plain", "", "Dear team",
		"--b", "Content-Type: text/plain", `Content-Disposition: attachment; filename="cv.txt"`, "", "Ada, Go", "--b--", ""), "\r\n")
}

func mailing(key, query, message string) servertest.Request {
	return servertest.Request{
		Method: http.MethodPost, Path: "/apply/inbound" + query, Key: key, Body: message,
		Header: map[string]string{"Content-Type": "message/rfc822"},
	}
}

func withReference(reference string) func(*board.JobPatch) {
	return func(p *board.JobPatch) { p.Reference = board.Set(reference) }
}

func TestEmailOfAProvider(t *testing.T) {
	t.Parallel()
	api := applyAPI(t)
	tenant, key := api.Employer(t, "Northwind", 50, apikey.ScopeJobPosting)
	other, otherKey := api.Employer(t, "Contoso", 50, apikey.ScopeJobPosting)
	job := api.OpenJob(t, tenant, withReference("PL-001"))
	api.OpenJob(t, other, withReference("PL-001"))

	first := mailing(key, "?to="+url.QueryEscape("apply+PL-001@mail.example"), rawEmail("Return-Path: <ada@example.com>", "Message-ID: <1@example.com>"))
	id := servertest.ApplicationID(t, api.Want(t, 202, first))
	got := application(t, api, key, id)
	if got.JobID != job.ID || got.ApplicationType != "EmailApply" || got.Applicant.FirstName != "Ada" || got.CV == nil || got.CV.Name != "cv.txt" {
		t.Errorf("application: %+v", got)
	}
	if again := servertest.ApplicationID(t, api.Want(t, 202, first)); again != id {
		t.Errorf("the same message is application %d and then %d", id, again)
	}
	api.Want(t, 409, mailing(key, "?to=apply%2BPL-001@mail.example", rawEmail("Message-ID: <2@example.com>")))

	own := strconv.FormatInt(other.EmployerID, 10) + ".PL-001@mail.example"
	for _, tc := range []struct {
		name, key, query, message string
		want                      int
	}{
		{"number of the employer", otherKey, "?to=APPLY%2B" + own, rawEmail(), 202},
		{"number of another employer", key, "?to=apply%2B" + own, rawEmail(), 404},
		{"plus that is not escaped", key, "?to=apply+PL-002@mail.example", rawEmail(), 404},
		{"header To", key, "", rawEmail("To: Jobs <jobs@mail.example>, apply+PL-003@mail.example"), 404},
		{"to before To", key, "?to=jobs@mail.example", rawEmail("To: apply+PL-001@mail.example"), 400},
		{"no recipient", key, "", rawEmail(), 400},
		{"reference that is no text", key, "?to=apply%2B=00=FF@mail.example", rawEmail(), 404},
		{"bounce", key, "?to=apply%2BPL-001@mail.example", rawEmail("Return-Path: <>"), 200},
		{"our own address", key, "?to=apply%2BPL-001@mail.example", rawEmail("Return-Path: apply+x@mail.example"), 200},
		{"no author", key, "?to=apply%2BPL-001@mail.example", "Subject: x\r\n\r\nx", 400},
		{"no email", key, "?to=apply%2BPL-001@mail.example", "hello", 400},
		{"nothing", key, "?to=apply%2BPL-001@mail.example", "", 400},
	} {
		if res := api.Do(t, mailing(tc.key, tc.query, tc.message)); res.Status != tc.want {
			t.Errorf("%s: %d, want %d: %s", tc.name, res.Status, tc.want, res.Body)
		}
	}

	test := api.Key(t, account.NewKey{Tenant: board.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest}, Name: "Test", Scopes: []apikey.Scope{apikey.ScopeJobPosting}, Approve: true})
	api.Want(t, 404, mailing(test, "?to=apply%2BPL-001@mail.example", rawEmail()))
}

func TestEmailUnderAnIdempotencyKey(t *testing.T) {
	t.Parallel()
	api := applyAPI(t)
	tenant, key := api.Employer(t, "Northwind", 50, apikey.ScopeJobPosting)
	api.OpenJob(t, tenant, withReference("PL-001"))
	send := func(status int, query, message string) servertest.Response {
		t.Helper()
		q := mailing(key, query, message)
		q.Header["Idempotency-Key"] = "one"
		return api.Want(t, status, q)
	}
	send(202, "?to=apply%2BPL-001@mail.example", rawEmail())
	if res := send(202, "?to=apply%2BPL-001@mail.example", rawEmail()); res.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("a repetition is answered anew: %v", res.Header)
	}
	send(422, "?to=apply%2BPL-002@mail.example", rawEmail())

	// The refusal undoes nothing of the email that tells the applicant, and its repetition sends no other one.
	again := mailing(key, "?to=apply%2BPL-001@mail.example", rawEmail("Message-ID: <2@example.com>"))
	again.Header["Idempotency-Key"] = "two"
	api.Want(t, 409, again)
	if res := api.Want(t, 409, again); res.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("a repeated refusal is answered anew: %v", res.Header)
	}
	messages, err := api.Store.Outbox.Messages(t.Context(), 9)
	told := 0
	for _, m := range messages {
		if strings.Contains(m.Text, "already") {
			told++
		}
	}
	if err != nil || told != 1 {
		t.Errorf("%d of %d emails tell that one application is enough, %v; want 1", told, len(messages), err)
	}
	send(422, "?to=apply%2BPL-001@mail.example", rawEmail("X-Other: 1"))
}
