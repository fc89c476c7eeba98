package hiring

import (
	"net/http"
	"strconv"
	"strings"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
)

// moveApplication moves one application, from its page or from a card of the board. When somebody else moved it since the page
// was opened, nothing is changed, and the page says who did what.
func (p *Pages) moveApplication(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := jobID(r)
	if err != nil {
		return err
	}
	ctx, t := r.Context(), p.Tenant(r.Context(), u)
	to, from, reason := board.ApplicationStatus(r.PostFormValue("status")), board.ApplicationStatus(r.PostFormValue("fromStatus")), r.PostFormValue("reason")
	if !to.Valid() || !from.Valid() {
		return board.Errorf(board.CodeInvalidRequest, "Choose where to move the application.")
	}
	next := r.PostFormValue("next")
	a, err := p.Store.Pipeline.MoveApplication(ctx, t, id, pipeline.Move{To: to, From: &from, Reason: reason, Actor: pipeline.Actor{Kind: board.ActorUser, ID: u.ID}})
	if e, ok := asBoardError(err); ok && e.Code != board.CodeNotFound {
		return p.notMoved(w, r, u, id, reason, e)
	}
	if err != nil {
		return err
	}
	p.Tell(ctx, personOf(a.Application)+" is "+string(a.Status)+" now.")
	target := applicationPath(id)
	if next != "" {
		target = pages.LocalTarget(next, applicationsPath) + "#application-" + strconv.FormatInt(id, 10)
	}
	http.Redirect(w, r, target, http.StatusSeeOther) //nolint:gosec // LocalTarget leads nowhere else
	return nil
}

// notMoved shows the application as it is, with why it was not moved and the reason that was typed.
func (p *Pages) notMoved(w http.ResponseWriter, r *http.Request, u account.User, id int64, reason string, e *board.Error) error {
	sentence := e.Message
	if e.Code == board.CodeConflict {
		last, err := p.Store.Pipeline.LastMoves(r.Context(), p.Tenant(r.Context(), u), []int64{id})
		if err != nil {
			return err
		}
		named, err := p.namesOfActors(r, u)
		if err != nil {
			return err
		}
		sentence = p.moveSentence(last[id], named) + ". Nothing was changed: look at the application as it is now, and decide anew."
	}
	return p.showApplicationWith(w, r, u, func(v *applicationView) {
		if v.Move != nil {
			v.Move.Field("reason").Value = reason
		}
		if len(e.Fields) > 0 && e.Code == board.CodeInvalidRequest && v.Move != nil {
			v.Move.BlameFields(e.Fields)
			v.Move.Field("status").Choose(r.PostFormValue("status"))
			return
		}
		v.Problem = &pages.Notice{Tone: pages.Bad, Text: sentence}
	})
}

// errNoneMoved undoes a form of which nothing was done.
var errNoneMoved = board.Errorf(board.CodeConflict, "Nothing was moved.")

// moveApplications moves those that were chosen in the list.
func (p *Pages) moveApplications(w http.ResponseWriter, r *http.Request, u account.User) error {
	to := board.ApplicationStatus(r.PostFormValue("status"))
	if !to.Valid() {
		return board.Errorf(board.CodeInvalidRequest, "Choose where to move the applications.")
	}
	chosen, err := chosenApplications(r.PostForm["id"])
	if err != nil {
		return err
	}
	b := pipeline.BulkMove{Moving: chosen, To: to, Reason: r.PostFormValue("reason"), UserID: u.ID}
	done, err := p.bulk(r, u, b, "")
	if err != nil {
		return err
	}
	return p.bulkDone(w, r, u, done, string(to), r.PostFormValue("next"))
}

// chosenApplications reads what moving has written.
func chosenApplications(values []string) ([]pipeline.Moving, error) {
	if err := board.CheckBulk(len(values)); err != nil {
		return nil, err
	}
	chosen := make([]pipeline.Moving, len(values))
	seen := map[int64]bool{}
	for i, value := range values {
		number, status, _ := strings.Cut(value, ":")
		id, err := strconv.ParseInt(number, 10, 64)
		if err != nil || id < 1 || seen[id] || !board.ApplicationStatus(status).Valid() {
			return nil, board.Errorf(board.CodeInvalidRequest, "This form can't be read. Go back and choose the applications again.")
		}
		seen[id], chosen[i] = true, pipeline.Moving{ID: id, From: board.ApplicationStatus(status)}
	}
	return chosen, nil
}

// bulkDone tells what was moved, and what was not and why.
func (p *Pages) bulkDone(w http.ResponseWriter, r *http.Request, u account.User, done pipeline.BulkMoved, what, next string) error {
	sentence := "Nothing was moved."
	if n := len(done.Moved); n > 0 {
		sentence = pages.Count(n, "application") + " moved to " + what + "."
	}
	if done.Mails > 0 {
		sentence += " " + pages.Count(done.Mails, "email") + " on the way."
	}
	refused, err := p.refusedSentence(r, u, done.Refused)
	if err != nil {
		return err
	}
	p.Tell(r.Context(), strings.TrimSpace(sentence+" "+refused))
	http.Redirect(w, r, pages.LocalTarget(next, applicationsPath), http.StatusSeeOther) //nolint:gosec // LocalTarget leads nowhere else
	return nil
}

// refusedShown is how many people who were not moved are told of by name.
const refusedShown = 5

func (p *Pages) refusedSentence(r *http.Request, u account.User, refused []pipeline.RefusedMove) (string, error) {
	if len(refused) == 0 {
		return "", nil
	}
	ctx, t := r.Context(), p.Tenant(r.Context(), u)
	ids := make([]int64, len(refused))
	for i, m := range refused {
		ids[i] = m.ID
	}
	applications, err := p.Store.Pipeline.ApplicationsByID(ctx, t, ids)
	if err != nil {
		return "", err
	}
	names := map[int64]string{}
	for _, a := range applications {
		names[a.ID] = personOf(a)
	}
	last, err := p.Store.Pipeline.LastMoves(ctx, t, ids)
	if err != nil {
		return "", err
	}
	named, err := p.namesOfActors(r, u)
	if err != nil {
		return "", err
	}
	parts := []string{"Not moved:"}
	for i, m := range refused {
		if i == refusedShown {
			parts = append(parts, "and "+strconv.Itoa(len(refused)-i)+" more.")
			break
		}
		why := m.Err.Message
		if m.Err.Code == board.CodeConflict {
			why = p.moveSentence(last[m.ID], named) + "."
		} else if len(m.Err.Fields) > 0 {
			why = "give a reason to take this up again."
		}
		parts = append(parts, names[m.ID]+": "+why)
	}
	return strings.Join(parts, " "), nil
}
