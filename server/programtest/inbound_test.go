package programtest

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/smtp"
	"net/textproto"
	"strings"
	"syscall"
	"testing"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func mailWithCV(id, cv string) []byte {
	return []byte(strings.Join([]string{
		"From: =?utf-8?q?Zo=C3=AB?= O'Neill <zoe@example.com>", "Subject: IT Manager", "Message-ID: <" + id + "@example.com>", "MIME-Version: 1.0",
		`Content-Type: multipart/mixed; boundary="b"`, "", "--b", "Content-Type: text/plain", "", "Dear all",
		"--b", "Content-Type: text/plain", `Content-Disposition: attachment; filename="cv.txt"`, "Content-Transfer-Encoding: base64", "",
		base64.StdEncoding.EncodeToString([]byte(cv)), "--b--", "",
	}, "\r\n"))
}

// inboundAddress reads from the log where email is taken.
func inboundAddress(t *testing.T, s *serving) string {
	t.Helper()
	for line := range s.logs {
		if !strings.Contains(line, "taking applications by email") {
			continue
		}
		for word := range strings.FieldsFuncSeq(line, func(r rune) bool { return strings.ContainsRune(` ="{},`, r) }) {
			if strings.HasPrefix(word, "127.0.0.1:") {
				return word
			}
		}
	}
	t.Fatal("the program takes no email")
	return ""
}

// TestApplyingByEmail sends emails to the running server, as another mail server does.
func TestApplyingByEmail(t *testing.T) {
	t.Parallel()
	databaseURL := storetest.URL(t)
	s := storetest.Open(t, databaseURL, store.Options{Now: time.Now, Rand: rand.Reader, SecretKey: bytes.Repeat([]byte{7}, 32)})
	if err := s.Outbox.MaintainPartitions(t.Context()); err != nil { // else the program does at this moment
		t.Fatal(err)
	}
	running := startServing(t, []string{
		"DATABASE_URL=" + databaseURL, "SECRET_KEY=" + testSecretKey(), "INBOUND_SMTP_ADDR=127.0.0.1:0", "PUBLIC_URL=https://Jobs.example.com:8443",
	}, "serve")
	addr := inboundAddress(t, running)
	tenant, job := fixture.Posted(t, s, "first")
	send := func(to string, raw []byte) (int, string) {
		t.Helper()
		err := smtp.SendMail(addr, nil, "zoe@example.com", []string{to}, raw)
		if err == nil {
			return 250, ""
		}
		answered, ok := errors.AsType[*textproto.Error](err)
		if !ok {
			t.Fatal(err)
		}
		return answered.Code, answered.Msg
	}
	if code, text := send("apply+PL-001@jobs.example.com", mailWithCV("1", "Zoë, Go")); code != 250 {
		t.Fatalf("answered %d %s", code, text)
	}
	page, err := s.Pipeline.Applications(t.Context(), tenant, pipeline.ApplicationQuery{Limit: 10})
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("applications: %+v, %v", page, err)
	}
	if got := page.Items[0]; got.JobID != job.ID || got.Type != board.TypeEmailApply || got.CV == nil || got.CV.Name != "cv.txt" {
		t.Errorf("application: %+v", got)
	}
	if code, text := send("apply+PL-002@jobs.example.com", mailWithCV("3", "x")); code != 550 || !strings.Contains(text, "no such job") {
		t.Errorf("no job: %d %s", code, text)
	}
	running.signal(syscall.SIGTERM)
	if status := running.wait(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}
