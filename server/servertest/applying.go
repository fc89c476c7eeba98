package servertest

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"testing"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// OpenJob makes a job of the tenant that is Active.
func (a *API) OpenJob(t testing.TB, tenant board.Tenant, change ...func(*board.JobPatch)) board.Job {
	t.Helper()
	p := board.JobPatch{
		Title: board.Set("Platform Lead"), Description: board.Set("<p>Lead.</p>"), Country: board.Set("United Kingdom"), City: board.Set("London"),
		EmploymentType: board.Set(board.FullTime), ApplyMethod: board.Set(board.ApplyDirect),
	}
	for _, c := range change {
		c(&p)
	}
	job, err := a.Store.Jobs.CreateJob(t.Context(), tenant, p)
	if err != nil {
		t.Fatalf("create job: %v", err)
	}
	job, err = a.Store.Jobs.Publish(t.Context(), account.Principal{Tenant: tenant}, job.ID, nil, board.Precondition{})
	if err != nil {
		t.Fatalf("publish job: %v", err)
	}
	return job
}

// Part is one part of a form: its name, the name of its file, "" for a part that is no file, and its content.
type Part [3]string

// Ada is what Ada Lovelace writes into the form of a job.
func Ada() []Part {
	return []Part{{"firstName", "", "Ada"}, {"lastName", "", "Lovelace"}, {"email", "", "ada@example.com"}, {"phone", "", ""}, {"coverLetter", "", "Hello,\r\nI am keen."}}
}

// Form writes a form as a browser does.
func Form(t testing.TB, parts ...Part) (body []byte, contentType string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		name, file, content := p[0], p[1], p[2]
		var err error
		if file == "" {
			err = w.WriteField(name, content)
		} else if out, createErr := w.CreateFormFile(name, file); createErr == nil {
			_, err = out.Write([]byte(content))
		}
		if err != nil {
			t.Fatalf("write form: %v", err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatalf("write form: %v", err)
	}
	return b.Bytes(), w.FormDataContentType()
}

// Applying sends the form of a job, as a program does.
func Applying(t testing.TB, jobID int64, parts ...Part) Request {
	t.Helper()
	body, contentType := Form(t, parts...)
	return Request{
		Method: http.MethodPost, Path: fmt.Sprintf("/jobs/%d/apply", jobID), Body: body,
		Header: map[string]string{"Content-Type": contentType, "Accept": "application/json"},
	}
}

// ApplicationID is the number of the application that an answer confirms.
func ApplicationID(t testing.TB, res Response) int64 {
	t.Helper()
	var a struct{ ApplicationID int64 }
	res.JSON(t, &a)
	return a.ApplicationID
}
