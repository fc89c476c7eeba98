package docs

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// forModels is /llms.txt: what there is, with a line for each page, in the form that llmstxt.org describes.
func (b *book) forModels(publicURL string) string {
	var out strings.Builder
	out.WriteString("# ITManagerJobs partner API\n\n> " + b.pages[0].Summary + "\n\n" +
		"Every page below is Markdown; the same address without `.md` is for people. " + publicURL + "/llms-full.txt has all of them in one file.\n\n## Contract\n\n")
	for _, l := range [][2]string{
		{"/swagger/v1/openapi-3.1.json", "the API in OpenAPI 3.1, with webhooks"},
		{"/swagger/v1/swagger.json", "the same in OpenAPI 3.0.3, for generators of clients"},
		{"/swagger/intake/swagger.json", "how applications come in"},
		{"/swagger/v1/postman.json", "a Postman collection"},
	} {
		fmt.Fprintf(&out, "- [%s](%s%s): %s\n", strings.TrimPrefix(l[0], "/swagger/"), publicURL, l[0], l[1])
	}
	for _, g := range b.groups {
		out.WriteString("\n## " + g.name + "\n\n")
		for _, p := range g.pages {
			fmt.Fprintf(&out, "- [%s](%s%s): %s\n", p.Title, publicURL, p.MarkdownAddress(), p.Summary)
		}
	}
	return out.String()
}

// wholeForModels is /llms-full.txt: all pages, one after the other.
func (b *book) wholeForModels() string {
	var out strings.Builder
	for _, p := range b.pages {
		out.WriteString(strings.TrimRight(p.Markdown, "\n") + "\n\n")
	}
	return out.String()
}

// catalogType is the media type of /.well-known/api-catalog with its profile, by RFC 9727, section 4.2.
const catalogType = `application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"`

// apiCatalog is /.well-known/api-catalog by RFC 9727: for each API where it is described, for programs and for people, and where
// its state is told.
func apiCatalog(publicURL string) ([]byte, error) {
	type link struct {
		Href string `json:"href"`
		Type string `json:"type"`
	}
	type api struct {
		Anchor string `json:"anchor"`
		Desc   []link `json:"service-desc"`
		Doc    []link `json:"service-doc"`
		Status []link `json:"status"`
	}
	const (
		openAPI30 = "application/vnd.oai.openapi+json;version=3.0"
		openAPI31 = "application/vnd.oai.openapi+json;version=3.1"
	)
	status := []link{{publicURL + "/healthz/ready", "application/json"}}
	return json.MarshalIndent(map[string][]api{"linkset": {
		{
			publicURL + "/api/v1",
			[]link{{publicURL + "/swagger/v1/openapi-3.1.json", openAPI31}, {publicURL + "/swagger/v1/swagger.json", openAPI30}},
			[]link{{publicURL + "/docs", "text/html"}, {publicURL + "/docs/index.md", "text/markdown"}, {publicURL + "/docs/reference", "text/html"}},
			status,
		},
		{
			publicURL + "/v1/webhooks", []link{{publicURL + "/swagger/autotechjobs/swagger.json", openAPI30}},
			[]link{{publicURL + "/docs/webhooks/profiles/autotechjobs", "text/html"}}, status,
		},
		{
			publicURL + "/apply", []link{{publicURL + "/swagger/intake/swagger.json", openAPI30}},
			[]link{{publicURL + "/docs/applications", "text/html"}, {publicURL + "/docs/careerjet", "text/html"}, {publicURL + "/docs/inbound-mail", "text/html"}}, status,
		},
	}}, "", "  ")
}

// securityLife is how long /.well-known/security.txt holds: RFC 9116, section 2.5.5 recommends less than a year.
const securityLife = 90 * 24 * time.Hour

// serveSecurity is /.well-known/security.txt by RFC 9116. It is made anew every day, and so never out of date while the program runs.
func (d *Docs) serveSecurity(w http.ResponseWriter, _ *http.Request) {
	expires := d.Now().UTC().Truncate(24 * time.Hour).Add(securityLife).Format(time.RFC3339)
	w.Header().Set("Content-Type", plainType)
	w.Header().Set("Cache-Control", "public, max-age=86400")
	_, _ = fmt.Fprintf(w, "Contact: %[1]s/contact\nExpires: %[2]s\nPreferred-Languages: en\nCanonical: %[1]s/.well-known/security.txt\nPolicy: %[1]s/docs/security\n",
		d.PublicURL, expires)
}
