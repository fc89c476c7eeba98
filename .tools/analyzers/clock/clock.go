// Package clock checks that main alone reads the clock of the machine; everything else is handed one.
package clock

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"

	"itmanagerjobs/tools/analyzers/internal/directive"
)

// Analyzer reports time.Now, time.Since and time.Until, called or handed on, outside main and packages for tests.
// Timers and deadlines are not reported: how long something waits is not what time it is.
var Analyzer = &analysis.Analyzer{
	Name: "clock",
	Doc:  "the clock of the machine is read in main alone",
	Run:  directive.Run("clock", check),
}

func check(pass *analysis.Pass, report *directive.Reporter) {
	if pass.Pkg.Name() == "main" || directive.ForTests(pass) {
		return
	}
	for _, file := range directive.Files(pass) {
		directive.Walk(file, func(path []ast.Node) bool {
			if name, ok := path[len(path)-1].(*ast.Ident); ok && reads(pass.TypesInfo.Uses[name]) {
				report.Report(path, "time.%s reads the clock of the machine; a Now that main hands in is the clock", name.Name)
			}
			return true
		})
	}
}

func reads(o types.Object) bool {
	f, ok := o.(*types.Func)
	if !ok || f.Pkg() == nil || f.Pkg().Path() != "time" || f.Signature().Recv() != nil {
		return false
	}
	return f.Name() == "Now" || f.Name() == "Since" || f.Name() == "Until"
}
