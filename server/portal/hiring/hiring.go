// Package hiring is the pages with which an employer's people fill a job: jobs, applications, candidates, interviews and the search
// in the CV database. Each is one call or two of the store. No SQL and no rule of the job board belongs here.
package hiring

import (
	"embed"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
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
