package pg_test

import (
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// Two locks with one number would make strangers wait for each other.
func TestEveryLockHasANumberOfItsOwn(t *testing.T) {
	t.Parallel()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "locks.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	// What the file uses of others is not resolved; the constants need none of it.
	config := types.Config{Importer: importer.Default(), Error: func(error) {}}
	pkg, _ := config.Check("pg", fset, []*ast.File{file}, nil)
	names := map[int64]string{}
	for _, name := range pkg.Scope().Names() {
		lock, ok := pkg.Scope().Lookup(name).(*types.Const)
		if !ok || !types.Identical(lock.Type(), pkg.Scope().Lookup("Lock").Type()) {
			continue
		}
		n, exact := constant.Int64Val(lock.Val())
		if other, taken := names[n]; taken || !exact {
			t.Errorf("%s and %s are both %d", name, other, n)
		}
		names[n] = name
	}
	if len(names) < 8 {
		t.Errorf("the registry has only %v", names)
	}
}

// What only this package may do is not done elsewhere in the program: naming an advisory lock past the registry, and
// setting the time of a transaction, which is the same from its begin to its commit.
func TestOnlyThisPackageLocksAndSetsTheTime(t *testing.T) {
	t.Parallel()
	const root = "../.."
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != root || path == root+"/store/pg" || d.Name() == "node_modules"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		files++
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				if n.Kind == token.STRING && (strings.Contains(n.Value, "pg_advisory") || strings.Contains(n.Value, "pg_try_advisory")) {
					t.Errorf("%s: take an advisory lock of the registry in store/pg/locks.go", fset.Position(n.Pos()))
				}
			case *ast.AssignStmt:
				for _, left := range n.Lhs {
					if isNowOfTx(left) {
						t.Errorf("%s: a transaction has one time; do not set it", fset.Position(n.Pos()))
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 200 {
		t.Errorf("only %d files were read", files)
	}
}

// isNowOfTx is true of the expression tx.Now.
func isNowOfTx(e ast.Expr) bool {
	selector, ok := e.(*ast.SelectorExpr)
	if !ok || selector.Sel.Name != "Now" {
		return false
	}
	on, ok := selector.X.(*ast.Ident)
	return ok && on.Name == "tx"
}
