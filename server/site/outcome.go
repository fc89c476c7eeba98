package site

import (
	"net/http"
	"net/url"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/board"
)

// Outcome is what became of a form that others than the site have handled, in words for a person.
type Outcome struct {
	Status         int
	Title, Message string
	// Problems are what was wrong with the form of the job JobID, and Values what was typed into it.
	Problems []board.FieldError
	Values   map[string]string
	// JobID is 0 where no job is at hand.
	JobID int64
	// Token makes the page ask whether to withdraw an application, and send it along; empty to ask nothing.
	Token string
}

// WithdrawPath is where the question is answered.
func (Outcome) WithdrawPath() string { return board.WithdrawPath }

// ShowOutcome writes the page of an outcome. One that can be mended is shown with the form as it was filled in.
func (s *Site) ShowOutcome(w http.ResponseWriter, r *http.Request, o Outcome) error {
	h := w.Header()
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	if l, form, err := s.formAgain(r, o); err != nil {
		return err
	} else if form != nil {
		return s.showJob(w, o.Status, l, form)
	}
	return s.views.Render(w, o.Status, "outcome", page{Title: o.Title, Failed: o.Status >= http.StatusBadRequest, Main: o})
}

// formAgain fills in the form of the job as it was sent, nil when there is nothing to be mended in it.
func (s *Site) formAgain(r *http.Request, o Outcome) (board.Listing, *pages.Form, error) {
	mendable := o.Status == http.StatusBadRequest || o.Status == http.StatusConflict || o.Status == http.StatusRequestEntityTooLarge
	if !mendable || o.JobID == 0 {
		return board.Listing{}, nil, nil
	}
	l, err := s.Jobs.PublicJob(r.Context(), o.JobID)
	if err != nil || l.Job.OpenFor(s.Now()) != nil {
		return board.Listing{}, nil, err
	}
	form := applyForm(l.Job)
	if form == nil {
		return board.Listing{}, nil, nil
	}
	values := url.Values{}
	for name, value := range o.Values {
		values.Set(name, value)
	}
	form.Take(values)
	if len(o.Problems) == 0 {
		form.Problem = o.Message
	}
	form.BlameFields(o.Problems)
	return l, form, nil
}
