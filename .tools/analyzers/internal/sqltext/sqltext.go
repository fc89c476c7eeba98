// Package sqltext reads the SQL that a program sends, as far as its source tells: constants, what is put together of
// them, local variables, and functions of the same package that return a string. What is not known reads as Unknown.
package sqltext

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Unknown stands for what the source does not tell.
const Unknown = "?"

// Listed stands for a page or a total of a list, which Sent tells of where the list is made.
const Listed = "(SELECT FROM ? WHERE employer_id = ? AND mode = ?)"

// Reader reads the strings of one package.
type Reader struct {
	info    *types.Info
	values  map[types.Object][]ast.Expr    // what is assigned to a variable, in the order of the source
	results map[types.Object][]ast.Expr    // what a function that returns one string returns
	given   map[types.Object]string        // what a parameter is given in the call that is read
	busy    map[types.Object]bool          // guards against circles
	Funcs   map[types.Object]*ast.FuncDecl // the functions of the package
	// Outside is the text of a function of another package that returns one string; nil knows none.
	Outside func(*types.Func) string
}

// New prepares a Reader.
func New(pass *analysis.Pass, files []*ast.File) *Reader {
	r := &Reader{
		info: pass.TypesInfo, values: map[types.Object][]ast.Expr{}, results: map[types.Object][]ast.Expr{},
		given: map[types.Object]string{}, busy: map[types.Object]bool{}, Funcs: map[types.Object]*ast.FuncDecl{},
	}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, name := range n.Names {
					if i < len(n.Values) {
						r.assign(name, n.Values[i])
					}
				}
			case *ast.AssignStmt:
				for i, left := range n.Lhs {
					if name, ok := left.(*ast.Ident); ok && len(n.Lhs) == len(n.Rhs) {
						r.assign(name, n.Rhs[i])
					}
				}
			case *ast.RangeStmt:
				list, isList := n.X.(*ast.CompositeLit)
				if name, ok := n.Value.(*ast.Ident); ok && isList {
					for _, e := range list.Elts {
						r.assign(name, e)
					}
				}
			case *ast.FuncDecl:
				r.Funcs[r.info.Defs[n.Name]] = n
				if f, ok := r.info.Defs[n.Name].(*types.Func); ok && n.Body != nil && returnsString(f) {
					r.results[f] = returned(n.Body)
				}
			}
			return true
		})
	}
	return r
}

func (r *Reader) assign(name *ast.Ident, value ast.Expr) {
	if v, ok := r.info.ObjectOf(name).(*types.Var); ok && IsString(v.Type()) {
		r.values[v] = append(r.values[v], value)
	}
}

// IsString tells whether t is a string.
func IsString(t types.Type) bool {
	if t == nil {
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsString != 0
}

func returnsString(f *types.Func) bool {
	results := f.Signature().Results()
	return results.Len() == 1 && IsString(results.At(0).Type())
}

func returned(body *ast.BlockStmt) (exprs []ast.Expr) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			exprs = append(exprs, n.Results...)
		}
		return true
	})
	return exprs
}

// Of is the text of an expression.
func (r *Reader) Of(e ast.Expr) string {
	if tv := r.info.Types[e]; tv.Value != nil && tv.Value.Kind() == constant.String {
		return constant.StringVal(tv.Value)
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return r.Of(e.X)
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return r.Of(e.X) + r.Of(e.Y)
		}
	case *ast.Ident:
		if text, ok := r.given[r.info.ObjectOf(e)]; ok {
			return text
		}
		return r.all(r.info.ObjectOf(e), r.values)
	case *ast.CallExpr:
		return r.call(e)
	}
	return Unknown
}

func (r *Reader) all(o types.Object, of map[types.Object][]ast.Expr) string {
	if len(of[o]) == 0 || r.busy[o] {
		return Unknown
	}
	r.busy[o] = true
	defer delete(r.busy, o)
	var b strings.Builder
	for _, e := range of[o] {
		b.WriteString(r.Of(e))
		b.WriteByte(' ')
	}
	return b.String()
}

