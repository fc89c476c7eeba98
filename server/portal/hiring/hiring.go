// Package hiring is the pages with which an employer's people fill a job: jobs, applications, candidates, interviews and the search
// in the CV database. Each is one call or two of the store. No SQL and no rule of the job board belongs here.
package hiring

import (
	"context"
	"embed"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// The parts of a form, as the pages build them.
type (
	form   = pages.Form
	field  = pages.Field
	option = pages.Option
)

// Pages answers the requests of this room.
type Pages struct {
	*member.Base
}

//go:embed templates/*.html
var files embed.FS

// New makes the pages. Its errors are faults of the program.
func New(b *member.Base) (*Pages, error) { return &Pages{Base: b}, b.AddTemplates(files, nil) }

// once does something once for each form that was shown, in one transaction. again tells that the form was sent before, and that nothing
// was done now. What is sent without the id of a form is done each time.
func (p *Pages) once(ctx context.Context, u account.User, formID string, do func(ctx context.Context) error) (again bool, err error) {
	err = p.Store.WithTx(ctx, func(ctx context.Context) error {
		if formID != "" {
			if err := p.Store.Accounts.UseForm(ctx, u.ID, formID); err != nil {
				again = true
				return err
			}
		}
		return do(ctx)
	})
	if e, ok := asBoardError(err); ok && again && e.Code == board.CodeConflict {
		return true, nil
	}
	return false, err
}
