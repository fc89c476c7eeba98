package portal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static/portal.css static/portal.js static/icon.svg
var staticFiles embed.FS

// views are the parsed templates, by name without ".html", and the static files.
type views struct {
	pages  map[string]*template.Template
	static map[string]staticFile
}

type staticFile struct {
	content []byte
	version string
}

func newViews(now func() time.Time) (*views, error) {
	v := &views{pages: map[string]*template.Template{}, static: map[string]staticFile{}}
	static, err := fs.Sub(staticFiles, "static")
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(static, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(static, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		v.static[name] = staticFile{content: content, version: hex.EncodeToString(sum[:6])}
		return nil
	})
	if err != nil {
		return nil, err
	}
	funcs := template.FuncMap{
		"asset":     v.asset,
		"when":      inWords,
		"machine":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"ago":       func(t *time.Time) string { return ago(t, now()) },
		"expiry":    func(t *time.Time) string { return expiryInWords(t, now()) },
		"roleName":  roleName,
		"scopeName": func(s board.Scope) string { return scopeText(s).label },
	}
	shared, err := template.New("").Funcs(funcs).ParseFS(templateFiles, "templates/layout.html", "templates/form.html")
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "templates/"), ".html")
		if name == "layout" || name == "form" {
			continue
		}
		page, err := shared.Clone()
		if err != nil {
			return nil, err
		}
		if v.pages[name], err = page.ParseFS(templateFiles, file); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// asset is the address of a static file, which changes with its content so that browsers may keep it for good.
func (v *views) asset(name string) (string, error) {
	f, ok := v.static[name]
	if !ok {
		return "", fmt.Errorf("there is no static file %s", name)
	}
	return "/employer/static/" + name + "?v=" + f.version, nil
}

func (v *views) serveStatic(w http.ResponseWriter, r *http.Request) {
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

// page is what the layout shows around the main part.
type page struct {
	Title string
	// Section is the entry of the navigation that the page belongs to.
	Section string
	User    *store.User
	Notice  string
	// Failed puts the failure first in the title, where a screen reader begins.
	Failed bool
	Main   any
}

// show renders a page for a handler. Whatever notice was left for the next page is shown and gone.
func (p *Portal) show(w http.ResponseWriter, r *http.Request, status int, name string, pg page) error {
	if pg.User != nil {
		pg.Notice = p.sessions.PopString(r.Context(), sessionNotice)
	}
	return p.render(w, status, name, pg)
}

func (p *Portal) render(w http.ResponseWriter, status int, name string, pg page) error {
	var out bytes.Buffer
	if err := p.views.pages[name].ExecuteTemplate(&out, "layout", pg); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err := out.WriteTo(w)
	return err
}

var errNoPage = board.Errorf(board.CodeNotFound, "There is no such page.")

// answerError turns the error of a handler into a page. What is not a *board.Error is for the log alone.
func (p *Portal) answerError(w http.ResponseWriter, r *http.Request, err error) {
	e, ok := errors.AsType[*board.Error](err)
	if !ok {
		if v := visitOf(r.Context()); !errors.Is(err, context.Canceled) {
			v.fault = err
		}
		p.showFault(w, r)
		return
	}
	switch e.Code {
	case board.CodeNotFound:
		p.showError(w, r, http.StatusNotFound, "Not found", e.Message)
	case board.CodeInsufficientScope:
		p.showError(w, r, http.StatusForbidden, "Not allowed", e.Message)
	case board.CodeInvalidRequest, board.CodeInvalidState:
		p.showError(w, r, http.StatusBadRequest, "This can't be done", e.Message)
	case board.CodePayloadTooLarge:
		p.showError(w, r, http.StatusRequestEntityTooLarge, "Too large", e.Message)
	default:
		visitOf(r.Context()).fault = err
		p.showFault(w, r)
	}
}

func (p *Portal) showFault(w http.ResponseWriter, r *http.Request) {
	p.showError(w, r, http.StatusInternalServerError, "Something went wrong",
		"This is our fault, and it has been noted. Try again in a moment. If it stays, tell us this number: "+w.Header().Get(headerRequestID))
}

func (p *Portal) showError(w http.ResponseWriter, r *http.Request, status int, title, message string) {
	if err := p.render(w, status, "error", page{Title: title, Failed: true, Main: message}); err != nil {
		visitOf(r.Context()).fault = err
	}
}
