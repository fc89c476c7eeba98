// Package programtest holds the program to what it promises as a process: it builds the program of this repository once, and then
// starts it, talks to it, signals it, kills it, has several copies at once, runs its commands and what the documents show of them, and
// takes its database away. The tests with the build tag soak take long: they break PostgreSQL, upgrade, pool and fail over. Nothing
// here knows the inside of package main, whose own tests are beside it.
package programtest

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
)

// built is the path of the program, see TestMain.
var built string

func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.list").Value.String() != "" {
		os.Exit(m.Run())
	}
	dir, err := os.MkdirTemp("", "itmanagerjobs-program-")
	if err == nil {
		err = prepare(dir)
	}
	status := 1
	if err == nil {
		status = m.Run()
	} else {
		fmt.Fprintln(os.Stderr, err)
	}
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(status)
}

// prepare builds the program, and lets nothing of what the developer works with reach the tests.
func prepare(dir string) error {
	if err := build(dir); err != nil {
		return err
	}
	page, err := os.ReadFile(filepath.Join(top, configuration))
	if err != nil {
		return err
	}
	for _, env := range settingsOf(string(page)) {
		if err := os.Unsetenv(env); err != nil {
			return err
		}
	}
	return nil
}

const (
	// top is the repository, where programs run as they do for who pastes a command of a document.
	top = "../.."
	// hanging is a file of package main that only the program of these tests has.
	hanging = "testdata/hanging.go"
)

// build makes the program, with the race detector when the tests have it, and with one file more.
func build(dir string) error {
	place, err := filepath.Abs(filepath.Join(top, "hanging.go"))
	if err != nil {
		return err
	}
	file, err := filepath.Abs(hanging)
	if err != nil {
		return err
	}
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {place: file}})
	if err != nil {
		return err
	}
	overlay := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, replace, 0o600); err != nil {
		return err
	}
	built = filepath.Join(dir, "itmanagerjobs")
	// Without the version that git tells, which it does not tell of a checkout of another user, and without what only a debugger reads.
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s", "-overlay", overlay, "-o", built}
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, ".")...)
	cmd.Dir = top
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return nil
}

// lookAtSources looks at each file that the program is made of, once a test runs the program. go test keeps a result until a file has
// changed that its test has looked at, and does not see what go build reads in a process of its own.
var lookAtSources = sync.OnceValue(func() error {
	const files = `{{if .Module}}{{if .Module.Main}}{{.Dir}}{{range .GoFiles}}{{"\n"}}{{$.Dir}}/{{.}}{{end}}{{range .EmbedFiles}}{{"\n"}}{{$.Dir}}/{{.}}{{end}}{{"\n"}}{{end}}{{end}}`
	cmd := exec.Command("go", "list", "-deps", "-f", files, ".")
	cmd.Dir = top
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("list the files of the program: %w", err)
	}
	for _, file := range append(strings.Fields(string(out)), filepath.Join(top, "go.mod"), filepath.Join(top, "go.sum"), hanging) {
		if _, err := os.Stat(file); err != nil {
			return err
		}
	}
	return nil
})

// configuration has a row for each setting, to which a test of package main holds it.
const configuration = "docs/configuration.md"

var settingOfRow = regexp.MustCompile("(?m)^\\| `([A-Z][A-Z0-9_]+)` \\|")

// settingsOf lists the environment variables of all settings.
func settingsOf(page string) []string {
	var envs []string
	for _, match := range settingOfRow.FindAllStringSubmatch(page, -1) {
		envs = append(envs, match[1])
	}
	return envs
}
