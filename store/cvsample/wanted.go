package cvsample

import (
	"strings"
	"time"

	"itmanagerjobs/store/taxonomy"
)

// Wanted is what a job wants of its applicants.
type Wanted struct {
	Title  string
	Skills []string
	// At is when they apply; their histories end there.
	At time.Time
}

// titleFits counts as much as a few skills.
const titleFits = 4

// fit is higher for a person who fits better.
func (w Wanted) fit(p Person) int {
	fit := 0
	if t, ok := taxonomy.CanonicalTitle(w.Title); ok && t.Name == p.Truth.Title {
		fit += titleFits
	}
	for _, s := range w.Skills {
		for _, has := range append(append([]string{}, p.Truth.Core...), p.Truth.Other...) {
			if strings.EqualFold(s, has) {
				fit++
				break
			}
		}
	}
	return fit
}
