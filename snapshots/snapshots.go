// Package snapshots freezes version 1 of the API: it keeps its contracts and whole exchanges as they were promised to
// clients, and compares them with what the program does now.
//
// Two things are kept of each exchange. The set "current" is what the program answers, to the byte; it shows every
// change in review. The set "frozen" is the promise: it may only be extended, never changed. Its rules are
// looser where clients must be prepared for growth, and nowhere else.
//
// The gates are A1 and A2 for the contract (see Breaking and Kept), B for exchanges (see CompareExchange), and C, in
// the tests: every answer keeps to the contract, and every declared status has an exchange.
//
// The package is for tests. It must not know how answers are made, and it writes nothing but through Comparison.Add.
package snapshots

import "fmt"

// Gate names a comparison.
type Gate string

// The gates whose findings can be excused while version 1 is not released.
const (
	GateDiff     Gate = "A1" // oasdiff, frozen contract against the present one
	GateKept     Gate = "A2" // all that stands in the frozen contract still stands
	GateExchange Gate = "B"  // frozen exchanges against recorded ones
)

// Finding is one way in which clients of the frozen version would break.
type Finding struct {
	Gate Gate
	// Where identifies the finding for except.txt: a rule of oasdiff with its operation, a JSON pointer into the
	// contract, or an exchange with a JSON pointer into it.
	Where string
	// What is for a person.
	What string
}

func (f Finding) String() string { return fmt.Sprintf("%s  %s\n      %s", f.Gate, f.Where, f.What) }
