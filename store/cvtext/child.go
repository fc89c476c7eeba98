package cvtext

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"time"

	"itmanagerjobs/store/board"
)

const (
	// maxMemory is the memory of a child in bytes at which it ends; to compile PDFium takes half of it.
	maxMemory = 768 << 20
	// maxStack bounds the stack of each goroutine of a child.
	maxStack   = 64 << 20
	watchEvery = 5 * time.Millisecond
)

// request is the line before the bytes of a file that a child is sent.
type request struct {
	// Kind is empty for a request that has no file and only makes the child ready for PDF files.
	Kind board.FileKind `json:"kind"`
	// Size is in bytes.
	Size int `json:"size"`
}

// answer is the line that a child prints for each request.
type answer struct {
	Text    string `json:"text"`
	Problem string `json:"problem"`
}

// Child reads files from in and prints their texts to out, one after the other, for a Sandbox, until in ends. It changes
// limits of the whole process, which must do nothing else. cacheDirs are those of NewReader, as a list of PATH is written.
func Child(ctx context.Context, cacheDirs string, in io.Reader, out io.Writer) error {
	debug.SetMaxStack(maxStack)
	debug.SetMemoryLimit(maxMemory / 2) // collect before giving up
	parent, err := strconv.Atoi(os.Getenv(parentEnv))
	if err != nil {
		parent = os.Getppid() // somebody else than a Sandbox has started it
	}
	go watch(parent)
	reader, requests, answers := NewReader(filepath.SplitList(cacheDirs)...), bufio.NewReader(in), json.NewEncoder(out)
	answers.SetEscapeHTML(false)
	for {
		line, err := requests.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		var r request
		if err = errors.Join(err, json.Unmarshal(line, &r)); err != nil || r.Size < 0 || r.Size > board.MaxCV {
			return fmt.Errorf("read a request: %w", err)
		}
		b := make([]byte, r.Size)
		if _, err := io.ReadFull(requests, b); err != nil {
			return fmt.Errorf("read a file: %w", err)
		}
		var a answer
		if r.Kind != "" {
			a.Text, a.Problem = reader.Read(ctx, board.CV{Kind: r.Kind, Bytes: b})
		} else if err := reader.Load(); err != nil {
			a.Problem = ProblemUnread
		} else {
			debug.FreeOSMemory() // to compile takes far more than to read
		}
		if err := answers.Encode(a); err != nil {
			return fmt.Errorf("write the text: %w", err)
		}
	}
}

// watch ends the process when it has become too large, for the memory limit of the runtime only makes it collect garbage; and when the
// program that asks has been killed, for nobody else would end it while it is busy with a file that takes for ever.
func watch(parent int) {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}}
	for range time.Tick(watchEvery) {
		if metrics.Read(sample); sample[0].Value.Uint64() > maxMemory || os.Getppid() != parent {
			os.Exit(1)
		}
	}
}
