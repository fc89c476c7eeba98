package cvtext

import (
	"context"
	"errors"
	"sync"
	"time"

	"itmanagerjobs/store/board"
)

const (
	// Timeout bounds the reading of one file.
	Timeout = 10 * time.Second
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

	mu     sync.Mutex
	idle   *process
	retire *time.Timer
	closed bool
}

// NewSandbox makes a Sandbox whose processes run the command, with the arguments that make it call Child, and an empty
// environment. It starts none before there is a file.
func NewSandbox(command string, args ...string) *Sandbox {
	return &Sandbox{command: command, args: args, turns: make(chan struct{}, maxChildren)}
}

// Load makes a process ready for PDF files, so that the first one need not wait. It takes some seconds of processor time
// when PDFium is compiled for the first time.
func (s *Sandbox) Load(ctx context.Context) { s.run(ctx, board.CV{}) }

// Read reads the text of a CV, as Reader.Read does. A PDF file that comes while PDFium is compiled waits for it.
func (s *Sandbox) Read(ctx context.Context, cv board.CV) (text, problem string) {
	a := s.run(ctx, cv)
	return a.Text, a.Problem
}

// run has a process do what cv asks for; without a Kind that is to load PDFium.
func (s *Sandbox) run(ctx context.Context, cv board.CV) answer {
	select {
	case s.turns <- struct{}{}:
		defer func() { <-s.turns }()
	case <-ctx.Done():
		return answer{Problem: ProblemTimeout}
	}
	for {
		p, err := s.take()
		if err != nil {
			return answer{Problem: ProblemUnread}
		}
		used := p.files > 0
		if (cv.Kind == board.KindPDF || cv.Kind == "") && !p.ready {
			if err := p.load(ctx); err != nil {
				p.end()
				return answer{Problem: ProblemUnread}
			}
		}
		if cv.Kind == "" {
			s.giveBack(p)
			return answer{}
		}
		a, err := p.readWithin(ctx, Timeout, cv)
		if err == nil {
			s.giveBack(p)
			return a
		}
		p.end()
		switch {
		case errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil:
			return answer{Problem: ProblemTimeout}
		case !used:
			return answer{Problem: ProblemBroken}
		}
		// A process that has read other files may have ended because of them: this one gets a fresh process.
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

// Close ends the process that waits for a file. One that reads a file ends after it.
func (s *Sandbox) Close() {
	s.mu.Lock()
	s.closed = true
	p := s.idle
	s.mu.Unlock()
	s.end(p)
}
