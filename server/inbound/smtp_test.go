package inbound

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/smtp"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
)

// inbox answers as it is told and keeps what it got.
type inbox struct {
	mu     sync.Mutex
	answer error
	got    []Message
}

func (i *inbox) Deliver(_ context.Context, m Message) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.answer == nil {
		i.got = append(i.got, m)
	}
	return i.answer
}

func (i *inbox) messages() []Message {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.got)
}

// logBuffer is written by the server and read by the test.
type logBuffer struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	written chan struct{} // has something once something was written
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.written <- struct{}{}:
	default:
	}
	return l.buf.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// startServer gives a server's address, and its log.
func startServer(t *testing.T, box Deliverer) (address string, log *logBuffer) {
	t.Helper()
	log = &logBuffer{written: make(chan struct{}, 1)}
	s := NewServer(Config{Deliverer: box, Log: slog.New(slog.NewJSONHandler(log, nil)), Now: time.Now, Domain: domain})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shut down: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shut down again: %v", err)
		}
	})
	return l.Addr().String(), log
}

// code is what the server answered with, 250 for nothing.
func code(t *testing.T, err error) int {
	t.Helper()
	if err == nil {
		return 250
	}
	answered, ok := errors.AsType[*textproto.Error](err)
	if !ok {
		t.Fatalf("no answer of SMTP: %v", err)
	}
	return answered.Code
}

func send(address, from, to, raw string) error {
	return smtp.SendMail(address, nil, from, []string{to}, []byte(raw))
}

const jobAddress = "apply+PL-001@" + domain

func TestServerTakesAnApplication(t *testing.T) {
	t.Parallel()
	box := &inbox{}
	address, log := startServer(t, box)
	raw := withParts(textPart, attachment(`Content-Disposition: attachment; filename="cv.pdf"`, encoded(pdf)))
	if err := send(address, "zoe@example.com", jobAddress, raw); err != nil {
		t.Fatal(err)
	}
	want := []Message{{
		Reference: "PL-001", CV: &board.CV{Name: "cv.pdf", Kind: board.KindPDF, Bytes: pdf}, Subject: "Jöb", ID: "1@example.com", Network: "127.0.0.1",
		Applicant: board.Applicant{FirstName: "Zoë", LastName: "O'Neill", Email: "zoe@example.com", CoverLetter: "Dear all,\n\nGrüße"},
	}}
	if diff := cmp.Diff(want, box.messages()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if text := log.String(); strings.Contains(text, "zoe") || strings.Contains(text, "Dear") || !strings.Contains(text, `"code":250`) {
		t.Errorf("the log: %s", text)
	}
}

// TestAnswers holds every outcome against its code.
func TestAnswers(t *testing.T) {
	t.Parallel()
	plain := email("From: Zoë <zoe@example.com>", "", "Hello")
	for _, tc := range []struct {
		name   string
		from   string
		to     string
		raw    string
		answer error
		want   int
		line   string
	}{
		{"taken", "zoe@example.com", jobAddress, plain, nil, 250, ""},
		{"another domain", "zoe@example.com", "apply+PL-001@example.org", plain, nil, 550, "no such mailbox"},
		{"another mailbox", "zoe@example.com", "info@" + domain, plain, nil, 550, "no such mailbox"},
		{"no such job", "zoe@example.com", jobAddress, plain, board.Errorf(board.CodeNotFound, "There is no such job."), 550, "no such job"},
		{"a closed job", "zoe@example.com", jobAddress, plain, board.ErrJobClosed, 550, "closed"},
		{"an expired job", "zoe@example.com", jobAddress, plain, board.ErrJobExpired, 550, "expired"},
		{"another region", "zoe@example.com", jobAddress, plain, board.ErrRegionNotAccepted, 550, "region"},
		{"applied before", "zoe@example.com", jobAddress, plain, board.ErrAlreadyApplied, 250, ""},
		{"not a CV", "zoe@example.com", jobAddress, plain, board.Invalid(board.FieldError{Field: "cv", Code: board.FieldNotAllowed, Message: "must be a PDF,\nnot a “photo”"}), 554, "cv must be a PDF, not a ?photo?"},
		{"a CV too large", "zoe@example.com", jobAddress, plain, board.Errorf(board.CodePayloadTooLarge, "The CV is too large."), 552, "CV is too large"},
		{"the database is away", "zoe@example.com", jobAddress, plain, errors.New("dial tcp 10.0.0.1: refused"), 451, "try again later"},
		{"too many", "zoe@example.com", jobAddress, plain, board.Errorf(board.CodeRateLimited, "Too many."), 451, "try again later"},
		{"malformed", "zoe@example.com", jobAddress, email("To: x", "", "Hello"), nil, 554, "author"},
		{"a vacation program", "zoe@example.com", jobAddress, email("Auto-Submitted: auto-replied", "From: zoe@example.com", "", "x"), nil, 250, ""},
		{"a mailing without a CV", "zoe@example.com", jobAddress, email("Precedence: bulk", "From: zoe@example.com", "", "x"), nil, 554, "no CV"},
		{"a bounce", "", jobAddress, plain, nil, 250, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			box := &inbox{answer: tc.answer}
			address, _ := startServer(t, box)
			err := send(address, tc.from, tc.to, tc.raw)
			if got := code(t, err); got != tc.want || err != nil && !strings.Contains(err.Error(), tc.line) {
				t.Errorf("answered %v, want %d %q", err, tc.want, tc.line)
			}
			if err != nil && strings.Contains(err.Error(), "10.0.0.1") {
				t.Errorf("the answer shows our inside: %v", err)
			}
			wantKept := 0
			if tc.name == "taken" {
				wantKept = 1
			}
			if n := len(box.messages()); n != wantKept {
				t.Errorf("%d messages delivered, want %d", n, wantKept)
			}
		})
	}
}

