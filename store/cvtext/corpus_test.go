package cvtext_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvtext/cvtexttest"
)

// words splits a text into words, and counts each.
func words(text string) map[string]int {
	count := map[string]int{}
	for _, w := range strings.FieldsFunc(norm.NFC.String(text), func(c rune) bool {
		return unicode.IsSpace(c) || unicode.IsControl(c) || strings.ContainsRune("•·–—,;:()○▪", c)
	}) {
		count[w]++
	}
	return count
}

// TestCorpus holds the text of files that common programs have made against their words: those that poppler reads in a PDF,
// and those that were written in all others. testdata/corpus/generate.py makes the files.
func TestCorpus(t *testing.T) {
	t.Parallel()
	const enough, enoughOfOne = 0.99, 0.9
	var corpus map[string]string
	if err := json.Unmarshal(readFile(t, filepath.Join("corpus", "words.json")), &corpus); err != nil {
		t.Fatal(err)
	}
	found, all := 0, 0
	for name, text := range corpus {
		kind := board.FileKind(strings.TrimPrefix(filepath.Ext(name), "."))
		got, problem := cvtexttest.Reader().Read(t.Context(), board.CV{Kind: kind, Bytes: readFile(t, filepath.Join("corpus", name))})
		read, have, want := words(got), 0, 0
		var missing []string
		for w, n := range words(text) {
			want += n
			have += min(n, read[w])
			if read[w] < n {
				missing = append(missing, w)
			}
		}
		found, all = found+have, all+want
		if float64(have) < enoughOfOne*float64(want) {
			t.Errorf("%s: %d of %d words, %q; lacks %q:\n%s", name, have, want, problem, missing, got)
		} else if len(missing) > 0 {
			t.Logf("%s lacks %q", name, missing)
		}
	}
	recall := float64(found) / float64(all)
	t.Logf("%d files, %d words, recall %.4f", len(corpus), all, recall)
	if len(corpus) < 60 || recall < enough {
		t.Errorf("%d files, recall %.4f, want %.2f", len(corpus), recall, enough)
	}
}
