// Package writes checks that every write is in an explicit transaction.
package writes

import (
	"go/ast"
	"go/types"
	"regexp"
	"strings"

	"golang.org/x/tools/go/analysis"

	"itmanagerjobs/tools/analyzers/internal/directive"
	"itmanagerjobs/tools/analyzers/internal/schema"
	"itmanagerjobs/tools/analyzers/internal/sqltext"
)

// Analyzer reports a statement that writes, or locks rows, when what runs it is a *pg.DB or a pg.Reader and not a *pg.Tx;
// and every statement outside store/pg that is run by database/sql or sqlx themselves.
var Analyzer = &analysis.Analyzer{
	Name: "writes",
	Doc:  "every write is in an explicit transaction",
	Run:  directive.Run("write", check),
}

var functions string

func init() {
	Analyzer.Flags.StringVar(&functions, "functions", "", "the functions of the database that write, separated by commas")
}

var writes = regexp.MustCompile(`\b(?:insert\s+into|update\s+(?:only\s+)?\w+|for\s+(?:no\s+key\s+)?update|delete\s+from|merge\s+into|truncate|copy\s+\w+|create|alter|drop|vacuum)\b|\b(?:nextval|setval)\s*\(`)

type checker struct {
	pass   *analysis.Pass
	reader *sqltext.Reader
	report *directive.Reporter
	// calls of functions of the database that write; nil when there are none
	calls *regexp.Regexp
}

func check(pass *analysis.Pass, report *directive.Reporter) {
	if directive.ForTests(pass) || directive.In(pass.Pkg.Path(), "store/pg") {
		return
	}
	files := directive.Files(pass)
	c := &checker{pass: pass, reader: sqltext.New(pass, files), report: report}
	if names := schema.Names(functions); len(names) > 0 {
		c.calls = regexp.MustCompile(`\b(?:` + strings.Join(names, "|") + `)\s*\(`)
	}
	for _, file := range files {
		directive.Walk(file, func(path []ast.Node) bool {
			if call, ok := path[len(path)-1].(*ast.CallExpr); ok {
				c.check(call, path)
			}
			return true
		})
	}
}

func (c *checker) check(call *ast.CallExpr, path []ast.Node) {
	if runsRaw(c.pass.TypesInfo, call) {
		c.report.Report(path, "a statement is run past store/pg")
		return
	}
	for i, a := range call.Args {
		if !sqltext.IsString(c.pass.TypesInfo.TypeOf(a)) {
			continue
		}
		plain := sqltext.Plain(c.reader.Of(a))
		if sqltext.IsStatement(plain) && (writes.MatchString(plain) || c.calls != nil && c.calls.MatchString(plain)) && c.outside(call, i, 0) {
			c.report.Report(path, "a statement that writes is run outside an explicit transaction")
			return
		}
	}
}

// deepest is how many functions of a package may hand a statement on.
const deepest = 5

// outside tells whether a call runs its i-th argument on something else than a transaction. A function of the package may
// hand the statement on to what runs it.
func (c *checker) outside(call *ast.CallExpr, i, depth int) bool {
	switch c.runner(call) {
	case "Tx":
		return false
	case "DB", "Reader":
		return true
	}
	f := sqltext.Callee(c.pass.TypesInfo, call)
	decl := c.reader.Funcs[f]
	if f == nil || decl == nil || decl.Body == nil || depth == deepest || i >= f.Signature().Params().Len() {
		return false
	}
	statement, found := f.Signature().Params().At(i), false
	ast.Inspect(decl.Body, func(n ast.Node) bool {
		if inner, ok := n.(*ast.CallExpr); ok {
			for j, a := range inner.Args {
				if name, ok := a.(*ast.Ident); ok && c.pass.TypesInfo.Uses[name] == statement {
					found = found || c.outside(inner, j, depth+1)
				}
			}
		}
		return true
	})
	return found
}

// runner is the type of store/pg that a call is a method of, or that is handed to it with the statement.
func (c *checker) runner(call *ast.CallExpr) string {
	values := call.Args
	if s, ok := call.Fun.(*ast.SelectorExpr); ok && c.pass.TypesInfo.Selections[s] != nil {
		values = append([]ast.Expr{s.X}, values...)
	}
	kind := ""
	for _, v := range values {
		pkg, name := named(c.pass.TypesInfo.TypeOf(v))
		switch {
		case !directive.In(pkg, "store/pg"):
		case name == "Tx":
			return name
		case name == "DB" || name == "Reader":
			kind = name
		}
	}
	return kind
}

// runsRaw tells whether a call is a method of database/sql or sqlx that runs or prepares a statement, or begins a
// transaction.
func runsRaw(info *types.Info, call *ast.CallExpr) bool {
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || info.Selections[s] == nil {
		return false
	}
	pkg, name := named(info.TypeOf(s.X))
	if pkg != "database/sql" && pkg != "github.com/jmoiron/sqlx" || name != "DB" && name != "Conn" && name != "Tx" {
		return false
	}
	for _, verb := range []string{"Exec", "Query", "Prepare", "Begin", "Get", "Select", "MustExec", "MustBegin", "Named"} {
		if strings.HasPrefix(s.Sel.Name, verb) {
			return true
		}
	}
	return false
}

func named(t types.Type) (pkg, name string) {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.Obj().Pkg() == nil {
		return "", ""
	}
	return n.Obj().Pkg().Path(), n.Obj().Name()
}
