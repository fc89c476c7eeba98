package main

import (
	"crypto/rand"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestSecretKeyIsMadeOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var (
		mu    sync.Mutex
		found = map[string]int{}
		all   sync.WaitGroup
	)
	for range 20 {
		all.Go(func() {
			key, err := keptSecretKey(dir, rand.Reader)
			if err != nil {
				t.Errorf("%v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			found[hex.EncodeToString(key)]++
		})
	}
	all.Wait()
	if len(found) != 1 {
		t.Errorf("20 starts at once made %d keys", len(found))
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("the directory holds %v", entries)
	}
	info, err := entries[0].Info()
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %o", info.Mode().Perm())
	}
}

func TestDamagedSecretKeyIsNotReplaced(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "\n", "damaged", "aHVudGVyMg==\n"} {
		dir := t.TempDir()
		path := filepath.Join(dir, secretKeyFile)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := keptSecretKey(dir, rand.Reader)
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "restore") {
			t.Errorf("%q: %v", content, err)
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != content {
			t.Errorf("%q became %q (%v)", content, after, err)
		}
	}
}
