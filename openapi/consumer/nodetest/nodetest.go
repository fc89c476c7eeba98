// Package nodetest runs programs of Node in tests, with packages that a lock file pins. It is for tests alone.
package nodetest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/gofrs/flock"
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

// Install makes the packages that dir/package-lock.json pins available in dir/node_modules, downloading them on the first run and
// after each change of the lock file. They lie in the cache of this user, so that every clone has them, and node_modules leads there.
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
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	pinned := map[string][]byte{}
	sum := sha256.New()
	for _, name := range []string{"package.json", "package-lock.json"} {
		content, err := os.ReadFile(filepath.Join(dir, name)) //nolint:gosec // a test names the folder
		if err != nil {
			return err
		}
		pinned[name] = content
		fmt.Fprintf(sum, "%d\n%s", len(content), content)
	}
	kept := filepath.Join(cache, "itmanagerjobs", "node", hex.EncodeToString(sum.Sum(nil)[:8]))
	if err := os.MkdirAll(kept, 0o700); err != nil {
		return err
	}
	lock := flock.New(filepath.Join(kept, "lock"))
	if err := lock.Lock(); err != nil { // another process may be installing at this moment
		return err
	}
	defer func() { _ = lock.Close() }()
	if err := fill(ctx, kept, pinned); err != nil {
		return err
	}
	return lead(filepath.Join(dir, "node_modules"), filepath.Join(kept, "node_modules"))
}

// fill installs the packages in a folder of the cache, unless it has them.
func fill(ctx context.Context, kept string, pinned map[string][]byte) error {
	// Beside the packages, so that it goes with them when somebody runs npm in the folder that leads here.
	installed := filepath.Join(kept, "node_modules", ".installed")
	if _, err := os.Stat(installed); err == nil {
		return nil
	}
	for name, content := range pinned {
		if err := os.WriteFile(filepath.Join(kept, name), content, 0o600); err != nil {
			return err
		}
	}
	// Nothing that is installed here needs a script of its own to run.
	out, err := Command(ctx, kept, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return os.WriteFile(installed, nil, 0o600)
}

// lead makes a symbolic link, in the place of what is there.
func lead(link, target string) error {
	if now, err := os.Readlink(link); err == nil && now == target {
		return nil
	}
	if err := os.RemoveAll(link); err != nil {
		return err
	}
	return os.Symlink(target, link)
}

// Command prepares a program that neither asks questions nor reports home.
func Command(ctx context.Context, dir, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // a test names the program
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CI=true", "NO_COLOR=1", "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true")
	return cmd
}
