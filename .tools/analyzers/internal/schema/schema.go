// Package schema reads of the migrations what the house rules must know: the tables that belong to a tenant, and the
// functions that write.
package schema

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// Schema is what the migrations make, in alphabetical order.
type Schema struct {
	// Tenants are the tables with a column employer_id and a column mode.
	Tenants []string
	// Writers are the functions that write when a SELECT calls them; those of triggers are not among them.
	Writers []string
}

var (
	comments    = regexp.MustCompile(`(?m)--.*$`)
	table       = regexp.MustCompile(`(?is)\bcreate\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?(\w+)\s*\((.*?)\n\)`)
	added       = regexp.MustCompile(`(?is)\balter\s+table\s+(?:only\s+)?(\w+)([^;]*)`)
	addedColumn = regexp.MustCompile(`(?i)\badd\s+column\s+(?:if\s+not\s+exists\s+)?(\w+)`)
	dropped     = regexp.MustCompile(`(?i)\bdrop\s+(?:table|function)\s+(?:if\s+exists\s+)?(\w+)`)
	column      = regexp.MustCompile(`(?m)^\s*(\w+)\s`)
	function    = regexp.MustCompile(`(?is)\bcreate\s+(?:or\s+replace\s+)?function\s+(\w+)\s*\(([^;]*?)\bas\s+(\$\w*\$)(.*?)(\$\w*\$)`)
	writes      = regexp.MustCompile(`(?i)\b(?:insert\s+into|update\s+\w+|delete\s+from)\b`)
	locks       = regexp.MustCompile(`(?i)\bfor\s+(?:no\s+key\s+)?update\b`)
)

// Read reads the goose files of a directory, the upward parts, in the order of their names.
func Read(dir fs.FS) (Schema, error) {
	names, err := fs.Glob(dir, "*.sql")
	if err != nil {
		return Schema{}, err
	}
	columns, writers := map[string]map[string]bool{}, map[string]bool{}
	for _, name := range names {
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			return Schema{}, err
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		read(comments.ReplaceAllString(up, ""), columns, writers)
	}
	var s Schema
	for name, has := range columns {
		if has["employer_id"] && has["mode"] {
			s.Tenants = append(s.Tenants, name)
		}
	}
	for name, does := range writers {
		if does {
			s.Writers = append(s.Writers, name)
		}
	}
	slices.Sort(s.Tenants)
	slices.Sort(s.Writers)
	return s, nil
}

func read(up string, columns map[string]map[string]bool, writers map[string]bool) {
	for _, name := range dropped.FindAllStringSubmatch(up, -1) {
		delete(columns, name[1])
		delete(writers, name[1])
	}
	for _, t := range table.FindAllStringSubmatch(up, -1) {
		columns[t[1]] = map[string]bool{}
		for _, c := range column.FindAllStringSubmatch(t[2], -1) {
			columns[t[1]][c[1]] = true
		}
	}
	for _, t := range added.FindAllStringSubmatch(up, -1) {
		for _, c := range addedColumn.FindAllStringSubmatch(t[2], -1) {
			if columns[t[1]] != nil {
				columns[t[1]][c[1]] = true
			}
		}
	}
	for _, f := range function.FindAllStringSubmatch(up, -1) {
		returns, body := strings.ToLower(f[2]), locks.ReplaceAllString(f[4], "")
		writers[f[1]] = !strings.Contains(returns, "returns trigger") && writes.MatchString(body)
	}
}

// Flag writes names as the value of a flag of an analyzer.
func Flag(names []string) string { return strings.Join(names, ",") }

// Names reads a flag, nil when it is empty.
func Names(flag string) []string {
	return slices.DeleteFunc(strings.Split(flag, ","), func(s string) bool { return s == "" })
}
