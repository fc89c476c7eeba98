package desk

import (
	"fmt"
	"net/http"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/account"
)

func (d *Desk) showAudit(w http.ResponseWriter, r *http.Request, u account.User) error {
	actions, err := d.Store.Accounts.PlatformActions(r.Context(), before(r), pageSize+1)
	if err != nil {
		return err
	}
	t := &pages.Table{
		Caption: "What reviewers have done", Columns: []pages.Column{{Name: "What"}, {Name: "Employer"}, {Name: "Detail"}, {Name: "Who"}, {Name: "When"}},
		Empty: &pages.Empty{Title: "Nobody has done anything yet."},
	}
	for _, a := range actions[:min(len(actions), pageSize)] {
		when := pages.MomentOf(a.CreatedAt, d.Now())
		employer := pages.Cell{}
		if a.EmployerID != 0 {
			employer = pages.Cell{Text: a.Employer, Path: fmt.Sprintf("/platform/employers/%d", a.EmployerID)}
		}
		t.Rows = append(t.Rows, pages.Row{Cells: []pages.Cell{{Text: pages.Capital(a.Action), Sub: a.Subject}, employer, {Text: a.Detail}, {Text: a.Email, Sub: "from " + a.Address}, {When: &when}}})
	}
	s := screen{Head: pages.Head{Title: "Audit log", About: "What reviewers have done, the newest first. Nothing in it can be changed or deleted."}, Table: t}
	if len(actions) > pageSize {
		s.Pager = &pages.Pager{Shown: fmt.Sprintf("%d actions", pageSize), Next: next(r, actions[pageSize-1].ID)}
	}
	return d.showScreen(w, r, u, s, nil)
}
