package embedded

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestClosedParent is the checkout below /root: the account of the server may not enter it, so the data lives elsewhere.
// For an ordinary user the same directory is simply his own.
func TestClosedParent(t *testing.T) {
	t.Parallel()
	open := openDir(t)
	closed := filepath.Join(open, "closed")
	dir := filepath.Join(closed, "checkout", ".data")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	o := Options{Dir: dir, ForTests: true, elsewhere: filepath.Join(open, "elsewhere")}
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, s.URL(), "CREATE TABLE kept (n int)")
	inside := strings.HasPrefix(s.place.base, dir)
	if root := os.Geteuid() == 0; inside == root {
		t.Errorf("root is %t, and the data is in %s", root, s.place.base)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	again, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, again.URL(), "INSERT INTO kept (n) VALUES (1)")
	if err := again.Stop(); err != nil {
		t.Fatal(err)
	}
	if again.place != s.place && again.place.base != s.place.base {
		t.Errorf("the data moved from %s to %s", s.place.base, again.place.base)
	}
}

func TestBlockedAt(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	other := &account{name: "other", uid: 4242, gid: 4242}
	inner := filepath.Join(dir, "a", "b")
	if err := os.MkdirAll(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	check := func(want string) {
		t.Helper()
		got, err := other.blockedAt(inner)
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("blockedAt(%s) = %q, want %q", inner, got, want)
		}
	}
	check("")
	for _, closed := range []string{inner, filepath.Dir(inner)} {
		if err := os.Chmod(closed, 0o700); err != nil {
			t.Fatal(err)
		}
		check(closed)
	}
}
