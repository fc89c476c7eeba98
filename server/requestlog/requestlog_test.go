package requestlog_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/server/requestlog"
	"itmanagerjobs/store/account"
)

func never(time.Duration) (<-chan time.Time, func()) { return nil, func() {} }

// TestARequestNeverWaitsForItsLog: a database that takes nothing makes the log lose requests, and nothing else.
func TestARequestNeverWaitsForItsLog(t *testing.T) {
	t.Parallel()
	begun, free := make(chan struct{}), make(chan struct{})
	var lines strings.Builder
	log := requestlog.Start(requestlog.Config{
		Log: slog.New(slog.NewTextHandler(&lines, nil)), Ticks: never,
		Write: func(context.Context, []account.APIRequest) error {
			select {
			case begun <- struct{}{}:
			default:
			}
			<-free
			return errors.New("the database is away")
		},
	})
	for range 1000 {
		log.Add(account.APIRequest{})
	}
	<-begun // the first batch is being written, and stays so
	for range 20_000 {
		log.Add(account.APIRequest{})
	}
	close(free)
	log.Stop()
	log.Stop()
	if text := lines.String(); !strings.Contains(text, "left out") || !strings.Contains(text, "requests=") || strings.Count(text, "not logged") != 1 {
		t.Errorf("the log says:\n%s", text)
	}
}
