// Package tenants checks that a statement on a table of tenants is bound to an employer and a mode.
package tenants

import (
	"go/ast"
	"go/types"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"

	"itmanagerjobs/tools/analyzers/internal/directive"
	"itmanagerjobs/tools/analyzers/internal/origin"
	"itmanagerjobs/tools/analyzers/internal/schema"
	"itmanagerjobs/tools/analyzers/internal/sqltext"
)

// Analyzer reports a statement that reads or writes a table with employer_id and mode, and binds not both of them to a
// value or to another table's. One binding is enough for a statement: what is joined to a row by its id is of the same
// tenant. An INSERT binds by naming both columns. Bound is also what is found by an id that nobody outside has named, because
// the statement that the id was read with has been checked; and an Exec that only locks rows tells nothing.
var Analyzer = &analysis.Analyzer{
	Name:      "tenants",
	Doc:       "every query of a tenant's table binds employer and mode",
	Run:       directive.Run("tenant", check),
	FactTypes: []analysis.Fact{new(text)},
}

var tables string

func init() {
	Analyzer.Flags.StringVar(&tables, "tables", "", "the tables that have employer_id and mode, separated by commas")
}

// text is the SQL that an exported function puts together.
type text struct{ SQL string }

func (*text) AFact() {}

func (*text) String() string { return "SQL" }

func check(pass *analysis.Pass, report *directive.Reporter) {
	names := schema.Names(tables)
	if len(names) == 0 || directive.ForTests(pass) {
		return
	}
	uses := regexp.MustCompile(`\b(?:(?:from|join|update|into|using)\s+(?:only\s+)?|(?:from|using)\s+\w+(?:\s+(?:as\s+)?\w+)?\s*,\s*)(` + strings.Join(names, "|") + `)\b`)
	files := directive.Files(pass)
	reader, values := sqltext.New(pass, files), origin.New(pass, files)
	reader.Outside = func(f *types.Func) string {
		var t text
		pass.ImportObjectFact(f, &t)
		return t.SQL
	}
	for f, sql := range reader.Builders() {
		if f.Exported() && uses.MatchString(sqltext.Plain(sql)) {
			pass.ExportObjectFact(f, &text{sql})
		}
	}
	for _, file := range files {
		directive.Walk(file, func(path []ast.Node) bool {
			sql, ok := reader.Sent(path)
			if !ok {
				return true
			}
			plain := sqltext.Plain(sql)
			if used := used(plain, uses); len(used) > 0 && !bound(plain) && !byOwnID(plain, path, values) {
				report.Report(path, "the statement on %s does not bind both employer_id and mode", strings.Join(used, ", "))
			}
			return false
		})
	}
}

// used are the tables that a statement names, apart from those that it defines itself under the name.
func used(plain string, uses *regexp.Regexp) (names []string) {
	for _, m := range uses.FindAllStringSubmatch(plain, -1) {
		own := regexp.MustCompile(`\b` + m[1] + `(?:\s*\([^()]*\))?\s+as\s+(?:not\s+)?(?:materialized\s+)?\(`)
		if !slices.Contains(names, m[1]) && !own.MatchString(plain) {
			names = append(names, m[1])
		}
	}
	return names
}

var (
	insert     = regexp.MustCompile(`\binsert\s+into\s+\w+(?:\s+as\s+\w+)?\s*\(([^()]*)\)`)
	employer   = binding("employer_id")
	mode       = binding("mode")
	inColumns  = regexp.MustCompile(`\bemployer_id\b[^()]*\bmode\b`)
	conditions = regexp.MustCompile(`(?s)\b(?:where|on|using|having)\b.*`)
)

// binding finds a column that is compared: alone, in a row, or in a USING.
func binding(column string) *regexp.Regexp {
	return regexp.MustCompile(`\b` + column + `\s*(?:=|in\b)|=\s*(?:\w+\.)?` + column + `\b|\((?:[^()]*[\s,(.])?` + column + `\b[^()]*\)\s*(?:=|in\b)|\busing\s*\([^()]*\b` + column + `\b`)
}

func bound(plain string) bool {
	for _, m := range insert.FindAllStringSubmatch(plain, -1) {
		if inColumns.MatchString(m[1]) {
			return true
		}
	}
	where := conditions.FindString(plain)
	return employer.MatchString(where) && mode.MatchString(where)
}

var locking = regexp.MustCompile(`^\s*select\b[^;]*\bfor\s+(?:no\s+key\s+)?update\b`)

var byID = regexp.MustCompile(`\b((?:\w+_)?id)\s*=\s*(?:any\s*\(\s*)?\$([0-9]+)`)

// byOwnID tells whether a statement finds its rows by an id that is an argument of the call, and ours.
func byOwnID(plain string, path []ast.Node, values *origin.Reader) bool {
	call, ok := path[len(path)-2].(*ast.CallExpr)
	if !ok {
		return false
	}
	if method, ok := call.Fun.(*ast.SelectorExpr); ok && method.Sel.Name == "Exec" && locking.MatchString(plain) {
		return true // nothing comes out, and nothing is changed
	}
	if call.Ellipsis.IsValid() {
		return false
	}
	text := slices.IndexFunc(call.Args, func(e ast.Expr) bool { return e == path[len(path)-1] })
	for _, m := range byID.FindAllStringSubmatch(conditions.FindString(plain), -1) {
		n, err := strconv.Atoi(m[2])
		if at := text + n; err == nil && m[1] != "employer_id" && at < len(call.Args) && values.Ours(call.Args[at]) {
			return true
		}
	}
	return false
}
