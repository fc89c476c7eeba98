package consumer_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"itmanagerjobs/openapi/consumer/nodetest"
)

// needNode makes the pinned Node programs available.
func needNode(t *testing.T) {
	t.Helper()
	nodetest.Install(t, ".")
}

// run runs a program to its end and fails the test, with all it printed, when it fails.
func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	if out, err := nodetest.Command(t.Context(), dir, name, args...).CombinedOutput(); err != nil {
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

// seen tells whether this test has passed on this machine with the same contracts, programs and versions of them, as go test does of a
// test that starts no other program. They take three quarters of a minute, and say the same again. If not, it keeps that it passes.
func seen(t *testing.T) bool {
	t.Helper()
	sum, err := ingredients()
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	mark := filepath.Join(cache, "itmanagerjobs", "consumed", t.Name()+"-"+sum)
	if _, err := os.Stat(mark); err == nil {
		t.Logf("it has passed with the same files before; remove %s to run it again", mark)
		return true
	}
	t.Cleanup(func() {
		if t.Failed() {
			return
		}
		if err := os.MkdirAll(filepath.Dir(mark), 0o700); err != nil {
			t.Error(err)
		}
		if err := os.WriteFile(mark, nil, 0o600); err != nil {
			t.Error(err)
		}
	})
	return false
}

// ingredients is a hash of all that decides what the programs say: everything below openapi, the modules, and the programs that run them.
var ingredients = sync.OnceValues(func() (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	for _, command := range [][]string{{"node", "--version"}, {"java", "-version"}} {
		out, err := exec.Command(command[0], command[1:]...).CombinedOutput()
		if err != nil {
			out = []byte(err.Error()) // the test that needs it says so
		}
		fmt.Fprintln(sum, command, string(out))
	}
	add := func(file string) error {
		content, err := os.ReadFile(file)
		fmt.Fprintf(sum, "%s %d\n%s", file, len(content), content)
		return err
	}
	for _, file := range []string{"../../go.mod", "../../go.sum", "../../.tools/go.mod", "../../.tools/go.sum"} {
		if err := add(file); err != nil {
			return "", err
		}
	}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == "node_modules" && d.IsDir():
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		return add(path)
	})
	return hex.EncodeToString(sum.Sum(nil)[:16]), err
})
