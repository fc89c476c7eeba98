// Package waits checks that nothing waits, for anything but the database, while a transaction holds a connection.
package waits

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"itmanagerjobs/tools/analyzers/internal/directive"
)

// module is whose functions are looked into, also when another package calls them.
const module = "itmanagerjobs/"

// Analyzer reports what waits in a function that runs in a transaction: one that takes a *pg.Tx, or a literal that is handed to
// WithTx or Savepoint. What waits is a sleep, a timer, a channel, a group of goroutines, another process and the network; and a
// function that does such a thing, in another package too.
var Analyzer = &analysis.Analyzer{
	Name:      "waits",
	Doc:       "nothing waits in a transaction",
	Run:       directive.Run("wait", check),
	FactTypes: []analysis.Fact{new(waits)},
}

// waits is noted of a function that waits.
type waits struct{ What string }

func (*waits) AFact()           {}
func (w *waits) String() string { return w.What }

// waiting are the functions of the standard library that wait; an empty list means all of the package.
var waiting = map[string][]string{
	"time":                        {"Sleep", "After", "Tick", "NewTimer", "NewTicker"},
	"os/exec":                     {},
	"net":                         {"Dial", "DialTimeout", "DialContext", "Listen", "LookupHost", "LookupIP", "LookupAddr", "LookupMX", "LookupTXT", "LookupIPAddr", "LookupNetIP"},
	"net/http":                    {"Get", "Head", "Post", "PostForm", "Do", "RoundTrip"},
	"net/smtp":                    {},
	"sync":                        {"Wait"},
	"golang.org/x/sync/errgroup":  {"Wait"},
	"golang.org/x/sync/semaphore": {"Acquire"},
}

type checker struct {
	pass   *analysis.Pass
	report *directive.Reporter
	decls  map[*types.Func]*ast.FuncDecl
	// known are the functions of the package that were looked at; "" for one that does not wait, also while it is looked at.
	known map[*types.Func]string
}

func check(pass *analysis.Pass, report *directive.Reporter) {
	if !strings.HasPrefix(pass.Pkg.Path(), module) || directive.ForTests(pass) || directive.In(pass.Pkg.Path(), "store/pg") {
		return
	}
	c := &checker{pass: pass, report: report, decls: map[*types.Func]*ast.FuncDecl{}, known: map[*types.Func]string{}}
	files := directive.Files(pass)
	for _, file := range files {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
				if obj, ok := pass.TypesInfo.Defs[f.Name].(*types.Func); ok {
					c.decls[obj] = f
				}
			}
		}
	}
	for f := range c.decls {
		if what := c.function(f); what != "" {
			pass.ExportObjectFact(f, &waits{what})
		}
	}
	for _, file := range files {
		c.transactions(file)
	}
}

// transactions reports what waits in the functions of a file that run in a transaction.
func (c *checker) transactions(file *ast.File) {
	directive.Walk(file, func(path []ast.Node) bool {
		if later(path) {
			return false
		}
		if what := c.waits(path[len(path)-1]); what != "" && c.inTransaction(path) {
			c.report.Report(path, "%s in a transaction, which holds a connection meanwhile", what)
			return false
		}
		return true
	})
}

// inTransaction tells whether one of the functions around the last node runs in a transaction.
func (c *checker) inTransaction(path []ast.Node) bool {
	for i, n := range path {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if c.takesTx(n.Type) {
				return true
			}
		case *ast.FuncLit:
			if c.takesTx(n.Type) {
				return true
			}
			if call, ok := path[i-1].(*ast.CallExpr); ok && call.Fun != n {
				switch name(call) {
				case "WithTx", "Savepoint":
					return true
				}
			}
		}
	}
	return false
}

func (c *checker) takesTx(f *ast.FuncType) bool {
	for _, p := range f.Params.List {
		pointer, ok := c.pass.TypesInfo.TypeOf(p.Type).(*types.Pointer)
		if !ok {
			continue
		}
		if named, ok := pointer.Elem().(*types.Named); ok && named.Obj().Name() == "Tx" && named.Obj().Pkg() != nil && directive.In(named.Obj().Pkg().Path(), "store/pg") {
			return true
		}
	}
	return false
}

// later tells whether the last node of a path runs at another time, in a goroutine or after the commit; or is a case of a
// select, which is judged as a whole.
func later(path []ast.Node) bool {
	n := path[len(path)-1]
	if _, ok := n.(*ast.GoStmt); ok {
		return true
	}
	if len(path) < 2 {
		return false
	}
	if c, ok := path[len(path)-2].(*ast.CommClause); ok {
		return c.Comm == n
	}
	if _, ok := n.(*ast.FuncLit); !ok {
		return false
	}
	call, ok := path[len(path)-2].(*ast.CallExpr)
	return ok && (name(call) == "AfterCommit" || name(call) == "AfterFunc" || name(call) == "Go")
}

func name(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// waits says what a node waits for by itself, "" for nothing.
func (c *checker) waits(n ast.Node) string {
	switch n := n.(type) {
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			return "a channel is read"
		}
	case *ast.SendStmt:
		return "something is sent to a channel"
	case *ast.RangeStmt:
		if t := c.pass.TypesInfo.TypeOf(n.X); t != nil {
			if _, ok := t.Underlying().(*types.Chan); ok {
				return "a channel is read"
			}
		}
	case *ast.SelectStmt:
		if !slices.ContainsFunc(n.Body.List, isDefault) {
			return "a select waits"
		}
	case *ast.CallExpr:
		return c.call(n)
	}
	return ""
}

func isDefault(s ast.Stmt) bool {
	c, ok := s.(*ast.CommClause)
	return ok && c.Comm == nil
}

func (c *checker) call(call *ast.CallExpr) string {
	var id *ast.Ident
	switch f := call.Fun.(type) {
	case *ast.Ident:
		id = f
	case *ast.SelectorExpr:
		id = f.Sel
	}
	if id == nil {
		return ""
	}
	f, ok := c.pass.TypesInfo.Uses[id].(*types.Func)
	if !ok || f.Pkg() == nil {
		return ""
	}
	f = f.Origin()
	if names, ok := waiting[f.Pkg().Path()]; ok {
		method := f.Pkg().Path() == "time" && f.Signature().Recv() != nil // such as Time.After
		if !method && (len(names) == 0 || slices.Contains(names, f.Name())) {
			return f.Pkg().Name() + "." + f.Name() + " is called"
		}
	}
	if f.Pkg() == c.pass.Pkg {
		if c.function(f) != "" {
			return f.Name() + ", which waits, is called"
		}
		return ""
	}
	var w waits
	if c.pass.ImportObjectFact(f, &w) {
		return f.Pkg().Name() + "." + f.Name() + ", which waits, is called"
	}
	return ""
}

// function says what a function of the package waits for.
func (c *checker) function(f *types.Func) string {
	if what, ok := c.known[f]; ok {
		return what
	}
	decl := c.decls[f]
	if decl == nil || c.takesTx(decl.Type) {
		return "" // what runs in a transaction is reported where it waits
	}
	c.known[f] = ""
	path := []ast.Node{}
	what := ""
	ast.Inspect(decl.Body, func(n ast.Node) bool {
		if n == nil {
			path = path[:len(path)-1]
			return false
		}
		path = append(path, n)
		if what == "" && !later(path) {
			if what = c.waits(n); what == "" {
				return true
			}
		}
		path = path[:len(path)-1]
		return false
	})
	c.known[f] = what
	return what
}
