package benchtest

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"itmanagerjobs/server/servertest"
)

// tooManyApplications are forms for a job that is not there, from a network that has sent too many.
func tooManyApplications(b *testing.B, served string) func(int64) *http.Request {
	b.Helper()
	form, contentType := servertest.Form(b, servertest.Ada()...)
	return func(int64) *http.Request {
		r, err := http.NewRequest(http.MethodPost, served+"/jobs/999999999/apply", bytes.NewReader(form))
		if err != nil {
			panic(err)
		}
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("Accept", "application/json")
		return r
	}
}

// mailOverHTTP are messages that do not say how large they are, for a job that is not there. Each has a file of 17 MB.
func (f *bench) mailOverHTTP(b *testing.B, keys int64) func(int64) *http.Request {
	b.Helper()
	const lines = 300_000
	line := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("x"), 57)) + "\r\n"
	message := "From: zoe@example.com\r\nSubject: CV\r\nMIME-Version: 1.0\r\nContent-Type: application/pdf; name=cv.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		strings.Repeat(line, lines)
	request := func(n int64) *http.Request {
		r := f.request(http.MethodPost, "/apply/inbound?to="+url.QueryEscape("apply+NONE@jobs.example"), n%keys, nil)
		r.Header.Set("Content-Type", "message/rfc822")
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(message)), -1
		return r
	}
	for n := range int64(4) { // their memory is new to the process, and some machines are slow to give it
		res, err := f.http.Do(request(n))
		if err != nil {
			b.Fatal(err)
		}
		_ = res.Body.Close()
	}
	return request
}
