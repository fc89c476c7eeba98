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

// showApplied is where the form of a job leads to once it was sent. It is the same for everybody.
func (s *Site) showApplied(w http.ResponseWriter, r *http.Request) error {
	l, err := s.listing(r)
	if err != nil && l.Job.ID == 0 {
		return err
	}
	return s.render(w, r, http.StatusOK, "outcome", page{Title: "Thank you", Main: intake.Outcome{
		Status: http.StatusOK, Title: "Thank you", JobID: l.Job.ID,
		Message: "Your application for the job “" + l.Job.Title + "” has been sent. An email to the address that you have entered confirms it. If it has not come within some minutes, look among the spam, or check the address and apply again.",
	}})
}
