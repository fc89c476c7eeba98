package docs

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// file is what is served as it is, the same for everybody. It is compressed when somebody first takes it so.
type file struct {
	mediaType string
	content   []byte
	zipped    func() []byte
	tag       string
}

func newFile(mediaType string, content []byte) file {
	sum := sha256.Sum256(content)
	return file{mediaType: mediaType, content: content, tag: hex.EncodeToString(sum[:8]), zipped: sync.OnceValue(func() []byte {
		var zipped bytes.Buffer
		z := gzip.NewWriter(&zipped)
		_, _ = z.Write(content) // into memory, which does not fail
		_ = z.Close()
		return zipped.Bytes()
	})}
}

const (
	markdownType = "text/markdown; charset=utf-8"
	plainType    = "text/plain; charset=utf-8"
)

// makeFiles are all files by their addresses.
func (d *Docs) makeFiles() (map[string]file, error) {
	made := map[string]file{}
	add := func(address, mediaType string, content []byte) { made[address] = newFile(mediaType, content) }
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
	f.serve(w, r)
}

func (f file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Type", f.mediaType)
	h.Add("Vary", "Accept-Encoding")
	body, tag := f.content, `"`+f.tag+`"`
	if acceptsGzip(r) {
		body, tag = f.zipped(), `"`+f.tag+`-gzip"`
	}
	h.Set("ETag", tag)
	for candidate := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/"); candidate == tag || candidate == "*" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body) // a client that went away is nobody's fault
}

// acceptsGzip reads Accept-Encoding, as RFC 9110, section 12.5.3 has it: "gzip;q=0" refuses it.
func acceptsGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, weighted := strings.Cut(strings.ReplaceAll(coding, " ", ""), ";q=")
		if strings.EqualFold(name, "gzip") {
			q, err := strconv.ParseFloat(quality, 64)
			return !weighted || err == nil && q > 0
		}
	}
	return false
}
