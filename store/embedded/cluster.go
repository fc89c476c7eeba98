package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// launch finds the binaries, makes the data directory if there is none, ends what is left of an earlier run, and starts the
// server. Only the holder of the lock may call it.
func (s *Server) launch(ctx context.Context) (*process, error) {
	rememberFile := filepath.Join(s.place.base, "binaries")
	remembered, err := os.ReadFile(rememberFile)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	existing, err := s.place.majors()
	if err != nil {
		return nil, err
	}
	bin, err := find(ctx, s.place.account, existing, strings.TrimSpace(string(remembered)))
	if err != nil {
		return nil, err
	}
	// Written for a later start by hand without the PG_BIN that `make run` had set.
	if err := os.WriteFile(rememberFile, []byte(bin.dir+"\n"), 0o600); err != nil {
		return nil, err
	}
	if len(existing) > 0 && !slices.Contains(existing, bin.major) {
		s.o.Log.Warn("PG_BIN names another PostgreSQL than the one that made the data; beginning with an empty database",
			"data", existing, "pg_bin", bin.major)
	}
	data := filepath.Join(s.place.base, fmt.Sprintf("data-%d", bin.major))
	if !slices.Contains(existing, bin.major) {
		if err := s.initialise(ctx, bin, data); err != nil {
			return nil, err
		}
	}
	if err := endLeftover(ctx, data, s.place.socketDir, s.o.Log); err != nil {
		return nil, err
	}
	if err := s.place.makeSocketDir(); err != nil {
		return nil, err
	}
	return s.startServer(ctx, bin, data)
}

// majors lists the versions that have data here, newest first.
func (p place) majors() ([]int, error) {
	dirs, err := filepath.Glob(filepath.Join(p.base, "data-*"))
	if err != nil {
		return nil, err
	}
	var majors []int
	for _, dir := range dirs {
		if n, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(dir), "data-")); err == nil {
			majors = append(majors, n)
		}
	}
	slices.Sort(majors)
	slices.Reverse(majors)
	return majors, nil
}

// initialise makes a data directory. initdb works in a directory of another name that is renamed when it is done: a data-<major>
// is therefore always complete, and nothing that might hold somebody's data is ever deleted.
func (s *Server) initialise(ctx context.Context, bin binaries, data string) error {
	halves, err := filepath.Glob(filepath.Join(s.place.base, "new-*"))
	if err != nil {
		return err
	}
	for _, dir := range halves { // an earlier initdb was interrupted
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	draft, err := os.MkdirTemp(s.place.base, "new-")
	if err != nil {
		return err
	}
	if err := s.place.account.chown(draft); err != nil {
		return err
	}
	locale := "C.UTF-8"
	if runtime.GOOS == "darwin" {
		locale = "C"
	}
	args := []string{"-D", draft, "-U", userName, "-A", "trust", "-E", "UTF8", "--locale=" + locale}
	if s.o.ForTests {
		args = append(args, "--no-sync")
	}
	s.o.Log.Info("making the data directory", "dir", data, "postgresql", bin.major)
	var out bytes.Buffer
	cmd := exec.Command(filepath.Join(bin.dir, "initdb"), args...) //nolint:noctx // run ends it itself, on the locked thread
	cmd.Stdout, cmd.Stderr = &out, &out
	p, err := spawn(cmd, s.place.account)
	if err != nil {
		return fmt.Errorf("initdb: %w", err)
	}
	select {
	case <-p.exited:
	case <-ctx.Done():
		p.kill()
		<-p.exited
		return fmt.Errorf("initdb: %w", context.Cause(ctx))
	}
	if p.status != nil {
		return fmt.Errorf("initdb failed (%w): %s", p.status, strings.TrimSpace(out.String()))
	}
	return os.Rename(draft, data)
}
