package inbound

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"itmanagerjobs/store/board"
)

// Limits of the server. A message is in memory while it is read, so the number of connections bounds the memory.
const (
	maxConns = 32
	// maxLine is the length of a line in bytes. RFC 5321 has 1000, and programs write whole texts and files on one.
	maxLine = 1 << 20
	// readTimeout is how long the whole of a message may take: RFC 5321 asks for 3 to 10 minutes. Commands have less, see door.
	readTimeout  = 5 * time.Minute
	writeTimeout = time.Minute
	// silence is shorter than a sender waits for an answer, and longer than a network stands still as a rule.
	silence = 5 * time.Second
	// deliverTimeout bounds what the Deliverer does with a message.
	deliverTimeout = time.Minute
	// stopTimeout is how long a message that is being taken has to end when the server stops.
	stopTimeout = 10 * time.Second
)

// Config is what a Server needs. TLS alone is optional: with it STARTTLS is offered.
type Config struct {
	Deliverer Deliverer
	Log       *slog.Logger
	// Now measures how long messages take.
	Now func() time.Time
	// Domain is that of the addresses for applications.
	Domain string
	TLS    *tls.Config
	// Count is told how each message ended, and of each connection that was turned away; nil is for nobody.
	Count func(End)
}

func (c Config) count(end End) {
	if c.Count != nil {
		c.Count(end)
	}
}

// Server takes mail by SMTP, for addresses that ReferenceOf reads alone: it relays nothing and asks nobody for a password.
type Server struct {
	Config

	smtp    *smtp.Server
	counter *counter
	// silence is how long nothing may come of a message before the server looks whether it has ended.
	silence time.Duration
}

// NewServer makes a server, which does nothing before Serve.
func NewServer(c Config) *Server {
	s := &Server{Config: c, counter: newCounter(), silence: silence}
	s.smtp = smtp.NewServer(smtp.BackendFunc(s.begin))
	s.smtp.Domain = c.Domain
	s.smtp.TLSConfig = c.TLS
	s.smtp.MaxMessageBytes = MaxMessage
	s.smtp.MaxLineLength = maxLine
	// Servers bounce messages whose headers have letters beyond ASCII where this is not offered (RFC 6531, 3.2).
	s.smtp.EnableSMTPUTF8 = true
	// SMTP gives one answer to a message, so a message for several jobs could not be taken for some and refused for
	// others. With this limit the sender's server sends it once for each job.
	s.smtp.MaxRecipients = 1
	s.smtp.ReadTimeout, s.smtp.WriteTimeout = readTimeout, writeTimeout
	s.smtp.ErrorLog = slog.NewLogLogger(c.Log.Handler(), slog.LevelWarn)
	return s
}

// Start takes mail on l until stop is called, which closes l. stop returns when no message is being taken, after
// stopTimeout at the latest.
func Start(l net.Listener, c Config) (stop func() error) {
	s := NewServer(c)
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	c.Log.Info("taking applications by email", "address", l.Addr().String(), "domain", c.Domain)
	return func() error {
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		return errors.Join(s.Shutdown(ctx), <-ended)
	}
}

// Serve takes connections until Shutdown, and closes l.
func (s *Server) Serve(l net.Listener) error {
	if err := s.smtp.Serve(newDoor(l, s.Now, s.counter, func() { s.count(EndTurnedAway) })); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
		return fmt.Errorf("inbound: serve: %w", err)
	}
	return nil
}

// Shutdown takes no more connections and waits for the open ones until ctx ends; then it closes them. A message without
// an answer is sent again by its sender.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.smtp.Shutdown(ctx)
	if err == nil || errors.Is(err, smtp.ErrServerClosed) {
		return nil
	}
	return errors.Join(fmt.Errorf("inbound: shut down: %w", err), s.smtp.Close())
}

// begin begins the session of a client that has introduced itself.
func (s *Server) begin(c *smtp.Conn) (smtp.Session, error) {
	g := guestOf(c.Conn())
	if g == nil {
		return nil, fmt.Errorf("inbound: a connection of %T did not come through the door", c.Conn())
	}
	g.greet()
	return &session{server: s, guest: g}, nil
}

// session is the session of one connection. Its methods are called one after the other.
type session struct {
	server    *Server
	guest     *guest
	from      string
	reference string
	size      int64 // that the client says, 0 for none
}

// Reset forgets the message that was begun.
func (s *session) Reset() { s.from, s.reference, s.size = "", "", 0 }

// Logout ends the session.
func (*session) Logout() error { return nil }

// Mail begins a message.
func (s *session) Mail(from string, o *smtp.MailOptions) error {
	s.from, s.size = from, o.Size
	return nil
}

// Rcpt takes the one recipient.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	ref, ok := ReferenceOf(to, s.server.Domain)
	if !ok {
		return errNoMailbox
	}
	s.reference = ref
	return nil
}

