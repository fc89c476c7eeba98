package desk

import (
	"maps"
	"slices"
)

// Public are the routes of the desk for everybody.
func (d *Desk) Public() []string { return slices.Sorted(maps.Keys(d.publicRoutes())) }

// Reviewers are the routes of the desk for reviewers alone.
func (d *Desk) Reviewers() []string {
	return slices.Sorted(func(yield func(string) bool) {
		for pattern := range d.reviewerRoutes() {
			if !yield(pattern) {
				return
			}
		}
		for pattern := range d.personal.Routes() {
			if !yield(pattern) {
				return
			}
		}
	})
}
