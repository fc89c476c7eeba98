package embedded

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFind sets $PG_BIN and PATH, so it is the one test here that cannot be parallel.
func TestFind(t *testing.T) {
	dir := openDir(t)
	old, fitting, newer := fakeInstallation(t, dir, 14), fakeInstallation(t, dir, 16), fakeInstallation(t, dir, 17)
	tests := []struct {
		name       string
		pgBin      string
		existing   []int
		remembered string
		want       int    // major
		wantErr    string // a part of the message
	}{
		{name: "PG_BIN is taken", pgBin: fitting, want: 16},
		{name: "PG_BIN decides even beside other data", pgBin: newer, existing: []int{16}, want: 17},
		{name: "too old", pgBin: old, wantErr: "PostgreSQL 14, and 15 or newer is needed"},
		{name: "a wrong PG_BIN is an error", pgBin: filepath.Join(dir, "nothing"), wantErr: "(PG_BIN is "},
		{name: "the remembered one when it made the data", existing: []int{16}, remembered: fitting, want: 16},
		{name: "data of a version that is not there", existing: []int{9}, remembered: fitting, wantErr: "the data was made by PostgreSQL [9], but only"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("PG_BIN", tt.pgBin)
			got, err := find(t.Context(), nil, tt.existing, tt.remembered)
			if tt.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
					t.Fatalf("error %v, want one with %q", err, tt.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.major); diff != "" {
				t.Errorf("major (-want +got):\n%s", diff)
			}
		})
	}
}

func TestInstallCommandIsNamed(t *testing.T) {
	t.Setenv("PG_BIN", filepath.Join(t.TempDir(), "nothing"))
	_, err := FindBinaries(t.Context())
	if err == nil || !strings.Contains(err.Error(), installCommand(0)) {
		t.Errorf("error %v, want one with %q", err, installCommand(0))
	}
}

// fakeInstallation makes a postgres that knows its version and nothing else.
func fakeInstallation(t *testing.T, parent string, major int) string {
	t.Helper()
	dir := filepath.Join(parent, strconv.Itoa(major))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\necho 'postgres (PostgreSQL) %d.3 (Debian)'\n", major)
	for _, name := range []string{"postgres", "initdb"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
