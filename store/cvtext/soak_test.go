//go:build soak

package cvtext_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvtext"
	"itmanagerjobs/store/cvtext/cvtexttest"
	"itmanagerjobs/store/storetest/mutation"
)

// TestSoakMutatedCVs reads 20,000 damaged CVs as the program does: none hangs, none keeps the next from being read, and no file
// is left on the disk.
func TestSoakMutatedCVs(t *testing.T) {
	const n = 20_000
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	files := slices.Concat(glob(t, "cv*"), glob(t, "corpus/*"))
	sandbox := cvtext.NewSandbox(self(t), "read-cv", cvtexttest.CacheDir())
	t.Cleanup(sandbox.Close)
	r := rand.New(rand.NewPCG(3, 4))
	whole := board.CV{Kind: board.KindPDF, Bytes: readFile(t, "cv-plain.pdf")}
	problems := map[string]int{}
	for i := range n {
		name := files[i%len(files)]
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		kind := board.FileKind(strings.TrimPrefix(filepath.Ext(name), "."))
		text, problem := sandbox.Read(t.Context(), board.CV{Kind: kind, Bytes: mutation.Of(r, b)})
		if (text == "") == (problem == "") || problem == cvtext.ProblemTimeout || problem == cvtext.ProblemUnread {
			t.Errorf("%d, %s: %.100q, %q", i, name, text, problem)
		}
		problems[problem]++
		if i%100 == 0 {
			if text, problem := sandbox.Read(t.Context(), whole); text != "Ada Sample, Site Reliability Engineer" {
				t.Fatalf("%d: a good file is %q, %q", i, text, problem)
			}
		}
	}
	t.Logf("%d files: %v", n, problems)
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	return slices.DeleteFunc(files, func(name string) bool {
		return !slices.Contains(board.AllFileKinds(), board.FileKind(strings.TrimPrefix(filepath.Ext(name), ".")))
	})
}
