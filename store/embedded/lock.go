package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

const (
	// turnFile is locked, in DATA_DIR, by the one command that may start or stop the server. It stays there: were it
	// removed, two commands could hold a lock of that name.
	turnFile = "command.lock"
	// turnPause is the wait before the next try, and turnPatience when to give up: commands take seconds.
	turnPause    = 10 * time.Millisecond
	turnPatience = 2 * time.Minute
)

// newLock is an exclusive lock on a file that is made when missing. The kernel releases it when its holder dies, so it never
// goes stale.
func newLock(path string) *flock.Flock {
	return flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW), flock.SetPermissions(0o600))
}

// tryLock takes the lock of a file, or returns nil when another copy of the program holds it.
func tryLock(path string) (*flock.Flock, error) {
	l := newLock(path)
	locked, err := l.TryLock()
	switch {
	case errors.Is(err, os.ErrPermission):
		return nil, explainPermission(err, path)
	case err != nil:
		return nil, fmt.Errorf("lock %s: %w", path, err)
	case !locked:
		return nil, nil //nolint:nilnil // "held by another" is neither a lock nor a failure
	}
	return l, nil
}

// TakeTurn waits until no other command holds the turn of a DATA_DIR, which is made when missing. The command that holds the
// turn may start and stop the server of the directory. The kernel takes the turn from a command that is killed; release may be
// called twice. An error says what is wrong with the directory, to stand behind the name of a setting: "cannot be made: …",
// or is that of ctx.
func TakeTurn(ctx context.Context, dir string) (release func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot be made: %w", err)
	}
	tired := fmt.Errorf("is in use: another command has held %s for %s, look whether it hangs", filepath.Join(dir, turnFile), turnPatience)
	patient, cancel := context.WithTimeoutCause(ctx, turnPatience, tired)
	defer cancel()
	l := newLock(filepath.Join(dir, turnFile))
	switch _, err := l.TryLockContext(patient, turnPause); {
	case ctx.Err() != nil:
		return nil, errors.Join(ctx.Err(), l.Close())
	case patient.Err() != nil && err != nil:
		return nil, tired
	case err != nil:
		if _, ok := errors.AsType[*fs.PathError](err); ok {
			return nil, fmt.Errorf("cannot be used: %w", err)
		}
		return nil, fmt.Errorf("cannot be locked: %w", err)
	}
	return sync.OnceFunc(func() { _ = l.Close() }), nil // nobody can do anything about an error, and the lock ends with the command
}
