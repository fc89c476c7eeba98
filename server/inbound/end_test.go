package inbound

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"itmanagerjobs/store/board"
)

// TestWhatIsNoFaultOfOursIsNoError: who alerts on errors of the log is not called because much is sent, or because a sender hangs up.
func TestWhatIsNoFaultOfOursIsNoError(t *testing.T) {
	t.Parallel()
	plain := email("From: Zoe <zoe@example.com>", "", "Hello")
	for name, c := range map[string]struct {
		answer error
		broken bool
		end    End
		level  slog.Level
	}{
		"taken":                    {nil, false, EndTaken, slog.LevelInfo},
		"a closed job":             {board.ErrJobClosed, false, EndRefused, slog.LevelInfo},
		"the network's files wait": {fmt.Errorf("apply: %w", board.ErrNetworkWaits), false, EndDeferred, slog.LevelInfo},
		"all files wait":           {board.ErrCVsWait, false, EndDeferred, slog.LevelInfo},
		"a sender that hangs up":   {nil, true, EndBrokenOff, slog.LevelInfo},
		"the database is away":     {fmt.Errorf("apply: %w", board.ErrUnavailable), false, EndUnavailable, slog.LevelWarn},
		"a fault":                  {errors.New("a nil map"), false, EndFailed, slog.LevelError},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			var ends []End
			_, conn := net.Pipe()
			defer conn.Close()
			server := NewServer(Config{
				Deliverer: &inbox{answer: c.answer}, Log: slog.New(slog.NewJSONHandler(&log, nil)), Now: time.Now, Domain: domain,
				Count: func(e End) { ends = append(ends, e) },
			})
			s := &session{server: server, guest: newDoor(nil, time.Now, server.counter, func() {}).guest(conn, "192.0.2.1"), from: "zoe@example.com", reference: "A"}
			var message io.Reader = strings.NewReader(plain)
			if c.broken {
				message = io.MultiReader(strings.NewReader(plain[:20]), iotest.ErrReader(errors.New("connection reset by peer")))
			}
			_ = s.Data(message) // TestAnswers looks at what is answered
			if len(ends) != 1 || ends[0] != c.end || !strings.Contains(log.String(), `"level":"`+c.level.String()+`"`) {
				t.Errorf("ended %v, and the log has %s", ends, log.String())
			}
		})
	}
}

// stalled gives its pieces with a silence after each.
type stalled []string

func (s *stalled) Read(p []byte) (int, error) {
	if len(*s) == 0 {
		return 0, os.ErrDeadlineExceeded
	}
	n := copy(p, (*s)[0])
	*s = (*s)[1:]
	return n, os.ErrDeadlineExceeded
}

// TestAMessageThatStandsStill: one that goes on after a silence is read on, and one that doesn't is broken off once it has had its time.
func TestAMessageThatStandsStill(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pieces       stalled
		waits        int
		ended, whole bool
	}{
		{stalled{"From: a\r\n", "\r\nHello\r", "\r\n", ".\r\n", "never read"}, 9, true, true},
		{stalled{"From: a\r\n\r\nHello\r\n.\r\n"}, 3, false, false},
		{stalled{"From: a\r\r\n", ".\r\n"}, 0, false, false},
	} {
		left := c.waits
		s := &source{Reader: &c.pieces, wait: func() bool { left--; return left >= 0 }}
		got, err := io.ReadAll(s)
		if s.ended != c.ended || s.broken == c.whole || (err == nil) != c.whole || c.whole && string(got) != "From: a\r\n\r\nHello"+ending {
			t.Errorf("%q, ended %v, broken %v, %v", got, s.ended, s.broken, err)
		}
	}
}
