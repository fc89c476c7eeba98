// Package document serves what is the same for everybody and does not change while the program runs: contracts, files of the
// documentation. It is sent compressed to clients that take it so, and not again to those that have it (RFC 9110, sections 8, 12 and 13).
//
// What the package knows of HTTP, others use for answers that they make anew each time: entity tags, and what a client takes. It must
// not know what a document says.
package document

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
)

// Document is an http.Handler that serves some content to GET and HEAD.
type Document struct {
	mediaType string
	content   []byte
	// zipped and sum are made when somebody first needs them, so that a start does not pay for what nobody reads.
	zipped func() []byte
	sum    func() string
}

// New makes a document of its content, which must not be modified.
func New(mediaType string, content []byte) *Document {
	return &Document{
		mediaType: mediaType, content: content,
		zipped: sync.OnceValue(func() []byte {
			var zipped bytes.Buffer
			z := gzip.NewWriter(&zipped)
			_, _ = z.Write(content) // into memory, which does not fail
			_ = z.Close()
			return zipped.Bytes()
		}),
		sum: sync.OnceValue(func() string {
			sum := sha256.Sum256(content)
			return hex.EncodeToString(sum[:8])
		}),
	}
}

// Unzip makes a document of its compressed form, in which it is sent as it is.
func Unzip(mediaType string, zipped []byte) (*Document, error) {
	z, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		return nil, fmt.Errorf("open a compressed document: %w", err)
	}
	content, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("read a compressed document: %w", err)
	}
	d := New(mediaType, content)
	d.zipped = func() []byte { return zipped }
	return d, nil
}

// ServeHTTP sends the document.
func (d *Document) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Add("Vary", "Accept-Encoding")
	zipped := AcceptsGzip(r)
	// A cache keeps both forms, so each has a tag. That of the compressed one begins otherwise: an end such as -gzip is what a proxy
	// adds to the tag of what it has compressed itself, see Unproxied.
	tag := `"` + d.sum() + `"`
	if zipped {
		tag = `"gzip-` + d.sum() + `"`
	}
	h.Set("ETag", tag)
	if Matches(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := d.content
	if zipped {
		body = d.zipped()
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Type", d.mediaType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a client that went away is nobody's fault
	}
}
