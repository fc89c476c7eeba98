package docs

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestSecurityTextIsNeverOutOfDate reads /.well-known/security.txt at two times, as RFC 9116 has it.
func TestSecurityTextIsNeverOutOfDate(t *testing.T) {
	t.Parallel()
	d := newDocs(t)
	clock := now()
	d.Now = func() time.Time { return clock }
	for range 2 {
		w := get(t, d, "/.well-known/security.txt")
		fields := map[string]string{}
		for line := range strings.Lines(w.Body.String()) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			fields[name] = value
		}
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" || fields["Canonical"] != publicURL+"/.well-known/security.txt" {
			t.Errorf("%d %q: %v", w.Code, w.Header().Get("Content-Type"), fields)
		}
		expires, err := time.Parse(time.RFC3339, fields["Expires"])
		if err != nil || expires.Before(clock.AddDate(0, 1, 0)) || expires.After(clock.AddDate(1, 0, 0)) {
			t.Errorf("Expires is %s at %s, %v", fields["Expires"], clock, err)
		}
		if page := get(t, d, strings.TrimPrefix(fields["Policy"], publicURL)); page.Code != http.StatusOK || fields["Contact"] != publicURL+"/contact" {
			t.Errorf("policy %s answers %d, contact is %s", fields["Policy"], page.Code, fields["Contact"])
		}
		clock = clock.AddDate(3, 0, 0)
	}
}

