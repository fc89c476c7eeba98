package embedded

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lock is an exclusive flock: the kernel releases it when its holder dies, so it never goes stale.
type lock struct{ f *os.File }

// tryLock takes the lock, or returns nil when somebody else holds it.
func tryLock(path string) (*lock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		if errors.Is(err, os.ErrPermission) {
			return nil, fmt.Errorf("%s belongs to another user: run the program as that user, or set DATA_DIR to a directory of your own (%w)", path, err)
		}
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return &lock{f: f}, nil
		}
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if closeErr := f.Close(); closeErr != nil {
			return nil, closeErr
		}
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, nil //nolint:nilnil // "held by somebody else" is neither a lock nor a failure
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
}

// release gives the lock back; closing the only descriptor does it.
func (l *lock) release() error { return l.f.Close() }
