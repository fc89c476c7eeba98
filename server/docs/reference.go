package docs

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"

	"itmanagerjobs/server/document"
)

// renderer is Stoplight Elements 9.0.25 (Apache-2.0), as docs/adr/0013-documentation.md says: the two files of the npm package
// that a page without a build needs, compressed, and its licences.
//
//go:embed renderer/*.gz
var rendererFiles embed.FS

// referencePolicy is that of the reference alone. The hashes are of the style elements that the renderer writes: its icons, and
// its editors. The renderer assigns HTML, so it cannot work with trusted types; what it shows is the contract, and the answers of this server to
// the reader's own requests.
const referencePolicy = "default-src 'none'; style-src 'self' 'sha256-MBVp6JYxbC/wICelYC6eULCRpgi9kGezXXSaq/TS2+I=' 'sha256-40iiqMCd92gEkTDo77tABEiJ83Vil54BR3JPvnldhrA='; font-src 'self'; " +
	"script-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// rendererFile reads a file of the renderer.
func rendererFile(name, mediaType string) (*document.Document, error) {
	zipped, err := rendererFiles.ReadFile("renderer/" + name + ".gz")
	if err != nil {
		return nil, err
	}
	f, err := document.Unzip(mediaType, zipped)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return f, nil
}

// withServer is the contract in OpenAPI 3.1 with this server as the one to try requests on.
func withServer(contract []byte, publicURL string) ([]byte, error) {
	var document map[string]json.RawMessage
	if err := json.Unmarshal(contract, &document); err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
	servers, err := json.Marshal([]map[string]string{{"url": publicURL, "description": "This server. Take a test key: its data is yours alone, and free."}})
	if err != nil {
		return nil, err
	}
	document["servers"] = servers
	return json.Marshal(document)
}

// referencePage is the main part of the reference: what is there without a script.
type referencePage struct{ HTML template.HTML }

// showReference shows the contract. Without a script it lists the operations and events.
func (d *Docs) showReference(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", referencePolicy)
	d.render(w, r, http.StatusOK, "reference", frame{
		Title: "API reference", Description: "Every operation and event of the API, with examples, to read and to try.", Canonical: d.PublicURL + "/docs/reference",
		Markdown: "/docs/operations.md", Main: referencePage{d.book.byAddress["/docs/operations"].HTML},
	})
}
