package snapshots

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Set is a set of exchanges by name: "<operationId>/<status>-<case>".
type Set map[string]Exchange

// Folder is the root of the module, where snapshots and change log lie.
type Folder string

func (f Folder) path(relative string) string {
	return filepath.Join(string(f), filepath.FromSlash(relative))
}

// Paths are relative to the folder.

func (s Surface) frozenContract() string { return "snapshots/" + s.Name + "/contract.frozen.json" }

func (s Surface) exchanges(kind string) string { return "snapshots/" + s.Name + "/" + kind }

func (s Surface) exchangePath(kind, name string) string {
	return s.exchanges(kind) + "/" + name + ".json"
}

// The two sets, by the names of their folders.
const (
	current = "current"
	frozen  = "frozen"
)

// readOptional reads a file that need not be there.
func readOptional(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

func (f Folder) read(exchanges string) (Set, error) {
	root := f.path(exchanges)
	found := Set{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == root {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name, ok := strings.CutSuffix(filepath.ToSlash(rel), ".json")
		if !ok {
			return fmt.Errorf("%s is no exchange", path)
		}
		if found[name], err = DecodeExchange(data); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	})
	return found, err
}

func write(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

func names(s Set) []string { return slices.Sorted(maps.Keys(s)) }
