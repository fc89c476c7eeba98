// Command changes writes what a contract has changed since each release of it, as oasdiff sees it:
//
//	go run ./changes v1/changelog.json v1/releases/1.0.0-rc.1.json.gz v1/swagger.json
//
// The first file is written. The others are the contract of each release, from the oldest on, and the present one. `go generate` runs it.
package main

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "changes: %v\n", err)
		os.Exit(1)
	}
}

// comparison is what has changed between two versions of a contract.
type comparison struct {
	From string `json:"from"`
	// To is the next release; "next" for what is not released yet.
	To      string   `json:"to"`
	Changes []change `json:"changes"`
}

// change is one change in oasdiff's words. Level is 1 for what harms nobody, 2 for what may, and 3 for what breaks clients.
type change struct {
	ID          string `json:"id"`
	Text        string `json:"text"`
	Level       int    `json:"level"`
	Operation   string `json:"operation,omitempty"`
	OperationID string `json:"operationId,omitempty"`
	Path        string `json:"path,omitempty"`
}

func run(args []string) error {
	const fewest = 3
	if len(args) < fewest {
		return errors.New("name the file to write, the contract of each release, and the present one")
	}
	dir, err := os.MkdirTemp("", "changes")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	releases, present := args[1:len(args)-1], args[len(args)-1]
	files := map[string]string{"next": present}
	var versions []string
	for _, name := range releases {
		version := strings.TrimSuffix(filepath.Base(name), ".json.gz")
		versions = append(versions, version)
		files[version] = filepath.Join(dir, version+".json")
		if err := unzip(name, files[version]); err != nil {
			return err
		}
	}
	versions = append(versions, "next")
	all := []comparison{}
	for i := len(versions) - 1; i > 0; i-- { // the newest first
		from, to := versions[i-1], versions[i]
		changes, err := compare(files[from], files[to])
		if err != nil {
			return fmt.Errorf("%s to %s: %w", from, to, err)
		}
		all = append(all, comparison{from, to, changes})
	}
	out, err := json.MarshalIndent(map[string]any{"changelog": all}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(args[0], append(out, '\n'), 0o644) //nolint:gosec // a file of the repository, which everybody may read
}

func unzip(from, to string) error {
	in, err := os.Open(from) //nolint:gosec // a file of the repository
	if err != nil {
		return err
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	content, err := io.ReadAll(z)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	return os.WriteFile(to, content, 0o600)
}

// compare asks oasdiff in the version that .tools pins.
func compare(from, to string) ([]change, error) {
	root, err := exec.Command("go", "env", "GOMOD").Output() //nolint:noctx // a generator that somebody waits for
	if err != nil {
		return nil, err
	}
	tools := filepath.Join(filepath.Dir(strings.TrimSpace(string(root))), ".tools", "go.mod")
	cmd := exec.Command("go", "tool", "-modfile="+tools, "oasdiff", "changelog", from, to, "--format", "json") //nolint:noctx,gosec // the same
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("oasdiff: %w", err)
	}
	changes := []change{}
	if err := json.Unmarshal(out, &changes); err != nil {
		return nil, fmt.Errorf("read oasdiff's answer: %w", err)
	}
	return changes, nil
}
