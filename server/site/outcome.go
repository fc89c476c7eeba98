package site

import (
	"net/http"

	"itmanagerjobs/server/intake"
)

// ShowOutcome writes the page of an outcome. One that the applicant can mend is shown as the job with its form, as it
// was filled in. It makes a Site the intake.Pages.
func (s *Site) ShowOutcome(w http.ResponseWriter, r *http.Request, o intake.Outcome) error {
	h := w.Header()
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	if o.Mendable() {
		l, err := s.Jobs.PublicJob(r.Context(), o.JobID)
		if err != nil {
			return err
		}
		if form := o.Form(l.Job); form != nil && l.Job.OpenFor(s.Now()) == nil {
			return s.showJob(w, r, o.Status, l, form)
		}
	}
	return s.render(w, r, o.Status, "outcome", page{Title: o.Title, Failed: o.Status >= http.StatusBadRequest, Main: o})
}
