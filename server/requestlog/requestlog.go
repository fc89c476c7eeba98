// Package requestlog keeps for employers what their keys have asked, in batches and off the path of the requests. It must not know what
// an answer said.
package requestlog

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"itmanagerjobs/store/account"
)

// How requests are gathered before they are written. A request never waits for the log: what finds the queue full is left
// out and counted.
const (
	requestQueue = 8192
	requestBatch = 1000
	requestEvery = time.Second
	// requestWrite bounds one write, so that a stop does not wait for a database that is away.
	requestWrite = 5 * time.Second
)

// Config is what a Log needs. Every field is required.
type Config struct {
	// Write keeps a batch.
	Write func(ctx context.Context, batch []account.APIRequest) error
	Log   *slog.Logger
	// Ticks makes the ticks at which a batch that is not full is written; stop ends them.
	Ticks func(every time.Duration) (ticks <-chan time.Time, stop func())
}

// Log writes what keys have asked for their owners, in batches and off the path of the requests.
type Log struct {
	cfg   Config
	queue chan account.APIRequest
	lost  atomic.Int64
	end   chan struct{}
	stop  func()
	ended sync.WaitGroup
}

// Start begins to take requests.
func Start(cfg Config) *Log {
	l := &Log{cfg: cfg, queue: make(chan account.APIRequest, requestQueue), end: make(chan struct{})}
	l.stop = sync.OnceFunc(func() { close(l.end) })
	l.ended.Go(l.run)
	return l
}

// Stop writes what is gathered, and returns then. Later requests are left out. It may be called twice.
func (l *Log) Stop() {
	l.stop()
	l.ended.Wait()
}

// Add takes a request, unless the queue is full. A nil log takes nothing.
func (l *Log) Add(r account.APIRequest) {
	if l == nil {
		return
	}
	select {
	case l.queue <- r:
	default:
		l.lost.Add(1)
	}
}

func (l *Log) run() {
	ticks, stop := l.cfg.Ticks(requestEvery)
	defer stop()
	batch, failing := make([]account.APIRequest, 0, requestBatch), false
	write := func() {
		err := l.write(batch)
		if err != nil && !failing {
			l.cfg.Log.Error("requests are not logged; those that follow are tried again", "error", err)
		}
		failing = err != nil
		batch = batch[:0]
	}
	for {
		select {
		case r := <-l.queue:
			if batch = append(batch, r); len(batch) == requestBatch {
				write()
			}
		case <-ticks:
			write()
		case <-l.end:
			for {
				select {
				case r := <-l.queue:
					batch = append(batch, r)
				default:
					write()
					return
				}
			}
		}
	}
}

func (l *Log) write(batch []account.APIRequest) error {
	if n := l.lost.Swap(0); n > 0 {
		l.cfg.Log.Warn("requests were left out of the log of requests: there were more than it can take", "requests", n)
	}
	if len(batch) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), requestWrite)
	defer cancel()
	return l.cfg.Write(ctx, batch)
}
