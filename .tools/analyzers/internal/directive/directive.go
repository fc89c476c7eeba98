// Package directive reads the comments that silence a house rule with a reason, such as
//
//	//house:write one statement, and counted twice it harms nobody
//
// The comment stands on the line of what the rule reports, or directly above it or above the statement or declaration
// around it; comments for two rules stand one above the other. A comment that has no reason, or that silences nothing, is reported itself.
package directive

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Reporter reports the findings of one rule in one package.
type Reporter struct {
	pass *analysis.Pass
	rule string
	at   map[place]*comment
	// any is where a comment of any rule stands.
	any map[place]bool
}

type place struct {
	file string
	line int
}

type comment struct {
	pos    token.Pos
	reason string
	used   bool
}

// Run makes the Run of an analyzer: it reads the comments of a rule, whose name is the word after "house:", has the package
// checked, and reports the comments that are not right.
func Run(rule string, check func(*analysis.Pass, *Reporter)) func(*analysis.Pass) (any, error) {
	return func(pass *analysis.Pass) (any, error) {
		report := newReporter(pass, rule)
		check(pass, report)
		report.done()
		return nil, nil
	}
}

func newReporter(pass *analysis.Pass, rule string) *Reporter {
	r := &Reporter{pass: pass, rule: rule, at: map[place]*comment{}, any: map[place]bool{}}
	for _, file := range Files(pass) {
		for _, group := range file.Comments {
			for _, c := range group.List {
				r.any[r.place(c.Pos())] = r.any[r.place(c.Pos())] || strings.HasPrefix(c.Text, "//house:")
				text, ours := strings.CutPrefix(c.Text, "//house:"+rule)
				if !ours || text != "" && text[0] != ' ' {
					continue
				}
				r.at[r.place(c.Pos())] = &comment{pos: c.Pos(), reason: strings.TrimSpace(text)}
			}
		}
	}
	return r
}

func (r *Reporter) place(pos token.Pos) place {
	p := r.pass.Fset.Position(pos)
	return place{p.Filename, p.Line}
}

// Report reports a finding at the last node of a path from a file down, unless a comment silences it.
func (r *Reporter) Report(path []ast.Node, format string, args ...any) {
	found := path[len(path)-1]
	for _, around := range slices.Backward(path) {
		here := r.place(around.Pos())
		for first := true; first || r.any[here]; here.line-- {
			if c := r.at[here]; c != nil {
				c.used = true
				return
			}
			first = false
		}
		if ends(around) {
			break
		}
	}
	r.pass.ReportRangef(found, format+". Mend it, or write //house:"+r.rule+" and a reason above it", args...)
}

// ends tells whether a comment above what is around the node is too far away to be about it.
func ends(n ast.Node) bool {
	switch n.(type) {
	case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause, *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.SelectStmt, *ast.FuncDecl, *ast.GenDecl:
		return true
	}
	return false
}

// done reports the comments that have no reason or that silence nothing.
func (r *Reporter) done() {
	for _, c := range r.at {
		switch {
		case c.reason == "":
			r.pass.Reportf(c.pos, "//house:%s needs a reason", r.rule)
		case !c.used:
			r.pass.Reportf(c.pos, "//house:%s silences nothing here; take it out", r.rule)
		}
	}
}

// Files are the files of a package that the rules are for: tests and generated code are not.
func Files(pass *analysis.Pass) []*ast.File {
	var files []*ast.File
	for _, f := range pass.Files {
		if !strings.HasSuffix(pass.Fset.Position(f.FileStart).Filename, "_test.go") && !ast.IsGenerated(f) {
			files = append(files, f)
		}
	}
	return files
}

// ForTests tells whether a package is for tests alone: then a part of its path ends in "test".
func ForTests(pass *analysis.Pass) bool {
	for part := range strings.SplitSeq(pass.Pkg.Path(), "/") {
		if strings.HasSuffix(part, "test") {
			return true
		}
	}
	return false
}

// In tells whether the path of a package ends in path.
func In(pkg, path string) bool { return pkg == path || strings.HasSuffix(pkg, "/"+path) }

// Walk visits every node of a file with the path to it, the node included; visit tells whether to go on below.
func Walk(file *ast.File, visit func(path []ast.Node) bool) {
	var path []ast.Node
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			path = path[:len(path)-1]
			return false
		}
		path = append(path, n)
		if !visit(path) {
			path = path[:len(path)-1]
			return false
		}
		return true
	})
}