// TestTheAPICatalogIsALinkset reads /.well-known/api-catalog, as RFC 9727 and RFC 9264 have it.
func TestTheAPICatalogIsALinkset(t *testing.T) {
	t.Parallel()
	d := newDocs(t)
	w := get(t, d, "/.well-known/api-catalog")
	if got := w.Header().Get("Content-Type"); got != `application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"` {
		t.Errorf("Content-Type is %s", got)
	}
	var catalog struct {
		Linkset []map[string]json.RawMessage `json:"linkset"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &catalog); err != nil || len(catalog.Linkset) != 3 {
		t.Fatalf("%v: %s", err, w.Body)
	}
	for _, api := range catalog.Linkset {
		for _, relation := range []string{"service-desc", "service-doc", "status"} {
			var links []struct{ Href, Type string }
			if err := json.Unmarshal(api[relation], &links); err != nil || len(links) == 0 {
				t.Errorf("%s: %v", relation, err)
			}
			for _, l := range links {
				u, err := url.Parse(l.Href)
				if err != nil || !strings.HasPrefix(l.Href, publicURL+"/") || l.Type == "" {
					t.Errorf("%s leads to %q, %v", relation, l.Href, err)
				} else if !isElsewhere(u.Path) && get(t, d, u.Path).Code != http.StatusOK {
					t.Errorf("%s leads to %s, which is not there", relation, l.Href)
				}
			}
		}
	}
	r := httptest.NewRequest(http.MethodHead, "/.well-known/api-catalog", nil)
	head := httptest.NewRecorder()
	d.ServeHTTP(head, r)
	if head.Code != http.StatusOK || head.Body.Len() > 0 || !strings.Contains(head.Header().Get("Link"), `rel="api-catalog"`) {
		t.Errorf("HEAD: %d, %d bytes, Link %q", head.Code, head.Body.Len(), head.Header().Get("Link"))
	}
}

// TestEveryPageIsThereAsMarkdown follows the lines of /llms.txt.
func TestEveryPageIsThereAsMarkdown(t *testing.T) {
	t.Parallel()
	d := newDocs(t)
	short, long := get(t, d, "/llms.txt").Body.String(), get(t, d, "/llms-full.txt").Body.String()
	if !strings.HasPrefix(short, "# ITManagerJobs") {
		t.Errorf("llms.txt begins with %.60q", short)
	}
	for _, p := range d.book.pages {
		w := get(t, d, p.MarkdownAddress())
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != markdownType || !strings.HasPrefix(w.Body.String(), "# ") {
			t.Errorf("%s: %d %s", p.MarkdownAddress(), w.Code, w.Header().Get("Content-Type"))
		}
		if strings.Contains(w.Body.String(), "<!-- insert") || strings.Contains(w.Body.String(), hostInExamples) {
			t.Errorf("%s has what should have been replaced", p.MarkdownAddress())
		}
		if !strings.Contains(short, "("+publicURL+p.MarkdownAddress()+")") || !strings.Contains(long, strings.TrimSpace(w.Body.String())) {
			t.Errorf("%s is not in llms.txt and llms-full.txt", p.MarkdownAddress())
		}
		for _, m := range linkTarget.FindAllStringSubmatch(w.Body.String(), -1) {
			address, _, _ := strings.Cut(strings.TrimPrefix(m[1], publicURL), "#")
			if !strings.HasPrefix(address, "/") || isElsewhere(address) {
				continue
			}
			if got := get(t, d, address).Code; got != http.StatusOK {
				t.Errorf("%s has a link to %s, which answers %d", p.MarkdownAddress(), m[1], got)
			}
		}
	}
}

// TestFilesAreCompressedAndKept loads a file in the three ways in which it is answered.
func TestFilesAreCompressedAndKept(t *testing.T) {
	t.Parallel()
	d := newDocs(t)
	for _, address := range []string{"/docs/search.json", "/docs/renderer/elements.js", "/swagger/v1/changelog.json"} {
		plain := get(t, d, address)
		zipped := get(t, d, address, "Accept-Encoding", "br, gzip")
		if zipped.Header().Get("Content-Encoding") != "gzip" || plain.Header().Get("Content-Encoding") != "" || zipped.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: encodings %q and %q", address, zipped.Header().Get("Content-Encoding"), plain.Header().Get("Content-Encoding"))
		}
		z, err := gzip.NewReader(zipped.Body)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(z)
		if err != nil || string(content) != plain.Body.String() || len(content) == 0 {
			t.Errorf("%s: the compressed file is another one, %v", address, err)
		}
		tag := zipped.Header().Get("ETag")
		if w := get(t, d, address, "Accept-Encoding", "gzip", "If-None-Match", `"x", `+tag); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
			t.Errorf("%s: %d, want 304", address, w.Code)
		}
		if w := get(t, d, address, "Accept-Encoding", "gzip;q=0", "If-None-Match", tag); w.Code != http.StatusOK || w.Header().Get("Content-Encoding") != "" {
			t.Errorf("%s: %d %q for who refuses gzip", address, w.Code, w.Header().Get("Content-Encoding"))
		}
	}
}

// TestTheReferenceIsAloneWithItsPolicy compares it with that of all other pages.
func TestTheReferenceIsAloneWithItsPolicy(t *testing.T) {
	t.Parallel()
	d := newDocs(t)
	reference, page := get(t, d, "/docs/reference"), get(t, d, "/docs/operations")
	for name, w := range map[string]*httptest.ResponseRecorder{"reference": reference, "page": page} {
		policy := w.Header().Get("Content-Security-Policy")
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") || !strings.HasPrefix(policy, "default-src 'none'") {
			t.Errorf("the policy of the %s is %s", name, policy)
		}
		if !strings.Contains(w.Body.String(), "<code>POST /api/v1/jobs/{id}/publish</code>") {
			t.Errorf("without a script the %s does not list the operations", name)
		}
	}
	if page.Header().Get("Content-Security-Policy") != contentSecurityPolicy {
		t.Error("another page has the policy of the reference")
	}
	var shown struct{ Servers []struct{ URL string } }
	if err := json.Unmarshal(get(t, d, "/docs/reference.json").Body.Bytes(), &shown); err != nil || len(shown.Servers) != 1 || shown.Servers[0].URL != publicURL {
		t.Errorf("requests are tried on %v, %v", shown.Servers, err)
	}
}

func TestSearchWithoutAScript(t *testing.T) {
	t.Parallel()
	d := newDocs(t)
	for address, want := range map[string]string{
		"/docs/search?q=no_credits":                  `href="/docs/errors/no_credits"`,
		"/docs/search?q=Retry-After":                 `class="docs-hits"`,
		"/docs/search?q=xyzzy":                       "No page has all of these words.",
		"/docs/search":                               "Write a word or two",
		"/docs/search?q=%3Cscript%3E":                "&lt;script&gt;",
		"/docs/search?q=hmac+secret+signature":       "/docs/webhooks",
		"/docs/search?q=" + strings.Repeat("ä", 300): "No page",
	} {
		if w := get(t, d, address); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d, and not %q", address, w.Code, want)
		}
	}
	for _, address := range []string{"/docs/nothing", "/docs/errors/nothing", "/docs/../nothing"} {
		if w := get(t, d, address); w.Code != http.StatusNotFound && w.Code != http.StatusMovedPermanently && w.Code != http.StatusTemporaryRedirect {
			t.Errorf("%s answers %d", address, w.Code)
		}
	}
}
