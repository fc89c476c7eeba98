// Package told checks that a method which tells its caller of people notes them for erasure.
package told

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"

	"itmanagerjobs/tools/analyzers/internal/directive"
	"itmanagerjobs/tools/analyzers/internal/sqltext"
)

// Analyzer reports an exported method of a Store, in a room that has people, that returns something about a person and
// calls neither outbox.Tells nor outbox.TellsIn, itself or through what it calls. An answer recorded under an
// Idempotency-Key would outlive the erasure of the person.
var Analyzer = &analysis.Analyzer{
	Name:      "told",
	Doc:       "a read of people for an answer is noted for erasure",
	Run:       directive.Run("told", check),
	FactTypes: []analysis.Fact{new(marks)},
}

// marks is a function that notes whom it tells of.
type marks struct{}

func (*marks) AFact() {}

func (*marks) String() string { return "marks" }

// rooms are the packages that read people.
var rooms = []string{"store", "store/pipeline", "store/cv", "store/match"}

// A type is about a person when a field of it, or of what it holds, has one of these names or these types.
var (
	fields = []string{"CandidateID", "CandidateIDs", "FirstName", "LastName", "YearsExperience", "CoverLetter", "Transcript"}
	kinds  = []string{"ApplicationStatus", "File"}
)

func check(pass *analysis.Pass, report *directive.Reporter) {
	files := directive.Files(pass)
	marking := markers(pass, files)
	for f := range marking {
		pass.ExportObjectFact(f, new(marks))
	}
	if !slices.ContainsFunc(rooms, func(room string) bool { return directive.In(pass.Pkg.Path(), room) }) {
		return
	}
	for _, file := range files {
		for _, decl := range file.Decls {
			method, ok := decl.(*ast.FuncDecl)
			if !ok || method.Recv == nil || !method.Name.IsExported() {
				continue
			}
			f, _ := pass.TypesInfo.Defs[method.Name].(*types.Func)
			if f == nil || name(f.Signature().Recv().Type()) != "Store" || marking[f] {
				continue
			}
			for result := range f.Signature().Results().Variables() {
				if person(result.Type(), map[types.Type]bool{}) {
					report.Report([]ast.Node{method, method.Name}, "%s returns %s, which is about a person, and does not call outbox.Tells or outbox.TellsIn",
						f.Name(), types.TypeString(result.Type(), types.RelativeTo(pass.Pkg)))
					break
				}
			}
		}
	}
}

// markers are the functions of the package that note whom they tell of, through others of the package too.
func markers(pass *analysis.Pass, files []*ast.File) map[*types.Func]bool {
	calls := map[*types.Func][]*types.Func{}
	for _, file := range files {
		for _, decl := range file.Decls {
			d, ok := decl.(*ast.FuncDecl)
			if !ok || d.Body == nil {
				continue
			}
			f, _ := pass.TypesInfo.Defs[d.Name].(*types.Func)
			ast.Inspect(d.Body, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok && f != nil {
					if called := sqltext.Callee(pass.TypesInfo, call); called != nil {
						calls[f] = append(calls[f], called)
					}
				}
				return true
			})
		}
	}
	marking := map[*types.Func]bool{}
	for grew := true; grew; {
		grew = false
		for f, called := range calls {
			if !marking[f] && slices.ContainsFunc(called, func(c *types.Func) bool { return marking[c] || tells(pass, c) }) {
				marking[f], grew = true, true
			}
		}
	}
	return marking
}

func tells(pass *analysis.Pass, f *types.Func) bool {
	if f.Pkg() == nil || f.Pkg() == pass.Pkg {
		return false
	}
	if directive.In(f.Pkg().Path(), "store/outbox") && (f.Name() == "Tells" || f.Name() == "TellsIn") {
		return true
	}
	return pass.ImportObjectFact(f.Origin(), new(marks))
}

// person tells whether a type is, or holds, something about a person.
func person(t types.Type, seen map[types.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	if slices.Contains(kinds, name(t)) {
		return true
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return person(u.Elem(), seen)
	case *types.Slice:
		return person(u.Elem(), seen)
	case *types.Array:
		return person(u.Elem(), seen)
	case *types.Map:
		return person(u.Elem(), seen) || person(u.Key(), seen)
	case *types.Struct:
		for f := range u.Fields() {
			if slices.Contains(fields, f.Name()) || person(f.Type(), seen) {
				return true
			}
		}
	}
	return false
}

func name(t types.Type) string {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	if n, ok := types.Unalias(t).(*types.Named); ok {
		return n.Obj().Name()
	}
	return ""
}
