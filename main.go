// Command itmanagerjobs is a job board for IT managers: a partner API, webhooks and a portal over one PostgreSQL.
//
// Package main reads the configuration, wires the packages together, runs them and stops them. It must hold no rule of
// the job board, no SQL and no HTTP handler of its own. It is also where the real clock and the real source of
// randomness enter.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"go.opentelemetry.io/otel/trace"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvtext"
	"itmanagerjobs/store/pipeline"
)

// readCVArgument makes the program read CVs until its input ends, see cvtext.Sandbox. It is no command: nobody types it,
// and its process has neither settings nor what is in the environment.
const readCVArgument = "read-cv"

func main() {
	if len(os.Args) == 3 && os.Args[1] == readCVArgument {
		if err := cvtext.Child(context.Background(), os.Args[2], os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		return
	}
	ctx, stop := withSignals(context.Background(), os.Stderr)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "itmanagerjobs: %s\n", inWords(err))
		os.Exit(1)
	}
}

// app is what every command has at hand.
type app struct {
	cfg    Config
	log    *slog.Logger
	now    func() time.Time
	rand   io.Reader
	stdout io.Writer
	stderr io.Writer // for progress; what went wrong is logged or returned
	// guided serves the style guide, too.
	guided bool
	// local says that the program serves its own machine alone, with demo data: test data may be sent to this machine.
	local bool
	// cvs reads CVs in a process of its own.
	cvs *cvtext.Sandbox
	// readText reads them for stores that are opened.
	readText pipeline.ReadText
	counts   counts
	// tracer makes the spans of deliveries; nil without tracing.
	tracer trace.Tracer
}

// run is the program without its process: it parses the arguments and runs the command that they name.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	command, cfg, err := parseCommand(args, stdout, stderr)
	if err != nil {
		return err
	}
	level := cfg.LogLevel
	if !command.serves() && level == slog.LevelInfo {
		level = slog.LevelWarn // the standard error of a command that only answers is for errors
	}
	a := &app{cfg: cfg, log: newLogger(stderr, level), now: time.Now, rand: rand.Reader, stdout: stdout, stderr: stderr, counts: newCounts()}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program, to read CVs with: %w", err)
	}
	a.cvs = cvtext.NewSandbox(self, readCVArgument, cvCacheDirs(cfg.DataDir))
	defer a.cvs.Close()
	a.readText = a.cvs.ReadWithin
	err = command.run(ctx, a)
	if errors.Is(err, context.Canceled) {
		return context.Cause(ctx)
	}
	return err
}

// print writes the one JSON value that a command answers with.
func (a *app) print(v any) error {
	e := json.NewEncoder(a.stdout)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// errInterrupted ends a command that a signal stops before its work is done.
var errInterrupted = errors.New("interrupted")

// withSignals ends the context at the first SIGTERM or SIGINT, and the program at the second.
func withSignals(ctx context.Context, stderr io.Writer) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		if _, ok := <-signals; !ok {
			return
		}
		cancel(errInterrupted)
		// Some senders signal both a program and its group: a second signal within a moment is the same one.
		moment := time.After(time.Second)
		for waiting := true; waiting; {
			select {
			case <-moment:
				waiting = false
			case _, ok := <-signals:
				if !ok {
					return
				}
			}
		}
		if s, ok := <-signals; ok {
			fmt.Fprintf(stderr, "itmanagerjobs: second signal (%s), ending at once\n", s)
			os.Exit(1)
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(signals)
		cancel(nil)
	}
}

// inWords writes an error for a terminal, on one line. Errors of the job board list every field; a code is for programs.
func inWords(err error) string {
	e, ok := errors.AsType[*board.Error](err)
	switch {
	case !ok:
		return strings.ReplaceAll(err.Error(), "\n", "; ")
	case e.Code != board.CodeInvalidRequest || len(e.Fields) == 0:
		return e.Message
	}
	fields := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		fields[i] = f.Field + ": " + f.Message
	}
	return strings.Join(fields, "; ")
}
