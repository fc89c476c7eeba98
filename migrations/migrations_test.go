package migrations_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/migrations"
)

var (
	owner   = regexp.MustCompile(`(?s)^-- (store(?:/[a-z]+)?) owns: (.*?)\.\n-- \+goose Up\n`)
	created = regexp.MustCompile(`(?m)^CREATE (?:UNLOGGED )?TABLE ([a-z_]+) \(`)
)

// Each table belongs to one room of the store, and the first lines of a file say which.
func TestEveryTableBelongsToOneRoom(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	roomOf := map[string]string{}
	for _, name := range names {
		text, err := fs.ReadFile(migrations.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		head := owner.FindSubmatch(text)
		if head == nil {
			t.Errorf(`%s does not begin with "-- store/ROOM owns: TABLES." and "-- +goose Up"`, name)
			continue
		}
		room := string(head[1])
		if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(room))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		owned := strings.Split(strings.ReplaceAll(string(head[2]), "\n-- ", " "), ", ")
		for _, table := range owned {
			if other, taken := roomOf[table]; taken {
				t.Errorf("%s belongs to %s and %s", table, other, room)
			}
			roomOf[table] = room
		}
		var tables []string
		for _, m := range created.FindAllSubmatch(text, -1) {
			tables = append(tables, string(m[1]))
		}
		slices.Sort(owned)
		slices.Sort(tables)
		if diff := cmp.Diff(owned, tables); diff != "" {
			t.Errorf("%s: tables owned and tables created (-owned +created):\n%s", name, diff)
		}
	}
}
