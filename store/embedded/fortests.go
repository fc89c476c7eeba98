package embedded

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
)

const (
	testDirPrefix = "itmanagerjobs-test-"
	// minShm is the free space, in bytes, from which the memory file system /dev/shm holds the databases of the tests.
	// A clone of a template takes a tenth of the time there.
	minShm = 1 << 30
)

// StartForTests starts an empty throw-away server: ForTests, Temporary, in memory where there is room.
// It also removes what an earlier test run left behind if that was killed together with its watcher.
// The settings are those of Options.
func StartForTests(ctx context.Context, settings ...string) (*Server, error) {
	parent := os.TempDir()
	var st syscall.Statfs_t
	if err := syscall.Statfs("/dev/shm", &st); err == nil && st.Bavail*uint64(st.Bsize) >= minShm { // sizes are positive
		parent = "/dev/shm"
	}
	if err := sweep(parent); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(parent, testDirPrefix)
	if err != nil {
		return nil, err
	}
	return Start(ctx, Options{Dir: dir, ForTests: true, Temporary: true, Settings: settings})
}

// sweep removes the directories of dead test servers: there is data in them, or the beginning of it, and nobody holds the lock.
func sweep(parent string) error {
	dirs, err := filepath.Glob(filepath.Join(parent, testDirPrefix+"*"))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		base := filepath.Join(dir, "postgres")
		data, err := filepath.Glob(filepath.Join(base, "data-*"))
		if err != nil {
			return err
		}
		drafts, err := filepath.Glob(filepath.Join(base, "new-*"))
		if err != nil {
			return err
		}
		if len(data)+len(drafts) == 0 {
			continue // just being made
		}
		l, err := tryLock(filepath.Join(base, "owner.lock"))
		if err != nil || l == nil {
			continue // in use, or another user's
		}
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		if err := l.Close(); err != nil {
			return err
		}
	}
	return nil
}