// Data takes the message. The reader is read to its end by the library.
func (s *session) Data(r io.Reader) error {
	began := s.server.Now()
	received, err := s.guest.receive()
	if err != nil {
		return errLater
	}
	defer received()
	in := &source{Reader: r}
	if _, inChunks := r.(*io.PipeReader); inChunks {
		s.guest.turn.lend(true)
		defer s.guest.turn.lend(false)
	} else {
		in.wait = func() bool { return s.guest.wait(s.server.silence) }
		in.wait()
	}
	m, leave, err := s.server.counter.take(in, s.guest.turn, s.size, Envelope{From: s.from, Reference: s.reference, Domain: s.server.Domain}, s.guest.sendAway)
	defer leave()
	m.Network = s.guest.network
	if in.ended {
		if err := s.guest.giveUp(); err != nil {
			return errLater
		}
	}
	if err == nil {
		err = s.server.counter.deliver(s.server.Deliverer, m, s.guest.turn.party)
	}
	answer := answerTo(err)
	end := endOf(err, answer, in.broken)
	s.server.count(end)
	s.server.log(s.reference, err, answer, end, s.server.Now().Sub(began))
	if answer == nil {
		return nil // not a nil pointer in an interface
	}
	return answer
}

// log writes the one line of a message. It has neither the sender nor the content.
func (s *Server) log(reference string, err error, answer *smtp.SMTPError, end End, took time.Duration) {
	attrs := []slog.Attr{slog.String("reference", reference), slog.Float64("took_ms", float64(took.Microseconds())/1000)}
	if answer == nil {
		attrs = append(attrs, slog.Int("code", codeOK))
	} else {
		attrs = append(attrs, slog.Int("code", answer.Code))
	}
	if err != nil {
		attrs = append(attrs, slog.String("reason", err.Error()))
	}
	s.Log.LogAttrs(context.Background(), end.level(), "inbound email", attrs...)
}

const codeOK = 250

// The answers that are always the same.
var (
	errNoMailbox = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "There is no such mailbox here"}
	errLater     = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "This cannot be taken now, try again later"}
)

// answerTo is what the sender's server is told, nil for 250.
func answerTo(err error) *smtp.SMTPError {
	var (
		automatic  *AutomaticError
		unreadable *UnreadableError
		refused    *board.Error
		ready      *smtp.SMTPError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &automatic) && !automatic.Doubtful:
		return nil // a refusal would be an answer to a program
	case automatic != nil:
		return answer(554, smtp.EnhancedCode{5, 7, 1}, "The message says that a program wrote it ("+automatic.Reason+"), and no CV came with it. A person may send it again without that, or with a CV")
	case errors.Is(err, board.ErrAlreadyApplied):
		return nil // most likely the same message, whose first answer got lost
	case errors.Is(err, smtp.ErrTooLongLine):
		return answer(554, smtp.EnhancedCode{5, 6, 0}, fmt.Sprintf("a line of the message is longer than %d KiB", maxLine>>10))
	case errors.Is(err, errCrowded):
		return errBusy
	case errors.As(err, &ready):
		return ready // the library's own, for a message that is too large
	case errors.As(err, &unreadable) && unreadable.TooLarge:
		return answer(552, smtp.EnhancedCode{5, 3, 4}, unreadable.Reason)
	case errors.As(err, &unreadable):
		return answer(554, smtp.EnhancedCode{5, 6, 0}, unreadable.Reason)
	case errors.As(err, &refused):
		return refusal(refused)
	}
	return errLater
}

func refusal(e *board.Error) *smtp.SMTPError {
	sentences := append(make([]string, 0, 1+len(e.Fields)), e.Message)
	for _, f := range e.Fields {
		sentences = append(sentences, f.Field+" "+f.Message+".")
	}
	text := strings.Join(sentences, " ")
	switch e.Code {
	case board.CodeNotFound:
		return answer(550, smtp.EnhancedCode{5, 1, 1}, text)
	case board.CodeGone, board.CodeConflict:
		return answer(550, smtp.EnhancedCode{5, 2, 1}, text) // the mailbox takes no more messages
	case board.CodeInvalidState:
		return answer(550, smtp.EnhancedCode{5, 7, 1}, text)
	case board.CodePayloadTooLarge:
		return answer(552, smtp.EnhancedCode{5, 3, 4}, text)
	case board.CodeInvalidRequest, board.CodeUnsupportedMediaType:
		return answer(554, smtp.EnhancedCode{5, 6, 0}, text)
	default:
		return errLater
	}
}

// maxAnswer is the length in bytes that keeps an answer within one line of SMTP.
const maxAnswer = 400

// answer writes a sentence as one line of ASCII, which every mail server can pass on.
func answer(code int, enhanced smtp.EnhancedCode, text string) *smtp.SMTPError {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r < ' ':
			return -1
		case r > '~':
			return '?'
		}
		return r
	}, text)
	return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: text[:min(len(text), maxAnswer)]}
}
