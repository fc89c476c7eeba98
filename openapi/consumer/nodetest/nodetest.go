// Package nodetest runs programs of Node in tests, with packages that a lock file pins. It is for tests alone.
package nodetest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
)

// NeedNode fails the test when Node is missing, and says how to get it.
func NeedNode(t testing.TB) {
	t.Helper()
	Need(t, "node", "install Node.js 20 or later with npm (on Debian and Ubuntu: apt-get install nodejs npm)")
}

// Need fails the test when a program is missing, and says how to get it.
func Need(t testing.TB, program, remedy string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Fatalf("%s is not on the PATH: %s", program, remedy)
	}
}

// Install makes the packages that dir/package-lock.json pins available in dir/node_modules, downloading them on the
// first run and after each change of the lock file.
func Install(t testing.TB, dir string) {
	t.Helper()
	NeedNode(t)
	Need(t, "npm", "install npm, which usually comes with Node.js (on Debian and Ubuntu: apt-get install npm)")
	once, _ := installs.LoadOrStore(dir, sync.OnceValue(func() error { return install(t.Context(), dir) }))
	if err := once.(func() error)(); err != nil { //nolint:forcetypeassert // nothing else is stored
		t.Fatalf("npm cannot install the pinned programs of %s: %v", dir, err)
	}
}

// installs holds the result of each folder's installation in this process.
var installs sync.Map

func install(ctx context.Context, dir string) error {
	const lockFile = "package-lock.json"
	// A copy of the lock file by which node_modules was filled last.
	const installed = "node_modules/.installed-lock.json"
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	lock, err := root.Open(lockFile)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	// Another process may be installing at this moment.
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	want, err := root.ReadFile(lockFile)
	if err != nil {
		return err
	}
	if got, err := root.ReadFile(installed); err == nil && bytes.Equal(got, want) {
		return nil
	}
	// Nothing that is installed here needs a script of its own to run.
	out, err := Command(ctx, dir, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return root.WriteFile(installed, want, 0o600)
}

// Command prepares a program that neither asks questions nor reports home.
func Command(ctx context.Context, dir, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // a test names the program
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CI=true", "NO_COLOR=1", "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true")
	return cmd
}
