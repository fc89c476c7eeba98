// Package mail sends emails through a mail server by SMTP. It makes no decisions: the store decides who gets an email and when, and
// the delivery engine decides whether a failed email is tried again. Its errors contain no address of a person, so they may be
// logged.
package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// timeout is the limit for one email, from connecting to the answer that the server has it.
const timeout = 30 * time.Second

// Message is one email. HTML is optional.
type Message struct {
	// ID becomes part of the Message-ID, which is the same at every attempt: mail programs show a repeated email once.
	ID int64
	To string
	// ReplyTo is the address for answers; empty for none.
	ReplyTo             string
	Subject, Text, HTML string
	// Unsubscribe is the page that ends emails of this kind, and takes the POST of RFC 8058; empty for none.
	Unsubscribe string
	Attachments []Attachment
	// Calendar is optional. The email contains it twice: as an alternative form of its text, by which mail programs offer to
	// add the event or to remove it, and as a file for programs that do not.
	Calendar Calendar
}

// Calendar is a calendar entry in iCalendar format, and its METHOD.
type Calendar struct{ Method, Text string }

// calendarName and calendarFile are the name and the media type of the file. The media type is not text/calendar, because some
// programs would then offer the event twice.
const calendarName, calendarFile = "invite.ics", "application/ics"

// Attachment is a file that is attached to an email.
type Attachment struct {
	Name, MediaType string
	Content         []byte
}

// RefusedError means that the server refused the email for good: another attempt would fail too.
type RefusedError struct{ what string }

func (e *RefusedError) Error() string { return e.what }

// SMTP sends emails through one server. It is safe for concurrent use.
type SMTP struct {
	client *gomail.Client
	from   string
	domain string
}

// NewSMTP makes a sender from a URL: smtp://user:password@host:587 with STARTTLS, which is required when the URL has a user, or
// smtps://…:465. The sender's address is the parameter "from" of the URL, else its user if that is an address, else from. Errors
// are sentences for the operator and do not contain the URL.
func NewSMTP(u *url.URL, from string) (*SMTP, error) {
	user, password := u.User.Username(), ""
	if u.User != nil {
		password, _ = u.User.Password()
	}
	switch given := u.Query().Get("from"); {
	case given != "":
		from = given
	case strings.Contains(user, "@"):
		from = user
	}
	options := []gomail.Option{gomail.WithTimeout(timeout)}
	switch {
	case u.Scheme == "smtps":
		options = append(options, gomail.WithSSL(), gomail.WithPort(465))
	case user != "":
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory), gomail.WithPort(587))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic), gomail.WithPort(25))
	}
	if text := u.Port(); text != "" {
		port, err := strconv.Atoi(text)
		if err != nil {
			return nil, errors.New("the port of the mail server is not a number")
		}
		options = append(options, gomail.WithPort(port))
	}
	if user != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(user), gomail.WithPassword(password))
	}
	client, err := gomail.NewClient(u.Hostname(), options...)
	if err != nil {
		return nil, fmt.Errorf("mail server: %w", err)
	}
	if err := gomail.NewMsg().From(from); err != nil {
		return nil, fmt.Errorf("the sender %q is not an email address", from)
	}
	_, domain, _ := strings.Cut(strings.TrimRight(from, ">"), "@")
	return &SMTP{client: client, from: from, domain: domain}, nil
}

// Greet connects, encrypts and signs in as Send does, and sends nothing. Errors are sentences without the password.
func (s *SMTP) Greet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	conn, err := s.client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return fmt.Errorf("connect to the mail server: %w", err)
	}
	return s.client.CloseWithSMTPClient(conn)
}

// Send sends one email. Errors: *RefusedError when another attempt would fail too.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	msg, err := s.compose(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	conn, err := s.client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return fmt.Errorf("connect to the mail server: %w", err)
	}
	// Whether the server has the email is known by then, so an error while closing does not matter.
	defer func() { _ = s.client.CloseWithSMTPClient(conn) }()
	// The library applies the timeout. This closes the connection when ctx ends before.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if err := s.client.SendWithSMTPClient(conn, msg); err != nil {
		return refusal(err)
	}
	return nil
}

// mailbox quotes the local part of an address that has dots where RFC 5321 has none without quotes.
func mailbox(address string) string {
	local, domain, ok := strings.Cut(address, "@")
	if !ok || strings.HasPrefix(local, `"`) || !strings.Contains(local, "..") && !strings.HasPrefix(local, ".") && !strings.HasSuffix(local, ".") {
		return address
	}
	return `"` + local + `"@` + domain
}

func (s *SMTP) compose(m Message) (*gomail.Msg, error) {
	msg := gomail.NewMsg()
	if err := msg.From(s.from); err != nil {
		return nil, &RefusedError{"the sender is not an email address"}
	}
	if err := msg.To(mailbox(m.To)); err != nil {
		return nil, &RefusedError{"the recipient is not an email address"}
	}
	if m.ReplyTo != "" {
		if err := msg.ReplyTo(mailbox(m.ReplyTo)); err != nil {
			return nil, &RefusedError{"the address for answers is not an email address"}
		}
	}
	msg.SetMessageIDWithValue(fmt.Sprintf("message-%d@%s", m.ID, s.domain))
	msg.SetDate()
	msg.Subject(m.Subject)
	// This keeps vacation programs from answering.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	if m.Unsubscribe != "" {
		msg.SetGenHeaderPreformatted("List-Unsubscribe", "<"+m.Unsubscribe+">") // a link that is folded or encoded is none any more
		msg.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	if m.Calendar.Text != "" {
		msg.AddAlternativeString(gomail.ContentType("text/calendar; method="+m.Calendar.Method), m.Calendar.Text)
		m.Attachments = append(slices.Clone(m.Attachments), Attachment{Name: calendarName, MediaType: calendarFile, Content: []byte(m.Calendar.Text)})
	}
	for _, a := range m.Attachments {
		msg.AttachReadSeeker(a.Name, bytes.NewReader(a.Content), gomail.WithFileContentType(gomail.ContentType(a.MediaType)))
	}
	return msg, nil
}

// refusal converts an error of the library to one without addresses of persons.
func refusal(err error) error {
	var sent *gomail.SendError
	if !errors.As(err, &sent) {
		return errors.New("the conversation with the mail server broke off")
	}
	what := strings.TrimSpace(fmt.Sprintf("the mail server answered %d %s (%s)", sent.ErrorCode(), sent.EnhancedStatusCode(), sent.Reason))
	if sent.ErrorCode() >= 500 {
		return &RefusedError{what}
	}
	return errors.New(what)
}
