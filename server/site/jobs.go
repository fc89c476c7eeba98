package site

import (
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"itmanagerjobs/server/intake"
	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/markup"
	"itmanagerjobs/store/board/publication"
)

// jobPage is the page of a job.
type jobPage struct {
	publication.Listing

	Description template.HTML
	// Posting is the job as schema.org's JobPosting.
	Posting map[string]any
	// Form is nil for a job that is applied for elsewhere: at Forward, which counts and sends on.
	Form    *pages.Form
	Forward string
}

func jobPath(id int64) string { return "/jobs/" + strconv.FormatInt(id, 10) }

// jobURL is the public address of a job's page, as feed and markup name it.
func (s *Site) jobURL(id int64) string { return s.PublicURL + jobPath(id) }

// listing reads the job of the path. Errors: not_found; those of board.Job.OpenFor, with the job beside them.
func (s *Site) listing(r *http.Request) (publication.Listing, error) {
	text := r.PathValue("id")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 || strconv.FormatInt(id, 10) != text { // one job has one address
		return publication.Listing{}, errNoPage
	}
	l, err := s.Jobs.PublicJob(r.Context(), id)
	if err != nil {
		return publication.Listing{}, err
	}
	return l, l.Job.OpenFor(s.Now())
}

func (s *Site) showJobPage(w http.ResponseWriter, r *http.Request) error {
	l, err := s.listing(r)
	if err != nil {
		if l.Job.Status == board.JobExpired || l.Job.Status == board.JobActive || l.Job.Status == board.JobDeactivated {
			return s.showGone(w, r, l)
		}
		return err
	}
	if isView(r) {
		s.Jobs.CountView(l.Job.ID, session.CallerAddress(r), r.UserAgent())
	}
	return s.showJob(w, r, http.StatusOK, l, intake.ApplyForm(l.Job))
}

// showJob shows a job with its apply form, which may be one that was sent and has something wrong in it.
func (s *Site) showJob(w http.ResponseWriter, r *http.Request, status int, l publication.Listing, form *pages.Form) error {
	main := jobPage{Listing: l, Posting: publication.JobPosting(l.Job, l.Employer, s.jobURL(l.Job.ID)), Form: form}
	pg := page{Title: l.Job.Title + " – " + l.Employer, Canonical: s.jobURL(l.Job.ID), Failed: form != nil && form.Failed()}
	if form == nil {
		main.Forward = jobPath(l.Job.ID) + "/apply"
	}
	if d := l.Job.Description; d != nil {
		main.Description = template.HTML(*d) //nolint:gosec // it is kept as SanitizeDescription made it
		pg.Description = cut(strings.ReplaceAll(markup.PlainText(*d), "\n", " "), 160)
	}
	pg.Main = main
	return s.render(w, r, status, "job", pg)
}

// showGone tells that a job was here. Search engines take it off their lists for the status.
func (s *Site) showGone(w http.ResponseWriter, r *http.Request, l publication.Listing) error {
	return s.render(w, r, http.StatusGone, "gone", page{Title: "This job is no longer open", Failed: true, Main: l})
}
