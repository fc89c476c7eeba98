// Package locks checks that advisory locks come from the registry in store/pg, so that no two have one number.
package locks

import (
	"go/ast"
	"go/constant"
	"regexp"

	"golang.org/x/tools/go/analysis"

	"itmanagerjobs/tools/analyzers/internal/directive"
)

// Analyzer reports a constant with the name of a function of PostgreSQL that takes an advisory lock, outside store/pg.
// Packages for tests are not excepted.
var Analyzer = &analysis.Analyzer{
	Name: "locks",
	Doc:  "no advisory lock outside the registry",
	Run:  directive.Run("lock", check),
}

var advisory = regexp.MustCompile(`(?i)\bpg_(?:try_)?advisory_(?:xact_)?(?:un)?lock`)

func check(pass *analysis.Pass, report *directive.Reporter) {
	if directive.In(pass.Pkg.Path(), "store/pg") {
		return
	}
	for _, file := range directive.Files(pass) {
		directive.Walk(file, func(path []ast.Node) bool {
			literal, ok := path[len(path)-1].(*ast.BasicLit)
			if !ok {
				return true
			}
			value := pass.TypesInfo.Types[literal].Value
			if value != nil && value.Kind() == constant.String && advisory.MatchString(constant.StringVal(value)) {
				report.Report(path, "an advisory lock is taken past the registry in store/pg")
			}
			return true
		})
	}
}
