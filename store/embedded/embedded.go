// Package embedded finds, starts, adopts and stops a private PostgreSQL whose data lives under one directory, so that the
// program runs without a database being set up first. It knows nothing of our tables: it hands out a URL and no more.
//
// One server serves any number of copies of the program on the same directory. The copy that holds the lock file owns the
// server and is the parent of its process; the others adopt it over its socket. An owner that stops or dies takes the server
// down with it (so nothing is ever orphaned), and the first adopter that notices starts it again on the same socket: its
// connection pool sees broken connections for a fraction of a second, then works on.
//
// The server listens on a unix socket in a directory of mode 0700 and on no network address: a process that may enter that
// directory is trusted, and no other can connect. The URL works for lib/pq and for psql alike.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

const (
	// databaseName and userName are what URL names; the user is the superuser of its private server.
	databaseName = "itmanagerjobs"
	userName     = "app"

	// socketPort only names the socket file (.s.PGSQL.5432); no port is opened.
	socketPort = "5432"

	// takeoverInterval is how often an adopter looks whether the owner has gone. One flock call costs a microsecond.
	takeoverInterval = 100 * time.Millisecond
	// restartInterval is the pause before a server that died by itself, or did not start, is tried again.
	restartInterval = time.Second
	// adoptTimeout bounds the wait for a server that another copy is just bringing up (a cold start on a slow disk, a recovery).
	adoptTimeout = 2 * time.Minute
)

// Options says where the server lives and how it behaves.
type Options struct {
	// Dir is DATA_DIR; it is made when missing. The server keeps to the directory "postgres" in it, and to a file
	// "postgres-location" when the data has to live elsewhere (see locate).
	Dir string
	// Log receives what an operator wants to know; nil is silence. PostgreSQL's own log is the file postgres.log beside the data.
	Log *slog.Logger
	// ForTests turns off fsync, synchronous_commit and full_page_writes: fast, and lost in a power cut.
	ForTests bool
	// Temporary removes Dir when the server stops, and also when the program is killed.
	Temporary bool
	// Settings, such as "autovacuum=off", are added to the server's own and override them.
	Settings []string

	// elsewhere replaces /var/lib/itmanagerjobs in the tests.
	elsewhere string
}

// Server is a running PostgreSQL, started here or adopted.
type Server struct {
	o       Options
	place   place
	adopted bool

	lock *flock.Flock // nil while another copy owns the server
	proc *process     // nil while another copy owns the server

	cancel   context.CancelFunc
	done     chan struct{} // closed when keep has ended
	stopErr  error         // written by keep before done is closed
	stopOnce sync.Once
}

// Start brings the server up, or adopts the one that another copy of the program runs on the same directory, and returns when
// the database answers. ctx bounds the start only; the server lives until Stop or until the program ends, however it ends.
// Errors are sentences for the operator: no binaries (with the command that installs them), a directory of another user, a
// server that refuses to start (with the end of its log).
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.elsewhere == "" {
		o.elsewhere = "/var/lib/itmanagerjobs"
	}
	pl, err := locate(o)
	if err != nil {
		return nil, fmt.Errorf("embedded PostgreSQL: %w", err)
	}
	s := &Server{o: o, place: pl, done: make(chan struct{})}
	if err := s.startOrAdopt(ctx); err != nil {
		err = errors.Join(err, s.clean())
		return nil, fmt.Errorf("embedded PostgreSQL: %w", err)
	}
	keepCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel = cancel
	go s.keep(keepCtx)
	return s, nil
}

// URL is the address of the database itmanagerjobs for lib/pq and psql.
// It stays the same when another copy of the program takes the server over.
func (s *Server) URL() string { return s.place.url(databaseName) }

// Adopted tells whether another copy of the program was running the server at Start.
func (s *Server) Adopted() bool { return s.adopted }

// Stop ends the server if this copy owns it, rolling back what is open (PostgreSQL's fast shutdown); an adopter only stops
// watching. It may be called more than once and from several goroutines; each call returns when the work is done.
func (s *Server) Stop() error {
	s.stopOnce.Do(s.cancel)
	<-s.done
	return s.stopErr
}

// startOrAdopt takes the lock and starts the server, or waits until the server of the lock's holder answers.
func (s *Server) startOrAdopt(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, adoptTimeout,
		fmt.Errorf("no answer within %s; the log is %s", adoptTimeout, s.place.logFile()))
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		l, err := tryLock(s.place.lockFile())
		if err != nil {
			return err
		}
		if l != nil {
			return s.own(ctx, l)
		}
		if ping(ctx, s.place.url(databaseName)) == nil {
			s.adopted = true
			s.o.Log.Info("adopted the PostgreSQL server of another copy", "dir", s.place.base)
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("another copy of the program holds %s, but its server does not answer: %w", s.place.lockFile(), context.Cause(ctx))
		case <-tick.C:
		}
	}
}

// own starts the server as the holder of the lock; the lock is given back on failure.
func (s *Server) own(ctx context.Context, l *flock.Flock) error {
	p, err := s.launch(ctx)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	s.lock, s.proc = l, p
	return nil
}

// keep runs from Start to Stop. As an adopter it waits for the owner to go and becomes the owner; as the owner it starts the
// server again should it die by itself. It is the only goroutine that touches lock and proc after Start.
func (s *Server) keep(ctx context.Context) {
	defer close(s.done)
	for {
		if s.proc == nil {
			if !s.takeOver(ctx) {
				return
			}
		}
		select {
		case <-ctx.Done():
			s.stopErr = errors.Join(s.proc.stop(), s.clean(), s.lock.Close())
			return
		case <-s.proc.exited:
			s.o.Log.Error("the PostgreSQL server ended by itself; starting it again", "status", s.proc.status, "log", s.place.logFile())
			s.proc.forget()
			err := s.lock.Close()
			s.proc, s.lock = nil, nil
			if err != nil {
				s.o.Log.Error("cannot give the lock back", "error", err)
			}
		}
	}
}

// takeOver waits until this copy owns a running server (true) or is stopped (false).
func (s *Server) takeOver(ctx context.Context) bool {
	tick := time.NewTicker(takeoverInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
		l, err := tryLock(s.place.lockFile())
		if err == nil && l == nil {
			continue
		}
		if err == nil {
			s.o.Log.Info("the PostgreSQL server has no owner; starting it here", "dir", s.place.base)
			err = s.own(ctx, l)
		}
		if err == nil {
			return true
		}
		if ctx.Err() == nil {
			s.o.Log.Error("cannot take the PostgreSQL server over; will try again", "error", err)
		}
		tick.Reset(restartInterval)
	}
}

// clean removes a Temporary directory; the socket directory is outside of it when its path would be too long.
func (s *Server) clean() error {
	if !s.o.Temporary || s.adopted {
		return nil
	}
	return errors.Join(os.RemoveAll(s.place.socketDir), os.RemoveAll(s.place.base), os.RemoveAll(s.o.Dir))
}

// url is the address of one database of the server at this place.
func (p place) url(database string) string {
	q := url.Values{"host": {p.socketDir}, "port": {socketPort}, "sslmode": {"disable"}}
	return (&url.URL{Scheme: "postgres", User: url.User(userName), Path: "/" + database, RawQuery: q.Encode()}).String()
}

func (p place) lockFile() string { return filepath.Join(p.base, "owner.lock") }
func (p place) logFile() string  { return filepath.Join(p.base, "postgres.log") }
