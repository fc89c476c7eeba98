package main

import (
	"bytes"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestExitStatus(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want int
	}{
		{"success", []string{"--", "sh", "-c", `test -n "$TEST_DATABASE_URL"`}, 0},
		{"the status of the command", []string{"sh", "-c", "exit 7"}, 7},
		{"ended by a signal", []string{"sh", "-c", "kill -TERM $$"}, 128 + 15},
		{"no such command", []string{"/nonexistent"}, 1},
		{"no command", nil, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var stderr bytes.Buffer
			if got := run(tt.args, nil, io.Discard, &stderr); got != tt.want {
				t.Errorf("status %d, want %d; stderr: %s", got, tt.want, &stderr)
			}
		})
	}
}

// TestSignalReachesTheWholeCommand: the signal goes to the grandchild too, as from `go test` to its tests.
func TestSignalReachesTheWholeCommand(t *testing.T) {
	t.Parallel()
	signals := make(chan os.Signal, 1)
	r, w := io.Pipe()
	go func() {
		buf := make([]byte, 6)
		if _, err := io.ReadFull(r, buf); err == nil {
			signals <- syscall.SIGTERM
		}
		_, _ = io.Copy(io.Discard, r)
	}()
	got := run([]string{"sh", "-c", `sh -c 'echo ready; exec sleep 600'; exit 9`}, signals, w, io.Discard)
	if got != 128+15 && got != 9 {
		t.Errorf("status %d", got)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	if got := run([]string{"-find"}, nil, &stdout, &stderr); got != 0 || !strings.HasPrefix(stdout.String(), "/") {
		t.Errorf("status %d, output %q, stderr %s", got, &stdout, &stderr)
	}
}
