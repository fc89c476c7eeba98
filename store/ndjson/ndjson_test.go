package ndjson

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
)

// database keeps people in memory, in the order in which they came.
type database struct {
	mu     sync.Mutex
	emails []string
	erased string // an address
	fails  error
}

func (d *database) ImportCvCandidates(_ context.Context, mode board.Mode, people []board.CvCandidate) (store.CvImported, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fails != nil {
		return store.CvImported{}, d.fails
	}
	done := store.CvImported{IDs: make([]int64, len(people))}
	for i, p := range people {
		if p.Email == d.erased {
			done.Erased++
			continue
		}
		d.emails = append(d.emails, string(mode)+" "+p.Email+" "+p.Summary)
		done.IDs[i] = int64(len(d.emails))
		done.New++
	}
	return done, nil
}

func person(email, summary string) string {
	return fmt.Sprintf(`{"firstName":"Ada","lastName":"Byron","email":%q,"title":"IT Manager","summary":%q}`, email, summary)
}

func importing(t *testing.T, d *database, in io.Reader) (Result, []string, error) {
	t.Helper()
	var said []string
	got, err := Import(t.Context(), in, Options{
		Store: d, Mode: board.ModeTest, Now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		Skipped:  func(line int, why error) { said = append(said, fmt.Sprintf("%d: %v", line, why)) },
		Progress: func(r Result) { said = append(said, fmt.Sprintf("%d and %d", r.Imported, r.Skipped)) },
	})
	return got, said, err
}

func TestImport(t *testing.T) {
	t.Parallel()
	d := &database{erased: "gone@example.org"}
	got, said, err := importing(t, d, strings.NewReader(strings.Join([]string{
		"\ufeff" + person("one@example.org", "first") + "\r", "", "not JSON", person("gone@example.org", ""), person("ONE@example.org", "later"),
	}, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Result{Imported: 2, New: 2, Skipped: 2, Valid: 3}, got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"test one@example.org first", "test ONE@example.org later"}, d.emails); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}
	if len(said) != 2 || !strings.HasPrefix(said[0], "3: ") || said[1] != "4: "+ErrErased.Error() {
		t.Errorf("it said %q", said)
	}
}

// TestLinesOfOnePersonStayInOrder has many batches of a few people, of whom the last line must come last.
func TestLinesOfOnePersonStayInOrder(t *testing.T) {
	t.Parallel()
	const people, lines = 7, 3*store.CvImportBatch + 1
	var in strings.Builder
	for i := range lines {
		fmt.Fprintln(&in, person(fmt.Sprintf("p%d@example.org", i%people), fmt.Sprintf("%06d", i)))
	}
	d := &database{}
	got, _, err := importing(t, d, strings.NewReader(in.String()))
	if err != nil || got.Imported != lines {
		t.Fatalf("%+v, %v", got, err)
	}
	last := map[string]string{}
	for _, p := range d.emails {
		words := strings.Fields(p)
		if words[2] < last[words[1]] {
			t.Errorf("%s came as %s after %s", words[1], words[2], last[words[1]])
		}
		last[words[1]] = words[2]
	}
}

func TestAnImportTellsHowFarItIs(t *testing.T) {
	t.Parallel()
	got, said, err := importing(t, &database{}, strings.NewReader(strings.Repeat("{}\n", progressLines)+person("one@example.org", "")))
	if err != nil || got != (Result{Imported: 1, New: 1, Skipped: progressLines, Valid: 1}) || said[len(said)-1] != "1 and 10000" {
		t.Errorf("%+v, %v; it said at last: %s", got, err, said[len(said)-1])
	}
}

func TestAnImportThatFails(t *testing.T) {
	t.Parallel()
	away := errors.New("the database is away")
	if got, _, err := importing(t, &database{fails: away}, strings.NewReader(person("one@example.org", ""))); !errors.Is(err, away) || got.Imported != 0 || got.Valid != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	torn := io.MultiReader(strings.NewReader(person("one@example.org", "")+"\n"), brokenReader{})
	if _, _, err := importing(t, &database{}, torn); !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "read line 2: ") {
		t.Error(err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestReadLine(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 40)
	r := bufio.NewReaderSize(strings.NewReader("a\n\n"+long+"\nb\n"+long), 16)
	var got []string
	for {
		line, err := readLine(r, 20)
		got = append(got, string(line))
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"a\n", "\n", long[:21], "b\n", long[:21]}, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}