// TestHuge: a message that tells its size is refused before it is sent, any other when it grows too large.
func TestHuge(t *testing.T) {
	t.Parallel()
	box := &inbox{}
	address, _ := startServer(t, box)
	c, err := smtp.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.Hello("localhost"); err != nil {
		t.Fatal(err)
	}
	for size, want := range map[int]int{MaxMessage: 250, MaxMessage + 1: 552} {
		id, err := c.Text.Cmd("MAIL FROM:<zoe@example.com> SIZE=%d", size)
		if err != nil {
			t.Fatal(err)
		}
		c.Text.StartResponse(id)
		if got, _, _ := c.Text.ReadResponse(0); got != want {
			t.Errorf("%d bytes are answered with %d, want %d", size, got, want)
		}
		c.Text.EndResponse(id)
		if err := c.Reset(); err != nil {
			t.Fatal(err)
		}
	}

	_, conn := net.Pipe()
	defer conn.Close()
	server := NewServer(Config{Deliverer: box, Log: slog.New(slog.DiscardHandler), Now: time.Now, Domain: domain})
	s := &session{server: server, guest: newDoor(nil, time.Now, server.counter, func() {}).guest(conn, "192.0.2.1"), from: "zoe@example.com"}
	err = s.Data(strings.NewReader(email("From: a@example.com", "", strings.Repeat("x", MaxMessage))))
	if refused, ok := errors.AsType[*gosmtp.SMTPError](err); !ok || refused.Code != 552 {
		t.Errorf("a message that grows too large is answered with %v", err)
	}
	if n := len(box.messages()); n != 0 {
		t.Errorf("%d messages delivered", n)
	}
}

// TestOneJobAtATime: each job has its own answer.
func TestOneJobAtATime(t *testing.T) {
	t.Parallel()
	box := &inbox{}
	address, _ := startServer(t, box)
	c, err := smtp.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	for _, ref := range []string{"A", "B"} { // one after the other on one connection
		if err := c.Mail("zoe@example.com"); err != nil {
			t.Fatal(err)
		}
		if err := c.Rcpt("apply+" + ref + "@" + domain); err != nil {
			t.Fatal(err)
		}
		if got := code(t, c.Rcpt("apply+C@"+domain)); got != 452 {
			t.Errorf("a second recipient is answered with %d, want 452", got)
		}
		w, err := c.Data()
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(w, email("From: a b <a@example.com>", "", "Hello"))
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var refs []string
	for _, m := range box.messages() {
		refs = append(refs, m.Reference)
	}
	if diff := cmp.Diff([]string{"A", "B"}, refs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := c.Quit(); err != nil {
		t.Error(err)
	}
}

// TestBrokenOff: a message that does not arrive whole is not delivered.
func TestBrokenOff(t *testing.T) {
	t.Parallel()
	box := &inbox{}
	address, log := startServer(t, box)
	c, err := smtp.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Mail("zoe@example.com"), c.Rcpt(jobAddress)); err != nil {
		t.Fatal(err)
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(w, email("From: a b <a@example.com>", "", "Hello"))
	if err := c.Text.W.Flush(); err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	select {
	case <-log.written:
	case <-time.After(20 * time.Second):
		t.Fatal("the server did not notice")
	}
	if n := len(box.messages()); n != 0 {
		t.Errorf("%d messages delivered", n)
	}
}

// TestAMessageThatEndsWithACarriageReturnTooMany: programs that write each line end twice over are answered, and the connection goes on.
func TestAMessageThatEndsWithACarriageReturnTooMany(t *testing.T) {
	t.Parallel()
	box := &inbox{}
	s := NewServer(Config{Deliverer: box, Log: slog.New(slog.DiscardHandler), Now: time.Now, Domain: domain})
	s.silence = time.Millisecond
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	c, err := smtp.Dial(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	message := strings.ReplaceAll(email("From: a b <a@example.com>", "", "Hello"), "\r\n", "\r\r\n")
	for range 2 {
		if err := errors.Join(c.Mail("zoe@example.com"), c.Rcpt(jobAddress)); err != nil {
			t.Fatal(err)
		}
		if err := c.Text.PrintfLine("DATA"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.Text.ReadResponse(354); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Text.W.WriteString(message + "\r\r\n.\r\n"); err != nil {
			t.Fatal(err)
		}
		if err := c.Text.W.Flush(); err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.Text.ReadResponse(250); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(c.Quit(), s.Shutdown(t.Context()), <-served); err != nil {
		t.Error(err)
	}
	if got := box.messages(); len(got) != 2 || got[1].Applicant.CoverLetter != "Hello" {
		t.Errorf("taken: %+v", got)
	}
}
