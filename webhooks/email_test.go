package webhooks

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/mail"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/storetest"
	mailer "itmanagerjobs/webhooks/mail"
)

// mailServer is a mail server that fails with the errors of refuse, one per email, and then stores the emails it gets.
type mailServer struct {
	mu     sync.Mutex
	refuse []error
	got    []string
}

// startMailServer returns a server and its URL.
func startMailServer(t *testing.T, refuse ...error) (*mailServer, *url.URL) {
	t.Helper()
	s := &mailServer{refuse: refuse}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailSession{server: s}, nil }))
	server.Domain = "localhost"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return s, &url.URL{Scheme: "smtp", Host: l.Addr().String()}
}

func (s *mailServer) messages() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.got...)
}

type mailSession struct {
	server *mailServer
	to     string
}

func (*mailSession) Reset()                                      {}
func (*mailSession) Logout() error                               { return nil }
func (*mailSession) Mail(string, *smtp.MailOptions) error        { return nil }
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error { s.to = to; return nil }

func (s *mailSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if len(s.server.refuse) > 0 {
		err := s.server.refuse[0]
		s.server.refuse = s.server.refuse[1:]
		return err
	}
	s.server.got = append(s.server.got, "Envelope-To: "+s.to+"\r\n"+string(text))
	return nil
}

var (
	errBusy    = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted"}
	errUnknown = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user ada@example.com"}
)

func TestEmails(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	r := newRig(t, clock.Now)
	server, u := startMailServer(t, errBusy)
	smtpMail, err := mailer.NewSMTP(u, "ITManagerJobs <no-reply@example.com>")
	if err != nil {
		t.Fatal(err)
	}
	r.start(t, func(c *Config) { c.Mail = smtpMail })
	message := letter.Mail{To: "ada@example.com", Subject: "Grüße", Text: "Your webhook was disabled.", HTML: "<p>Your webhook was disabled.</p>"}
	if err := r.store.Outbox.SendMail(t.Context(), 0, message); err != nil {
		t.Fatal(err)
	}
	r.untilCount(t, 1, attemptsSQL+` WHERE outcome = 'Failed' AND error NOT LIKE '%@%'`)
	clock.Advance(time.Minute)
	r.untilCount(t, 1, deliveredSQL)

	got := server.messages()
	if len(got) != 1 {
		t.Fatalf("%d emails arrived", len(got))
	}
	m, err := mail.ReadMessage(strings.NewReader(got[0]))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Envelope-To": "ada@example.com", "To": "<ada@example.com>", "From": `"ITManagerJobs" <no-reply@example.com>`,
		"Subject": "=?UTF-8?q?Gr=C3=BC=C3=9Fe?=", "Auto-Submitted": "auto-generated", "Message-Id": "<message-1@example.com>",
	} {
		if value := m.Header.Get(name); value != want {
			t.Errorf("%s: %s, want %s", name, value, want)
		}
	}
	body, err := io.ReadAll(m.Body)
	if err != nil || !strings.Contains(string(body), message.Text) || !strings.Contains(string(body), message.HTML) {
		t.Errorf("body, %v:\n%s", err, body)
	}
}

func TestEmailsThatAreRefusedForGood(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	server, u := startMailServer(t, errUnknown)
	smtpMail, err := mailer.NewSMTP(u, "no-reply@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if err := smtpMail.Send(t.Context(), mailer.Message{ID: 1, To: "nonsense"}); !errors.As(err, new(*mailer.RefusedError)) {
		t.Errorf("an address that is none: %v", err)
	}
	r.start(t, func(c *Config) { c.Mail = smtpMail })
	if err := r.store.Outbox.SendMail(t.Context(), 0, letter.Mail{To: "ada@example.com", Subject: "Hello", Text: "Hello"}); err != nil {
		t.Fatal(err)
	}
	r.untilCount(t, 1, attemptsSQL+` WHERE outcome = 'DeadLetter' AND error NOT LIKE '%@%'`)
	if n := len(server.messages()); n != 0 {
		t.Errorf("%d emails arrived", n)
	}
}

// TestEmailsAreKeptWithoutAServer also expects no line of the log: the emails of a demo would push its keys off the screen.
func TestEmailsAreKeptWithoutAServer(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	var log lockedBuffer
	e := r.start(t, func(c *Config) { c.Log = slog.New(slog.NewJSONHandler(&log, nil)) })
	if err := r.store.Outbox.SendMail(t.Context(), 0, letter.Mail{To: "ada@example.com", Subject: "Hello", Text: "Hello"}); err != nil {
		t.Fatal(err)
	}
	r.untilCount(t, 1, deliveredSQL+` AND stage = 'kept'`)
	kept, err := r.store.Outbox.Messages(t.Context(), 10)
	if err != nil || len(kept) != 1 || kept[0].Text != "Hello" || kept[0].Status != delivery.Delivered {
		t.Errorf("kept: %+v, %v", kept, err)
	}
	e.Stop()
	if text := log.String(); strings.Contains(text, `"attempt"`) {
		t.Errorf("logged:\n%s", text)
	}
}

func TestEmailPasswordsAreNotSentInTheClear(t *testing.T) {
	t.Parallel()
	_, u := startMailServer(t) // it offers no STARTTLS
	u.User = url.UserPassword("app@example.com", "secret")
	smtpMail, err := mailer.NewSMTP(u, "no-reply@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if err := smtpMail.Send(t.Context(), mailer.Message{ID: 1, To: "ada@example.com"}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("Send = %v", err)
	}
	u.User = nil
	if _, err := mailer.NewSMTP(u, "nobody"); err == nil {
		t.Error("a sender without an address is accepted")
	}
}
