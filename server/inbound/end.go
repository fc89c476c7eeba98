package inbound

import (
	"errors"
	"io"
	"log/slog"

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

	broken bool
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.broken = true
	}
	return n, err //nolint:wrapcheck // it stands for the reader
}
