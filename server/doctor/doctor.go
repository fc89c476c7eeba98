// Package doctor looks at a platform and what it stands on, and says in words what to do. It changes nothing. It must hold no SQL:
// what it knows of the database comes from the store.
package doctor

import (
	"fmt"
	"time"
)

// State is how serious a finding is.
type State string

// OK is as it should be. Warning works, and will not always, or is not meant for the public. Wrong keeps something from working.
const (
	OK      State = "ok"
	Warning State = "warning"
	Wrong   State = "wrong"
)

// Finding is what was seen in one place.
type Finding struct {
	// Check is the place: settings, database, connections, bloat, clock, disk, standby, migrations, partitions, queue, smtp, dns.
	Check string `json:"check"`
	State State  `json:"state"`
	// Saw is a sentence. It holds no secret and no person.
	Saw string `json:"saw"`
	// Do is what the operator should do, empty when that is nothing.
	Do string `json:"do,omitempty"`
}

// Sick tells whether something is wrong.
func Sick(findings []Finding) bool {
	for _, f := range findings {
		if f.State == Wrong {
			return true
		}
	}
	return false
}

// report gathers findings of one check.
type report struct {
	check    string
	findings []Finding
}

func (r *report) say(state State, saw, do string) {
	r.findings = append(r.findings, Finding{Check: r.check, State: state, Saw: saw, Do: do})
}

// or ends the report: with what was found, or with one finding that all is well.
func (r *report) or(saw string) []Finding {
	if len(r.findings) == 0 {
		r.say(OK, saw, "")
	}
	return r.findings
}

// rounded writes a duration for people.
func rounded(d time.Duration) string {
	if d.Abs() < time.Second {
		return d.Round(time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// size writes bytes for people.
func size(n uint64) string { return fmt.Sprintf("%.1f GB", float64(n)/1e9) }
