package inbound

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
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
			s := &session{server: server, guest: &guest{Conn: conn, door: newDoor(nil, time.Now, func() {})}, from: "zoe@example.com", reference: "A"}
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
