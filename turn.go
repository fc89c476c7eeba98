package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

const (
	// turnFile is locked, in DATA_DIR, by the one command that may start or stop the embedded server. It stays there:
	// to remove it would let two have a lock of that name.
	turnFile = "command.lock"
	// turnPause is the wait before the next look, and turnPatience when to give up: commands take seconds.
	turnPause    = 10 * time.Millisecond
	turnPatience = 2 * time.Minute
)

// takeTurn waits until no other command holds the directory's turn. The system gives the turn back for a command that
// is killed; release may be called twice.
func takeTurn(ctx context.Context, dir string) (release func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot be made: %w", err)
	}
	path := filepath.Join(dir, turnFile)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot be used: %w", err)
	}
	if err := lockFile(ctx, f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return sync.OnceFunc(func() { f.Close() }), nil
}

func lockFile(ctx context.Context, f *os.File) error {
	deadline := time.NewTimer(turnPatience)
	defer deadline.Stop()
	tick := time.NewTicker(turnPause)
	defer tick.Stop()
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return fmt.Errorf("cannot be locked: %w", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline.C:
			return fmt.Errorf("is in use: another command has held %s for %s, look whether it hangs", f.Name(), turnPatience)
		case <-tick.C:
		}
	}
}
