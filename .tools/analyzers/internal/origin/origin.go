// Package origin tells whether a value came out of the database, or may be what somebody outside the package has named.
package origin

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
)

// Reader knows where the values of one package come from.
type Reader struct {
	info   *types.Info
	values map[types.Object][]ast.Expr // what a variable was made from
	params map[types.Object]param
	calls  map[*types.Func][]*ast.CallExpr
	busy   map[types.Object]bool
	// tenant is where a value was handed to a read together with the tenant whose it must be.
	tenant map[types.Object][]token.Pos
}

// param is the place of a parameter in its function; the function is nil when it is a literal.
type param struct {
	of *types.Func
	at int // -1 is the receiver
}

// New reads the assignments, parameters and calls of a package.
func New(pass *analysis.Pass, files []*ast.File) *Reader {
	r := &Reader{
		info: pass.TypesInfo, values: map[types.Object][]ast.Expr{}, params: map[types.Object]param{},
		calls: map[*types.Func][]*ast.CallExpr{}, busy: map[types.Object]bool{}, tenant: map[types.Object][]token.Pos{},
	}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				f, _ := r.info.Defs[n.Name].(*types.Func)
				r.declare(f, n.Type.Params, 0)
				r.declare(f, n.Recv, -1)
			case *ast.AssignStmt:
				for i, left := range n.Lhs {
					r.assign(left, n.Rhs[min(i, len(n.Rhs)-1)])
				}
			case *ast.ValueSpec:
				for i, name := range n.Names {
					if len(n.Values) > 0 {
						r.assign(name, n.Values[min(i, len(n.Values)-1)])
					}
				}
			case *ast.RangeStmt:
				r.assign(n.Key, n.X)
				r.assign(n.Value, n.X)
			case *ast.CallExpr:
				if f := callee(r.info, n); f != nil {
					r.calls[f] = append(r.calls[f], n)
				}
				r.note(n)
			}
			return true
		})
	}
	return r
}

// note notes what a call is given together with a context and a tenant.
func (r *Reader) note(c *ast.CallExpr) {
	is := func(name string) bool {
		return slices.ContainsFunc(c.Args, func(e ast.Expr) bool { return named(r.info.TypeOf(e), name) })
	}
	if !is("Context") || !is("Tenant") && !is("Principal") {
		return
	}
	for _, a := range c.Args {
		if name, ok := a.(*ast.Ident); ok {
			r.tenant[r.info.ObjectOf(name)] = append(r.tenant[r.info.ObjectOf(name)], name.Pos())
		}
	}
}

// checked tells whether a value was read with its tenant before a place in the source.
func (r *Reader) checked(o types.Object, before token.Pos) bool {
	return slices.ContainsFunc(r.tenant[o], func(at token.Pos) bool { return at < before })
}

func (r *Reader) declare(f *types.Func, list *ast.FieldList, at int) {
	if list == nil {
		return
	}
	for _, field := range list.List {
		for _, name := range field.Names {
			r.params[r.info.Defs[name]] = param{f, at}
			at++
		}
		if len(field.Names) == 0 {
			at++
		}
	}
}

func (r *Reader) assign(left, value ast.Expr) {
	switch left := left.(type) {
	case *ast.Ident:
		if o := r.info.ObjectOf(left); o != nil {
			r.values[o] = append(r.values[o], value)
		}
	case *ast.IndexExpr: // ids[i] = …
		r.assign(left.X, value)
	}
}

// Ours tells whether a value is known not to be named from outside: it was read from the database, made here, or taken
// from a parameter whose every caller in the package hands in such a value. What an exported function is given is not,
// except an object that carries its tenant, and what was handed, further up in the function, to a read together with its
// tenant.
func (r *Reader) Ours(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.BasicLit, *ast.FuncLit:
		return true
	case *ast.Ident:
		return r.variable(e)
	case *ast.SelectorExpr:
		if _, field := r.info.Selections[e]; !field {
			return true // of another package
		}
		return carriesTenant(r.info.TypeOf(e.X)) || r.Ours(e.X)
	case *ast.IndexExpr:
		return r.Ours(e.X)
	case *ast.SliceExpr:
		return r.Ours(e.X)
	case *ast.StarExpr:
		return r.Ours(e.X)
	case *ast.UnaryExpr:
		return r.Ours(e.X)
	case *ast.BinaryExpr:
		return r.Ours(e.X) && r.Ours(e.Y)
	case *ast.KeyValueExpr:
		return r.Ours(e.Value)
	case *ast.CompositeLit:
		return !slices.ContainsFunc(e.Elts, func(e ast.Expr) bool { return !r.Ours(e) })
	case *ast.CallExpr:
		return r.call(e)
	}
	return false
}

func (r *Reader) variable(name *ast.Ident) bool {
	o := r.info.ObjectOf(name)
	if o == nil || r.busy[o] {
		return true // a circle decides nothing
	}
	r.busy[o] = true
	defer delete(r.busy, o)
	if p, ok := r.params[o]; ok && !r.parameter(p) && !r.checked(o, name.Pos()) {
		return false
	}
	return !slices.ContainsFunc(r.values[o], func(e ast.Expr) bool { return !r.Ours(e) })
}

func (r *Reader) parameter(p param) bool {
	if p.of == nil {
		return true
	}
	if p.at < 0 {
		return true // a store, or what was checked when it was made
	}
	if p.of.Exported() || len(r.calls[p.of]) == 0 {
		return false
	}
	for _, c := range r.calls[p.of] {
		if p.at >= len(c.Args) || !r.Ours(c.Args[p.at]) {
			return false
		}
	}
	return true
}

// call trusts what reads the database, which is checked there; anything else gives what it was given.
func (r *Reader) call(c *ast.CallExpr) bool {
	for _, a := range c.Args {
		if named(r.info.TypeOf(a), "Context") {
			return true
		}
	}
	if s, ok := c.Fun.(*ast.SelectorExpr); ok && r.info.Selections[s] != nil && !r.Ours(s.X) {
		return false
	}
	return !slices.ContainsFunc(c.Args, func(e ast.Expr) bool { return !r.Ours(e) })
}

func callee(info *types.Info, c *ast.CallExpr) *types.Func {
	switch fun := ast.Unparen(c.Fun).(type) {
	case *ast.Ident:
		f, _ := info.Uses[fun].(*types.Func)
		return f
	case *ast.SelectorExpr:
		f, _ := info.Uses[fun.Sel].(*types.Func)
		return f
	}
	return nil
}

func named(t types.Type, name string) bool {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == name
}

// carriesTenant tells whether objects of a type have an EmployerID and a Mode.
func carriesTenant(t types.Type) bool {
	for _, field := range []string{"EmployerID", "Mode"} {
		if o, _, _ := types.LookupFieldOrMethod(t, true, nil, field); o == nil {
			return false
		}
	}
	return true
}
