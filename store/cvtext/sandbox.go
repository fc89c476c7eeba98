package cvtext

import (
	"context"
	"errors"
	"sync"
	"time"

	"itmanagerjobs/store/board"
)

const (
	// Timeout bounds the reading of one file, unless who reads it says something else.
	Timeout = board.SlowCVLimit
	// loadTimeout bounds the loading of PDFium, which is compiled the first time.
	loadTimeout = 2 * time.Minute
	// maxChildren is how many files one copy of the program reads at once.
	maxChildren = 2
	// maxFiles is how many files a child reads before another takes its place.
	maxFiles = 500
	// idleFor is how long a child waits for its next file before it ends.
	idleFor = 10 * time.Minute
)

// Sandbox reads files in a process of its own, which lives on between files. A file that crashes or blocks the process
// harms nothing else: the next one gets another. Sandbox is safe for concurrent use.
type Sandbox struct {
	command string
	args    []string
	turns   chan struct{}
	// loads has one turn: a second process loads what the first has compiled.
	loads chan struct{}
	// life ends with Close. A process loads PDFium as long, also when the request that has asked for it is gone.
	life context.Context //nolint:containedctx // see above
	stop context.CancelFunc

	mu     sync.Mutex
	idle   *process
	retire *time.Timer
	closed bool
}

// NewSandbox makes a Sandbox whose processes run the command, with the arguments that make it call Child, and an empty
// environment. It starts none before there is a file.
func NewSandbox(command string, args ...string) *Sandbox {
	s := &Sandbox{command: command, args: args, turns: make(chan struct{}, maxChildren), loads: make(chan struct{}, 1)}
	s.life, s.stop = context.WithCancel(context.Background())
	return s
}

// Load makes a process ready for PDF files, so that the first one need not wait. It takes some seconds of processor time
// when PDFium is compiled for the first time.
func (s *Sandbox) Load(ctx context.Context) { s.ReadWithin(ctx, board.CV{}, 0) }

// Read reads the text of a CV within Timeout, as Reader.Read does. A PDF file that comes while PDFium is compiled waits for it.
func (s *Sandbox) Read(ctx context.Context, cv board.CV) (text, problem string) {
	r := s.ReadWithin(ctx, cv, Timeout)
	if r.End == board.ReadingNotBegun {
		return "", ProblemTimeout
	}
	return r.Text, r.Problem
}

// ReadWithin reads the text of a CV. ctx bounds all of it, and limit the reading alone. While PDFium is compiled, which a process goes on
// with when ctx ends, and while every process reads, the reading is not begun. Without a Kind, cv asks to load PDFium alone.
func (s *Sandbox) ReadWithin(ctx context.Context, cv board.CV, limit time.Duration) board.CVReading {
	select {
	case s.turns <- struct{}{}:
	case <-ctx.Done():
		return notBegun
	}
	endTurn := sync.OnceFunc(func() { <-s.turns })
	for {
		p, err := s.take()
		if err != nil {
			endTurn()
			return failed
		}
		used := p.files > 0
		if (cv.Kind == board.KindPDF || cv.Kind == "") && !p.ready {
			if r, loaded := s.load(ctx, p, endTurn); !loaded {
				return r
			}
		}
		if cv.Kind == "" {
			s.giveBack(p)
			endTurn()
			return board.CVReading{}
		}
		a, err := p.readWithin(ctx, limit, cv)
		if err == nil {
			s.giveBack(p)
			endTurn()
			return board.CVReading{Text: a.Text, Problem: a.Problem}
		}
		p.end()
		r, decided := ended(ctx, err, used)
		if decided {
			endTurn()
			return r
		}
		// A process that has read other files may have ended because of them: this one gets a fresh process.
	}
}

var (
	notBegun = board.CVReading{End: board.ReadingNotBegun}
	failed   = board.CVReading{End: board.ReadingFailed, Problem: ProblemUnread}
)

// ended says what the error of a process means for the file that it read, and whether the file is at fault.
func ended(ctx context.Context, err error, used bool) (r board.CVReading, decided bool) {
	switch {
	case errors.Is(ctx.Err(), context.Canceled): // nobody waits for it any more
		return notBegun, true
	case errors.Is(err, context.DeadlineExceeded):
		return board.CVReading{End: board.ReadingSlow, Problem: ProblemTimeout}, true
	case !used:
		return board.CVReading{End: board.ReadingCrashed, Problem: ProblemBroken}, true
	}
	return r, false
}

// load has a process load PDFium, unless ctx ends before; then the process goes on, and endTurn is called when it is ready for
// the next file. r is what the reading ends with that is not begun.
func (s *Sandbox) load(ctx context.Context, p *process, endTurn func()) (r board.CVReading, loaded bool) {
	select {
	case s.loads <- struct{}{}:
	case <-ctx.Done():
		s.giveBack(p)
		endTurn()
		return notBegun, false
	}
	done := make(chan error, 1)
	go func() {
		done <- p.load(s.life)
		<-s.loads
	}()
	select {
	case err := <-done:
		if err != nil {
			p.end()
			endTurn()
			return failed, false
		}
		return r, true
	case <-ctx.Done():
		go func() {
			defer endTurn()
			if err := <-done; err != nil {
				p.end()
				return
			}
			s.giveBack(p)
		}()
		return notBegun, false
	}
}

// take gives the process that waits for a file, or a new one.
func (s *Sandbox) take() (*process, error) {
	s.mu.Lock()
	p := s.idle
	s.idle = nil
	if s.retire != nil {
		s.retire.Stop()
	}
	s.mu.Unlock()
	if p != nil {
		return p, nil
	}
	return startProcess(s.command, s.args)
}

// giveBack keeps a process for the next file, if it is still good and none is kept.
func (s *Sandbox) giveBack(p *process) {
	s.mu.Lock()
	keep := s.idle == nil && !s.closed && p.files < maxFiles
	if keep {
		s.idle = p
		s.retire = time.AfterFunc(idleFor, func() { s.end(p) })
	}
	s.mu.Unlock()
	if !keep {
		p.end()
	}
}

// end ends a process if nobody has taken it meanwhile.
func (s *Sandbox) end(p *process) {
	s.mu.Lock()
	mine := s.idle == p && p != nil
	if mine {
		s.idle = nil
	}
	s.mu.Unlock()
	if mine {
		p.end()
	}
}

// Close ends the process that waits for a file, and one that loads PDFium. One that reads a file ends after it.
func (s *Sandbox) Close() {
	s.stop()
	s.mu.Lock()
	s.closed = true
	p := s.idle
	s.mu.Unlock()
	s.end(p)
}
