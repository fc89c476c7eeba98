package consumer_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
)

// need fails the test when a program is missing, and says how to get it.
func need(t *testing.T, program, remedy string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Fatalf("%s is not on the PATH: %s", program, remedy)
	}
}

// needNode makes the pinned Node programs available, downloading them on the first run and after each change of the
// lock file.
func needNode(t *testing.T) {
	t.Helper()
	need(t, "node", "install Node.js 20 or later with npm (on Debian and Ubuntu: apt-get install nodejs npm)")
	need(t, "npm", "install npm, which usually comes with Node.js (on Debian and Ubuntu: apt-get install npm)")
	if err := install(); err != nil {
		t.Fatalf("npm cannot install the pinned programs of openapi/consumer: %v", err)
	}
}

// installed is a copy of the lock file by which node_modules was filled last.
const installed = "node_modules/.installed-lock.json"

var install = sync.OnceValue(func() error {
	lock, err := os.Open("package-lock.json")
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	// Another process may be installing at this moment.
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	want, err := os.ReadFile("package-lock.json")
	if err != nil {
		return err
	}
	if got, err := os.ReadFile(installed); err == nil && bytes.Equal(got, want) {
		return nil
	}
	// Nothing that is installed here needs a script of its own to run.
	out, err := command(".", "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return os.WriteFile(installed, want, 0o600)
})

// command prepares a program that neither asks questions nor reports home.
func command(dir, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CI=true", "NO_COLOR=1", "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true")
	return cmd
}

// run runs a program to its end and fails the test, with all it printed, when it fails.
func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	if out, err := command(dir, name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

func copyFile(t *testing.T, from, to string) string {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return string(data)
}
