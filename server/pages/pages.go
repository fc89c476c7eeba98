// Package pages is what the portal and the public pages have in common: the look, forms, how templates and static
// files are served, and what holds for the answer to every request. It knows neither sessions nor the store, and what
// a page says is not its business.
package pages

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"itmanagerjobs/store/board"
)

// static/style is one style sheet, base.css, in the order of its files; the fonts and the script pages.js are beside it.
// The templates are the components, the form, and the frames "shell" and "public".
var (
	//go:embed static
	staticFiles embed.FS
	//go:embed templates/*.html
	templateFiles embed.FS
)

// Views are the pages of one site: its templates by name without ".html", and its static files besides the shared ones.
type Views struct {
	prefix string
	funcs  template.FuncMap                   // what every page may call
	shared func() (*template.Template, error) // what every page may use
	pages  map[string]func() (*template.Template, error)
	static map[string]staticFile
}

type staticFile struct {
	content []byte
	version string
}

// NewViews reads the templates in templates/ and the files in static/ of a site; static files are served below prefix,
// which ends in a slash. Each template defines "main", and may define more; layout.html defines "layout" around it. The function
// asset gives the address of a static file, icon the markup of an icon, footer the links below public pages, and notices
// what is published elsewhere, which are those of Notices where funcs has them.
//
// Each template is read once, so that a mistake shows when the program starts. It is read anew, and kept, when its page is shown
// first: each page has a copy of all that pages share, and an idle copy of the program has shown few pages. What several sites
// would read alike is read once for all of them.
func NewViews(files fs.FS, prefix string, funcs template.FuncMap) (*Views, error) {
	static, err := commonStatic()
	if err != nil {
		return nil, err
	}
	v := &Views{prefix: prefix, pages: map[string]func() (*template.Template, error){}, static: maps.Clone(static)}
	if err := v.readStatic(files); err != nil {
		return nil, err
	}
	v.funcs = ownFuncs(v)
	maps.Copy(v.funcs, funcs)
	v.shared = sync.OnceValues(func() (*template.Template, error) {
		shared, err := common()
		if err != nil {
			return nil, err
		}
		if shared, err = shared.Clone(); err != nil {
			return nil, err
		}
		return shared.Funcs(v.funcs).ParseFS(files, "templates/layout.html")
	})
	if _, err := common(); err != nil {
		return nil, err
	}
	if err := check(files, "templates/layout.html", v.funcs); err != nil {
		return nil, err
	}
	return v, v.Add(files, nil)
}

// ownFuncs are those that templates may call at every site.
func ownFuncs(v *Views) template.FuncMap {
	own := Notices{}.Funcs()
	own["asset"], own["icon"] = v.asset, icon
	return own
}

// common is what all sites share, to be cloned and never shown itself: its functions are of no site.
var common = sync.OnceValues(func() (*template.Template, error) {
	return template.New("").Funcs(ownFuncs(&Views{})).ParseFS(templateFiles, "templates/*.html")
})

// checked has what check has found no mistake in, by the digest of the text and of the names of the functions.
var checked sync.Map

// check reads a template to find its mistakes. A text that may call the same functions is read once in the life of the process.
func check(files fs.FS, file string, funcs template.FuncMap) error {
	text, err := fs.ReadFile(files, file)
	if err != nil {
		return err
	}
	names := strings.Join(slices.Sorted(maps.Keys(funcs)), " ")
	digest := sha256.Sum256(append([]byte(file+"\n"+names+"\n"), text...))
	if _, ok := checked.Load(digest); ok {
		return nil
	}
	if _, err := template.New(path.Base(file)).Funcs(funcs).Parse(string(text)); err != nil {
		return err
	}
	checked.Store(digest, true)
	return nil
}

// Add reads more templates of the site, from templates/ of another place, with functions that they alone call. It must not run
// beside Render.
func (v *Views) Add(files fs.FS, funcs template.FuncMap) error {
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return err
	}
	for _, file := range names {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "templates/"), ".html")
		if name == "layout" {
			continue
		}
		v.pages[name] = sync.OnceValues(func() (*template.Template, error) {
			shared, err := v.shared()
			if err != nil {
				return nil, err
			}
			page, err := shared.Clone()
			if err != nil {
				return nil, err
			}
			return page.Funcs(funcs).ParseFS(files, file)
		})
		callable := maps.Clone(v.funcs)
		maps.Copy(callable, funcs)
		if err := check(files, file, callable); err != nil {
			return err
		}
	}
	return nil
}

// commonStatic are the static files of all sites, with the style sheet.
var commonStatic = sync.OnceValues(func() (map[string]staticFile, error) {
	v := &Views{static: map[string]staticFile{}}
	if err := v.readStatic(staticFiles); err != nil {
		return nil, err
	}
	return v.static, v.readStyle()
})

func (v *Views) readStatic(from fs.FS) error {
	names, err := fs.Glob(from, "static/*.*")
	if err != nil {
		return err
	}
	for _, file := range names {
		content, err := fs.ReadFile(from, file)
		if err != nil {
			return err
		}
		v.keep(strings.TrimPrefix(file, "static/"), content)
	}
	return nil
}

// readStyle joins the parts of the style sheet. The files that it names get the addresses under which browsers keep them.
func (v *Views) readStyle() error {
	names, err := fs.Glob(staticFiles, "static/style/*.css")
	if err != nil {
		return err
	}
	var sheet []byte
	for _, file := range names { // sorted by name
		part, err := fs.ReadFile(staticFiles, file)
		if err != nil {
			return err
		}
		sheet = append(sheet, part...)
	}
	for name, f := range v.static {
		sheet = bytes.ReplaceAll(sheet, []byte(`url("`+name+`")`), []byte(`url("`+name+`?v=`+f.version+`")`))
	}
	v.keep("base.css", sheet)
	return nil
}

func (v *Views) keep(name string, content []byte) {
	sum := sha256.Sum256(content)
	v.static[name] = staticFile{content: content, version: hex.EncodeToString(sum[:6])}
}

// asset is the address of a static file, which changes with its content so that browsers may keep it for good.
func (v *Views) asset(name string) (string, error) {
	f, ok := v.static[name]
	if !ok {
		return "", fmt.Errorf("there is no static file %s", name)
	}
	return v.prefix + name + "?v=" + f.version, nil
}

// ServeStatic serves a static file, named by the path value "file".
func (v *Views) ServeStatic(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	f, ok := v.static[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.URL.Query().Get("v") == f.version {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(f.content))
}

// Render writes a whole page, or nothing when its template fails.
func (v *Views) Render(w http.ResponseWriter, status int, name string, data any) error {
	page, ok := v.pages[name]
	if !ok {
		return fmt.Errorf("there is no page %s", name)
	}
	t, err := page()
	if err != nil {
		return fmt.Errorf("read the template of %s: %w", name, err)
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, "layout", data); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if status == http.StatusTooManyRequests && w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", board.RetryAfter(longestWait(data)))
	}
	w.WriteHeader(status)
	_, err = out.WriteTo(w)
	return err
}
