// Package developers is the pages for those who connect a system: API keys, webhooks with their deliveries and replays, events, and
// the log of requests. Each is one call or two of the store. No SQL and no rule of the job board belongs here, and nothing
// of the partner API but its contract, which has the examples of events.
package developers

import (
	"embed"
	"html/template"

	"itmanagerjobs/openapi"
	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/board/event"
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

	catalogue map[event.Type]sampleEvent
	viewers   *viewers
}

//go:embed templates/*.html
var files embed.FS

// New makes the pages. Its errors are faults of the program.
func New(b *member.Base) (*Pages, error) {
	catalogue, err := readCatalogue(openapi.V1)
	if err != nil {
		return nil, err
	}
	p := &Pages{Base: b, catalogue: catalogue, viewers: newViewers(b.Store.Outbox.FollowInboxes)}
	return p, b.AddTemplates(files, template.FuncMap{"scopeName": func(s apikey.Scope) string { return scopeText(s).label }})
}
