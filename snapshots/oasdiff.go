package snapshots

import (
	"bytes"
	"context"
	_ "embed" // for the severities
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// severities raises the level of changes that oasdiff by itself only informs about.
//
//go:embed oasdiff-severity.txt
var severities []byte

// oasdiff is the path of the tool in the version that .tools/go.mod pins. Asking once spares each comparison the start
// of the go command.
var oasdiff = sync.OnceValues(func() (string, error) {
	root, err := run("go", "env", "GOMOD")
	if err != nil {
		return "", err
	}
	return run("go", "tool", "-n", "-modfile="+filepath.Join(filepath.Dir(root), ".tools", "go.mod"), "oasdiff")
})

func run(name string, args ...string) (string, error) {
	// The context is nobody's: the answer outlives the test that happens to come first.
	cmd := exec.CommandContext(context.Background(), name, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, stderr.Bytes())
	}
	return strings.TrimSpace(string(out)), nil
}

// Breaking is gate A1: the changes that break clients according to oasdiff. oasdiff knows the meaning of many changes, but not of
// extensions and webhooks.
func Breaking(ctx context.Context, frozen, now []byte) ([]Finding, error) {
	tool, err := oasdiff()
	if err != nil {
		return nil, fmt.Errorf("gate A1 needs oasdiff: %w", err)
	}
	dir, err := os.MkdirTemp("", "oasdiff")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	before, after, levels := filepath.Join(dir, "frozen.json"), filepath.Join(dir, "now.json"), filepath.Join(dir, "severity.txt")
	if err := errors.Join(os.WriteFile(before, frozen, 0o600), os.WriteFile(after, now, 0o600), os.WriteFile(levels, severities, 0o600)); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, tool, "breaking", before, after, "--severity-levels", levels, "--fail-on", "WARN", "--format", "json")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	exit, failed := errors.AsType[*exec.ExitError](err)
	if err != nil && (!failed || exit.ExitCode() != 1 || len(out) == 0) {
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, stderr.Bytes())
	}
	return readDiff(out, err != nil)
}

// warning is the level of what may break clients.
const warning = 2

func readDiff(out []byte, failed bool) ([]Finding, error) {
	var changes []struct {
		ID        string `json:"id"`
		Text      string `json:"text"`
		Level     int    `json:"level"`
		Operation string `json:"operation"`
		Path      string `json:"path"`
	}
	if err := json.Unmarshal(out, &changes); err != nil {
		return nil, fmt.Errorf("read oasdiff's answer: %w\n%s", err, out)
	}
	var findings []Finding
	for _, c := range changes {
		if c.Level < warning {
			continue
		}
		where := strings.Join(strings.Fields(c.ID+" "+c.Operation+" "+c.Path), " ")
		findings = append(findings, Finding{Gate: GateDiff, Where: where, What: c.Text})
	}
	if failed != (len(findings) > 0) {
		return nil, fmt.Errorf("oasdiff's status and its answer contradict each other:\n%s", out)
	}
	return findings, nil
}