func (r *Reader) call(c *ast.CallExpr) string {
	f := Callee(r.info, c)
	if f == nil {
		return Unknown
	}
	if f.Pkg() != nil && (f.Pkg().Path() == "strings" || f.Pkg().Path() == "fmt") && returnsString(f) {
		var b strings.Builder
		for _, a := range c.Args {
			b.WriteString(r.Of(a))
		}
		return b.String()
	}
	if !returnsString(f) {
		return Unknown
	}
	if recv := f.Signature().Recv(); recv != nil && strings.HasSuffix(recv.Type().String(), "Listing") {
		return Listed // its literal is a statement of its own
	}
	if r.Funcs[f] == nil {
		return r.outside(f, c)
	}
	for i, a := range c.Args {
		if p := f.Signature().Params(); i < p.Len() && IsString(p.At(i).Type()) {
			text := r.Of(a)
			r.given[p.At(i)] = text
			defer delete(r.given, p.At(i))
		}
	}
	return r.all(f, r.results)
}

// outside is what a function of another package returns. What it is handed stands somewhere in that.
func (r *Reader) outside(f *types.Func, c *ast.CallExpr) string {
	parts := []string{Unknown}
	if r.Outside != nil {
		parts[0] = r.Outside(f)
	}
	for _, a := range c.Args {
		if IsString(r.info.TypeOf(a)) {
			parts = append(parts, r.Of(a))
		}
	}
	return strings.Join(parts, " ")
}

// Callee is the function or method that a call names, nil when it is a value or a conversion.
func Callee(info *types.Info, c *ast.CallExpr) *types.Func {
	var name *ast.Ident
	switch fun := ast.Unparen(c.Fun).(type) {
	case *ast.Ident:
		name = fun
	case *ast.SelectorExpr:
		name = fun.Sel
	case *ast.IndexExpr:
		return Callee(info, &ast.CallExpr{Fun: fun.X})
	}
	if name == nil {
		return nil
	}
	f, _ := info.Uses[name].(*types.Func)
	return f
}

// Builders are the functions of the package that return one string, with their texts.
func (r *Reader) Builders() map[*types.Func]string {
	all := map[*types.Func]string{}
	for o := range r.results {
		if f, ok := o.(*types.Func); ok {
			all[f] = r.all(f, r.results)
		}
	}
	return all
}

// Sent is the statement that the last node of a path sends, or keeps for sending: an argument of a call, a value of a
// literal, or what is assigned to a field. What a string is put together of is not sent, nor is what goes to a function that
// returns a string. A literal of a page of a list, with a Table and a Where, counts as a SELECT.
func (r *Reader) Sent(path []ast.Node) (string, bool) {
	if len(path) < 2 {
		return "", false
	}
	e, ok := path[len(path)-1].(ast.Expr)
	if !ok {
		return "", false
	}
	if literal, ok := e.(*ast.CompositeLit); ok {
		return r.listing(literal)
	}
	if !IsString(r.info.TypeOf(e)) {
		return "", false
	}
	switch parent := path[len(path)-2].(type) {
	case *ast.CallExpr:
		if e == parent.Fun {
			return "", false
		}
		if f := Callee(r.info, parent); f == nil || returnsString(f) {
			return "", false
		}
	case *ast.AssignStmt:
		if i := slices.Index(parent.Rhs, e); i < 0 || len(parent.Lhs) != len(parent.Rhs) || isName(parent.Lhs[i]) {
			return "", false
		}
	case *ast.KeyValueExpr:
		if e == parent.Key {
			return "", false
		}
	case *ast.CompositeLit:
	default:
		return "", false
	}
	text := r.Of(e)
	return text, IsStatement(Plain(text))
}

func isName(e ast.Expr) bool {
	_, ok := e.(*ast.Ident)
	return ok
}

func (r *Reader) listing(literal *ast.CompositeLit) (string, bool) {
	var table, where string
	for _, element := range literal.Elts {
		if kv, ok := element.(*ast.KeyValueExpr); ok {
			switch name, _ := kv.Key.(*ast.Ident); {
			case name == nil:
			case name.Name == "Table":
				table = r.Of(kv.Value)
			case name.Name == "Where":
				where = r.Of(kv.Value)
			}
		}
	}
	return "SELECT FROM " + table + " WHERE " + where, table != "" && where != ""
}

var (
	quoted    = regexp.MustCompile(`'(?:[^']|'')*'`)
	statement = regexp.MustCompile(`^\s*(?:select|with|insert|update|delete|merge|copy|truncate)\s`)
)

// Plain is a text without its quoted values and in small letters.
func Plain(text string) string { return strings.ToLower(quoted.ReplaceAllString(text, "''")) }

// IsStatement tells whether a plain text begins like a statement.
func IsStatement(plain string) bool { return statement.MatchString(plain) }
