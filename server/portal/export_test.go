package portal

import (
	"maps"
	"slices"

	"itmanagerjobs/store/board"
)

// Rights are the pages of an employer with the right that each needs.
func (p *Portal) Rights() map[string]board.Right {
	rights := map[string]board.Right{}
	for pattern, route := range p.memberRoutes() {
		rights[pattern] = route.Right
	}
	return rights
}

// Patterns are all the routes of the portal.
func (p *Portal) Patterns() []string {
	return slices.Concat(slices.Collect(maps.Keys(p.publicRoutes())), slices.Collect(maps.Keys(p.memberRoutes())))
}

// Actions are what the audit log calls what each route does.
func (p *Portal) Actions() map[string]string {
	actions := map[string]string{}
	for pattern, route := range p.memberRoutes() {
		actions[pattern] = route.Action
	}
	return actions
}

// AuditWords is how the audit log calls an action.
func AuditWords(action string) string { return auditWords(action) }
