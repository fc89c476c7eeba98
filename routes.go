package main

import (
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"itmanagerjobs/server"
	"itmanagerjobs/server/portal"
	"itmanagerjobs/server/site"
	"itmanagerjobs/store"
)

// handlers are what is served on the one address.
type handlers struct {
	api    *server.Server
	portal http.Handler
	site   http.Handler
}

func (a *app) handlers(s *store.Store, publicURL string, countryOf func(string) string, registerer prometheus.Registerer) (*handlers, error) {
	public, err := site.New(site.Config{Jobs: s.Jobs, Log: a.log, Now: a.now, Wall: time.Now, NewID: newRequestID, PublicURL: publicURL})
	if err != nil {
		return nil, err
	}
	employers, err := portal.New(portal.Config{Store: s, Log: a.log, Now: a.now, NewID: newRequestID, PublicURL: publicURL})
	if err != nil {
		return nil, err
	}
	api, err := server.New(server.Config{
		Store: s, Log: a.log, Now: a.now, NewRequestID: newRequestID, PublicURL: publicURL, Registerer: registerer,
		CheckURL: a.guard().CheckURL, CountryOf: countryOf,
		ShowPage: func(w http.ResponseWriter, r *http.Request, p server.Page) error {
			return public.ShowOutcome(w, r, site.Outcome{
				Status: p.Status, Title: p.Title, Message: p.Message, JobID: p.JobID, Problems: p.Problems, Values: p.Values, Token: p.Token,
			})
		},
	})
	if err != nil {
		return nil, err
	}
	return &handlers{api: api, portal: employers, site: public}, nil
}

// ServeHTTP gives portal and site their pages and the API everything else, so that an unknown address answers in the
// envelope. What is done with a job, by people and programs alike, is the API's.
func (h *handlers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case path == "/":
		http.Redirect(w, r, "/employer", http.StatusFound)
	case path == "/employer" || strings.HasPrefix(path, "/employer/"):
		h.portal.ServeHTTP(w, r)
	case strings.HasPrefix(path, "/jobs/") && strings.HasSuffix(path, "/apply"):
		h.api.ServeHTTP(w, r)
	case path == "/jobs" || strings.HasPrefix(path, "/jobs/") || strings.HasPrefix(path, "/feeds/") || strings.HasPrefix(path, "/site/"):
		h.site.ServeHTTP(w, r)
	default:
		h.api.ServeHTTP(w, r)
	}
}
