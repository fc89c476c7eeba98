// Package mail hands emails over to a mail server by SMTP. It decides nothing: who is written to and when is the
// store's, whether a failed email is tried again the delivery engine's. Its errors bear no address of a person, so that
// they can be logged.
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

// timeout bounds one email, from connecting to the server's word that it has it.
const timeout = 30 * time.Second

// Message is one email. HTML is optional.
type Message struct {
	// ID makes the Message-ID, the same on every attempt, by which mail programs show a repeated email once.
	ID int64
	To string
	// ReplyTo is where an answer goes; empty for nowhere.
	ReplyTo             string
	Subject, Text, HTML string
	Attachments         []Attachment
	// Calendar is optional. It goes with the email twice: as another form of its text, by which mail programs offer to
	// enter the date or take it out, and as a file for those that don't.
	Calendar Calendar
}

// Calendar is a calendar entry, with the method that stands in it.
type Calendar struct{ Method, Text string }

// calendarName and calendarFile are the name and the media type of the file. It is not text/calendar: some programs
// would ask twice.
const calendarName, calendarFile = "invite.ics", "application/ics"

// Attachment is a file that goes with an email.
type Attachment struct {
	Name, MediaType string
	Content         []byte
}

// RefusedError says that the server does not want the email, now or later.
type RefusedError struct{ what string }

func (e *RefusedError) Error() string { return e.what }

// SMTP sends emails through one server. It is safe for concurrent use.
type SMTP struct {
	client *gomail.Client
	from   string
	domain string
}

// NewSMTP makes a sender from a URL: smtp://user:password@host:587 with STARTTLS, which is required when there is a
// password to protect, or smtps://…:465. The sender's address is the parameter "from" of the URL, else its user if that
// is an address, else from. Its errors never repeat the URL.
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

// Send hands one email over. Errors: *RefusedError when it is in vain to try again.
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
	// The server has the email by now, or has not: how the farewell goes is no matter.
	defer func() { _ = s.client.CloseWithSMTPClient(conn) }()
	// The protocol's own deadline is the timeout; this ends it early.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if err := s.client.SendWithSMTPClient(conn, msg); err != nil {
		return refusal(err)
	}
	return nil
}

func (s *SMTP) compose(m Message) (*gomail.Msg, error) {
	msg := gomail.NewMsg()
	if err := msg.From(s.from); err != nil {
		return nil, &RefusedError{"the sender is not an email address"}
	}
	if err := msg.To(m.To); err != nil {
		return nil, &RefusedError{"the recipient is not an email address"}
	}
	if m.ReplyTo != "" {
		if err := msg.ReplyTo(m.ReplyTo); err != nil {
			return nil, &RefusedError{"the address for answers is not an email address"}
		}
	}
	msg.SetMessageIDWithValue(fmt.Sprintf("message-%d@%s", m.ID, s.domain))
	msg.SetDate()
	msg.Subject(m.Subject)
	// Answers of vacation programs to it would go to nobody.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
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

// refusal keeps of the library's error what names nobody.
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
