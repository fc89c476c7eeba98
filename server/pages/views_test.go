package pages

import (
	"html/template"
	"testing"
	"testing/fstest"
)

// TestATemplateIsCheckedAgainstTheFunctionsOfItsSite reads one text for a site that has its function, and for one that has not.
func TestATemplateIsCheckedAgainstTheFunctionsOfItsSite(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{
		"templates/layout.html": {Data: []byte(`{{define "layout"}}{{template "main" .}}{{end}}`)},
		"templates/page.html":   {Data: []byte(`{{define "main"}}{{shout .}}{{end}}`)},
	}
	for range 2 {
		if _, err := NewViews(files, "/site/static/", template.FuncMap{"shout": func(s string) string { return s + "!" }}); err != nil {
			t.Error(err)
		}
		if _, err := NewViews(files, "/site/static/", nil); err == nil {
			t.Error("a page that calls a function that its site does not have is not refused")
		}
	}
}
