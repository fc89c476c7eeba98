package site

import (
	"bufio"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/board/publication"
)

// homeJobs is how many of the newest jobs the home page shows.
const homeJobs = 8

// homePage is what the home page shows.
type homePage struct {
	Form     searchForm
	Found    string
	Listings []publication.Listing
}

// showHome is the way in: a search and the newest jobs for candidates, a way for employers, and one for partners.
func (s *Site) showHome(w http.ResponseWriter, r *http.Request) error {
	found, err := s.Jobs.SearchJobs(r.Context(), publication.Search{Limit: homeJobs})
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "home", page{
		Title: "Jobs in IT management", Canonical: s.PublicURL + "/", Description: "Find jobs for IT managers and engineers: search by skill, place and salary.",
		Main: homePage{Form: formOf(publication.Search{}), Found: pages.Count(found.Total, "open job"), Listings: found.Listings},
	})
}

// showRobots lets search engines read what is for everybody, and tells where the list of it is.
func (s *Site) showRobots(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := io.WriteString(w, "User-agent: *\nDisallow: /api/\nDisallow: /employer/\nDisallow: /platform\nDisallow: /applications/\nDisallow: /jobs/*/apply\nDisallow: /jobs?*q=\nAllow: /\n\nSitemap: "+s.PublicURL+"/sitemap.xml\n")
	return err
}

// maxSitemap is how many addresses a sitemap may have (sitemaps.org).
const maxSitemap = 50_000

// sitemapPages are the pages besides those of jobs.
var sitemapPages = []string{"/", "/jobs", "/pricing", "/contact"}

// showSitemaps answers with the list, or with a part of it.
func (s *Site) showSitemaps(w http.ResponseWriter, r *http.Request) error {
	if after := r.URL.Query().Get("after"); after != "" {
		return s.showSitemapPart(w, r, after)
	}
	return s.showSitemap(w, r)
}

// showSitemap lists all open jobs, or the parts of the list when there are too many for one.
func (s *Site) showSitemap(w http.ResponseWriter, r *http.Request) error {
	found, err := s.Jobs.SearchJobs(r.Context(), publication.Search{Limit: 1})
	if err != nil {
		return err
	}
	if found.Total+len(sitemapPages) <= maxSitemap {
		return s.writeSitemap(w, r, 0, true)
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	var b strings.Builder
	b.WriteString(xml.Header + `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">` + "\n")
	// A part has the jobs after an id. The ids are found by walking over the list once.
	after := int64(0)
	for part := 0; ; part++ {
		fmt.Fprintf(&b, "<sitemap><loc>%s</loc></sitemap>\n", escaped(s.PublicURL+"/sitemap.xml?after="+strconv.FormatInt(after, 10)))
		last, full, err := s.Jobs.SitemapPart(r.Context(), after, maxSitemap-len(sitemapPages))
		if err != nil {
			return err
		}
		if !full {
			break
		}
		after = last
	}
	b.WriteString("</sitemapindex>\n")
	_, err = io.WriteString(w, b.String())
	return err
}

// showSitemapPart lists the jobs after an id.
func (s *Site) showSitemapPart(w http.ResponseWriter, r *http.Request, text string) error {
	after, err := strconv.ParseInt(text, 10, 64)
	if err != nil || after < 0 {
		return errNoPage
	}
	return s.writeSitemap(w, r, after, after == 0)
}

// writeSitemap writes the addresses of jobs after an id, and before them those of other pages if they belong there.
func (s *Site) writeSitemap(w http.ResponseWriter, r *http.Request, after int64, withPages bool) error {
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	out := bufio.NewWriter(w)
	fmt.Fprint(out, xml.Header+`<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`+"\n")
	if withPages {
		for _, path := range sitemapPages {
			fmt.Fprintf(out, "<url><loc>%s</loc></url>\n", escaped(s.PublicURL+path))
		}
	}
	if err := s.sitemapJobs(r.Context(), after, func(l publication.SitemapEntry) {
		fmt.Fprintf(out, "<url><loc>%s</loc><lastmod>%s</lastmod></url>\n", escaped(s.jobURL(l.JobID)), l.UpdatedAt.UTC().Format(time.RFC3339))
	}); err != nil {
		if !errors.Is(err, context.Canceled) {
			pages.VisitOf(r.Context()).Fault = err
		}
		panic(http.ErrAbortHandler) // the beginning is sent, and must not look whole
	}
	fmt.Fprint(out, "</urlset>\n")
	return out.Flush()
}

func (s *Site) sitemapJobs(ctx context.Context, after int64, write func(publication.SitemapEntry)) error {
	const batch = 5_000
	for left := maxSitemap - len(sitemapPages); left > 0; {
		entries, err := s.Jobs.SitemapEntries(ctx, after, min(batch, left))
		if err != nil {
			return err
		}
		for _, e := range entries {
			write(e)
			after = e.JobID
		}
		if len(entries) < min(batch, left) {
			return nil
		}
		left -= len(entries)
	}
	return nil
}

func escaped(address string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(address)) // a Builder takes everything
	return b.String()
}
