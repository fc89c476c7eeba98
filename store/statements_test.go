package store_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoStatementFollowsAFailedOne: PostgreSQL refuses every statement after a failed one until the transaction is rolled
// back, and errors.Join evaluates all its arguments. Two statements of a transaction inside it hide the first error behind
// a second one that says nothing.
func TestNoStatementFollowsAFailedOne(t *testing.T) {
	t.Parallel()
	files := token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && isErrorsJoin(call.Fun) && mentionsTx(call.Args) {
				t.Errorf("%s: errors.Join runs statements of a transaction. Return the error of the first one.", files.Position(call.Pos()))
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func isErrorsJoin(fun ast.Expr) bool {
	selector, ok := fun.(*ast.SelectorExpr)
	if !ok || selector.Sel.Name != "Join" {
		return false
	}
	pkg, ok := selector.X.(*ast.Ident)
	return ok && pkg.Name == "errors"
}

func mentionsTx(args []ast.Expr) (found bool) {
	for _, arg := range args {
		ast.Inspect(arg, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && id.Name == "tx" {
				found = true
			}
			return !found
		})
	}
	return found
}
