package site

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"itmanagerjobs/server/intake"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/publication"
)

func TestShowOutcome(t *testing.T) {
	t.Parallel()
	byURL := job(2, func(j *board.Job) { j.ApplyMethod = new(board.ApplyByURL) })
	s := newSite(t, &fakeJobs{listings: []publication.Listing{job(1), byURL, job(3, func(j *board.Job) { j.Status = board.JobExpired })}}, io.Discard)
	problem := []board.FieldError{{Field: "email", Code: board.FieldInvalidFormat, Message: "must be an email address"}}
	values := map[string]string{"firstName": `Zoë "<b>"`, "email": "zoe"}
	for _, tc := range []struct {
		name string
		o    intake.Outcome
		want []string
		form bool
	}{
		{"arrived", intake.Outcome{Status: 201, Title: "Your application has arrived", Message: "Thank you, <zoe>.", JobID: 1}, []string{"<h1>Your application has arrived</h1>", "Thank you, <zoe>.", `href="/jobs/1"`}, false},
		{"a field", intake.Outcome{Status: 400, Title: "There is a problem", JobID: 1, Problems: problem, Values: values}, []string{"<title>Error: ", `<a href="#email">Enter an email address`, `value="Zoë "<b>""`}, true},
		{"applied before", intake.Outcome{Status: 409, Title: "x", Message: "You have applied before.", JobID: 1, Values: values}, []string{"You have applied before.", `value="zoe"`}, true},
		{"too large", intake.Outcome{Status: 413, Title: "x", Message: "The form is too large.", JobID: 1}, []string{"The form is too large."}, true},
		{"over", intake.Outcome{Status: 410, Title: "No longer there", Message: "This job has expired.", JobID: 3}, []string{"This job has expired.", "Error: "}, false},
		{"closed meanwhile", intake.Outcome{Status: 410, Title: "x", Message: "Closed.", JobID: 3}, []string{"Closed."}, false},
		{"elsewhere", intake.Outcome{Status: 400, Title: "x", Message: "Not here.", JobID: 2, Problems: problem}, []string{"Not here.", "email must be"}, false},
		{"no job", intake.Outcome{Status: 429, Title: "Try again later", Message: "Too many."}, []string{"Too many.", `href="/jobs"`}, false},
		{"a question", intake.Outcome{Status: 200, Title: "Withdraw?", Message: "Really?", Token: `a"b`}, []string{`method="post" action="/applications/withdraw"`, `name="token" value="a"b"`, "noindex"}, false},
	} {
		w := httptest.NewRecorder()
		w.Header().Set("Content-Security-Policy", "default-src 'none'")
		if err := s.ShowOutcome(w, httptest.NewRequest(http.MethodPost, "/jobs/1/apply", nil), tc.o); err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		wants(t, w, tc.o.Status, tc.want...)
		if body := w.Body.String(); strings.Contains(body, "<zoe>") || strings.Contains(body, "<b>") {
			t.Errorf("%s: a person writes markup into the page", tc.name)
		}
		if form := strings.Contains(w.Body.String(), `enctype="multipart/form-data"`); form != tc.form {
			t.Errorf("%s: the form is shown: %t", tc.name, form)
		}
		if csp := w.Header().Get("Content-Security-Policy"); csp != contentSecurityPolicy {
			t.Errorf("%s: policy %q", tc.name, csp)
		}
	}
}
