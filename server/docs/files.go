package docs

import (
	"io/fs"
	"net/http"
	"path"

	"itmanagerjobs/server/document"
)

const (
	markdownType = "text/markdown; charset=utf-8"
	plainType    = "text/plain; charset=utf-8"
)

// makeFiles are all files by their addresses.
func (d *Docs) makeFiles() (map[string]*document.Document, error) {
	made := map[string]*document.Document{}
	add := func(address, mediaType string, content []byte) { made[address] = document.New(mediaType, content) }
	for _, p := range d.book.pages {
		add(p.MarkdownAddress(), markdownType, []byte(p.Markdown))
	}
	index, err := writeIndex(d.book.index())
	if err != nil {
		return nil, err
	}
	add("/docs/search.json", "application/json", index)
	add("/llms.txt", plainType, []byte(d.book.forModels(d.PublicURL)))
	add("/llms-full.txt", plainType, []byte(d.book.wholeForModels()))
	shown, err := withServer(d.Contract31, d.PublicURL)
	if err != nil {
		return nil, err
	}
	add("/swagger/v1/changelog.json", "application/json", d.ContractChanges)
	add("/docs/reference.json", "application/json", shown)
	for name, mediaType := range map[string]string{"elements.js": "text/javascript; charset=utf-8", "elements.css": "text/css; charset=utf-8"} {
		if made["/docs/renderer/"+name], err = rendererFile(name, mediaType); err != nil {
			return nil, err
		}
	}
	catalog, err := apiCatalog(d.PublicURL)
	if err != nil {
		return nil, err
	}
	add("/.well-known/api-catalog", catalogType, catalog)
	programs, err := fs.Glob(d.Files, "webhooks/verify/*")
	if err != nil {
		return nil, err
	}
	for _, name := range programs {
		if path.Ext(name) == ".md" {
			continue
		}
		content, err := fs.ReadFile(d.Files, name)
		if err != nil {
			return nil, err
		}
		add("/docs/"+name, plainType, content)
	}
	return made, nil
}

// serveFile serves a file, compressed to clients that take it so.
func (d *Docs) serveFile(w http.ResponseWriter, r *http.Request) {
	f := d.files[r.URL.Path]
	if r.URL.Path == "/.well-known/api-catalog" {
		w.Header().Set("Link", "<"+d.PublicURL+`/.well-known/api-catalog>; rel="api-catalog"`)
	}
	f.ServeHTTP(w, r)
}
