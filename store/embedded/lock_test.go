package embedded

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTurnsAreTakenOneAfterTheOther(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	release, err := TakeTurn(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() {
		_, err := TakeTurn(ctx, dir)
		stopped <- err
	}()
	cancel()
	if err := <-stopped; !errors.Is(err, context.Canceled) {
		t.Errorf("a command that is interrupted while it waits: %v", err)
	}
	next := make(chan error, 1)
	go func() {
		release, err := TakeTurn(t.Context(), dir)
		if err == nil {
			release()
		}
		next <- err
	}()
	release()
	release()
	if err := <-next; err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(filepath.Join(dir, turnFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file that was locked: %v, %v", info, err)
	}
}

func TestATurnThatCannotBeTaken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := TakeTurn(t.Context(), filepath.Join(file, "data")); err == nil || !strings.HasPrefix(err.Error(), "cannot be made: ") {
		t.Errorf("below a file: %v", err)
	}
	// A link could lead to a file of another user.
	if err := os.Symlink(file, filepath.Join(dir, turnFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := TakeTurn(t.Context(), dir); err == nil || !strings.HasPrefix(err.Error(), "cannot be used: ") {
		t.Errorf("a link: %v", err)
	}
}

func TestALockIsHeldOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "owner.lock")
	first, err := tryLock(path)
	if err != nil || first == nil {
		t.Fatalf("%v, %v", first, err)
	}
	if second, err := tryLock(path); second != nil || err != nil {
		t.Errorf("a second holder: %v, %v", second, err)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	third, err := tryLock(path)
	if err != nil || third == nil {
		t.Fatalf("after the first: %v, %v", third, err)
	}
	if err := third.Close(); err != nil {
		t.Error(err)
	}
}
