package benchtest

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"sync"
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

// mailOverHTTP is a message that does not say how large it is, for a job that is not there.
func (f *bench) mailOverHTTP(key int64) *http.Request {
	r := f.request(http.MethodPost, "/apply/inbound?to="+url.QueryEscape("apply+NONE@jobs.example"), key, nil)
	r.Header.Set("Content-Type", "message/rfc822")
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(largeMail())), -1
	return r
}

// largeMail has a file of 17 MB.
var largeMail = sync.OnceValue(func() []byte {
	var m bytes.Buffer
	m.WriteString("From: zoe@example.com\r\nSubject: CV\r\nMIME-Version: 1.0\r\nContent-Type: application/pdf; name=cv.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	line := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("x"), 57)) + "\r\n"
	for range 300_000 {
		m.WriteString(line)
	}
	return m.Bytes()
})
