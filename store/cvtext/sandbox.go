package cvtext

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"time"

	"itmanagerjobs/store/board"
)

const (
	// Timeout bounds the reading of one file.
	Timeout = 10 * time.Second
	// maxMemory is the memory of a child in bytes at which it ends; the largest legitimate file needs a quarter of it.
	maxMemory = 512 << 20
	// maxStack bounds the stack of each goroutine of a child.
	maxStack = 64 << 20
	// maxChildren is how many files one copy of the program reads at once.
	maxChildren = 2
	watchEvery  = 5 * time.Millisecond
)

// answer is what a child prints.
type answer struct {
	Text    string `json:"text"`
	Problem string `json:"problem"`
}

// Sandbox reads each file in a process of its own, which runs the command (this program, with the argument that makes it call
// Child) with an empty environment. A file that crashes or blocks the process harms nothing else.
func Sandbox(command string, args ...string) func(context.Context, board.CV) (text, problem string) {
	turns := make(chan struct{}, maxChildren)
	return func(ctx context.Context, cv board.CV) (string, string) {
		select {
		case turns <- struct{}{}:
			defer func() { <-turns }()
		case <-ctx.Done():
			return "", ProblemTimeout
		}
		ctx, cancel := context.WithTimeout(ctx, Timeout)
		defer cancel()
		cmd := exec.CommandContext(ctx, command, append(args, string(cv.Kind))...) //nolint:gosec // our own program; the kind is one of five
		cmd.Env = []string{"GOMAXPROCS=1", "GOTRACEBACK=none"}
		cmd.Stdin = bytes.NewReader(cv.Bytes)
		cmd.WaitDelay = time.Second
		out, err := cmd.Output()
		var a answer
		switch {
		case ctx.Err() != nil:
			return "", ProblemTimeout
		case err != nil || json.Unmarshal(out, &a) != nil:
			return "", ProblemBroken
		}
		return a.Text, a.Problem
	}
}

// Child reads one file of the kind from in and prints its text to out, for Sandbox. It changes limits of the whole process, which
// must do nothing else.
func Child(ctx context.Context, kind string, in io.Reader, out io.Writer) error {
	debug.SetMaxStack(maxStack)
	debug.SetMemoryLimit(maxMemory / 2) // collect before giving up
	go watchMemory()
	b, err := io.ReadAll(io.LimitReader(in, board.MaxCV))
	if err != nil {
		return fmt.Errorf("read the file: %w", err)
	}
	var a answer
	a.Text, a.Problem = Extract(ctx, board.CV{Kind: board.FileKind(strings.TrimSpace(kind)), Bytes: b})
	if err := json.NewEncoder(out).Encode(a); err != nil {
		return fmt.Errorf("write the text: %w", err)
	}
	return nil
}

// watchMemory ends the process when it has become too large: the memory limit of the runtime only makes it collect garbage.
func watchMemory() {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}}
	for range time.Tick(watchEvery) {
		if metrics.Read(sample); sample[0].Value.Uint64() > maxMemory {
			os.Exit(1)
		}
	}
}
