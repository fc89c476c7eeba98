package site

import (
	"net/http"
	"strings"

	"itmanagerjobs/server/session"
)

// machines are parts of the user agents of programs that open pages for nobody: search engines, previews of links, monitors and
// libraries. Small letters.
var machines = []string{
	"bot", "crawl", "spider", "slurp", "preview", "facebookexternalhit", "embedly", "whatsapp", "monitor", "uptime", "pingdom", "lighthouse", "headless",
	"curl/", "wget/", "python", "java/", "go-http-client", "okhttp", "axios", "node-fetch", "libwww", "scrapy", "phantomjs", "feedfetcher", "archiver",
}

// isView tells whether a request for the page of a job is a person's who looks at it: not one for the headers alone, not what a
// browser loads ahead, no program that says what it is, and nobody who works in the portal.
func isView(r *http.Request) bool {
	agent := strings.ToLower(r.UserAgent())
	if r.Method != http.MethodGet || agent == "" || session.Carries(r, session.EmployerCookie) {
		return false
	}
	for _, header := range []string{"Sec-Purpose", "Purpose", "X-Moz", "X-Purpose"} {
		if v := strings.ToLower(r.Header.Get(header)); strings.Contains(v, "prefetch") || strings.Contains(v, "preview") {
			return false
		}
	}
	for _, m := range machines {
		if strings.Contains(agent, m) {
			return false
		}
	}
	return true
}
