package inbound

import (
	"errors"
	"io"
	"log/slog"
	"os"

	"github.com/emersion/go-smtp"

	"itmanagerjobs/store/board"
)

// End is how a message, or a connection, ended.
type End string

// Taken also has what was dropped because a program wrote it. Deferred shall come again, because as much waits as may. Unavailable shall,
// too: the database is away. BrokenOff came to no end. Failed is a fault of ours. TurnedAway is a connection beyond those that may be open.
const (
	EndTaken       End = "taken"
	EndRefused     End = "refused"
	EndDeferred    End = "deferred"
	EndUnavailable End = "unavailable"
	EndBrokenOff   End = "broken off"
	EndFailed      End = "failed"
	EndTurnedAway  End = "turned away"
)

// endOf tells how a message ended that was answered; broken says that its sender has gone, or was too slow.
func endOf(err error, answer *smtp.SMTPError, broken bool) End {
	refused, _ := errors.AsType[*board.Error](err)
	switch {
	case answer == nil:
		return EndTaken
	case answer == errBusy:
		return EndDeferred
	case answer != errLater:
		return EndRefused
	case errors.Is(err, board.ErrUnavailable):
		return EndUnavailable
	case refused != nil && (refused.Code == board.CodeRateLimited || refused.Code == board.CodeUnavailable):
		return EndDeferred
	case broken:
		return EndBrokenOff
	}
	return EndFailed
}

// level is how serious an end is: the same as of a request that is answered 503, or 500.
func (e End) level() slog.Level {
	switch e { //nolint:exhaustive // the others are no fault of the platform
	case EndUnavailable:
		return slog.LevelWarn
	case EndFailed:
		return slog.LevelError
	}
	return slog.LevelInfo
}

// source is a message on its way. What the library itself refuses has an answer.
type source struct {
	io.Reader

	// wait gives the message more time after a silence; false is the answer when it has had all. nil is for a message in chunks, which say
	// how long they are.
	wait func() (more bool)

	last   []byte
	broken bool
	// ended says that the message has ended without the library's knowing.
	ended bool
}

// ending ends a message whose program writes a carriage return too many. The library takes it for a line of the message (it is at
// v0.26.0), and would wait for the end until the sender gives up, as often as that tries again.
const ending = "\r\r\n.\r\n"

func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	s.last = append(s.last, p[max(0, n-len(ending)):n]...)
	s.last = s.last[max(0, len(s.last)-len(ending)):]
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return n, err //nolint:wrapcheck // it stands for the reader
	case s.wait != nil && errors.Is(err, os.ErrDeadlineExceeded):
		if s.ended = string(s.last) == ending; s.ended {
			return n, io.EOF
		}
		if s.wait() {
			return n, nil
		}
	}
	s.broken = true
	return n, err //nolint:wrapcheck // as above
}
