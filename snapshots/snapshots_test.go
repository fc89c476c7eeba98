package snapshots_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"itmanagerjobs/openapi"
	"itmanagerjobs/server/servertest"
	"itmanagerjobs/snapshots"
)

var add = flag.Bool("add", false, "write what is additive into snapshots; see make snapshots-add")

// root is the directory of the module.
const root = ".."

// TestMain lets more cases run at once than there are processors: most of their time they wait for PostgreSQL, and
// some 25 wait for 10 seconds until a lock times out. Not many more, because each has a database of its own, in which the first tests
// pay for new sessions and their plans.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "12"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// TestSnapshots records every case and compares the answers and the contract with what is frozen. Each answer is checked
// against the contract as it comes in (gate C).
func TestSnapshots(t *testing.T) { //nolint:tparallel // the gates wait for the recording
	t.Parallel()
	if *add {
		if err := snapshots.MayAdd(os.Getenv("CI")); err != nil {
			t.Fatal(err)
		}
	}
	recorded := record(t)
	t.Run("every declared status has an exchange", func(t *testing.T) {
		for _, missing := range uncovered(recorded) {
			t.Errorf("%s\nWhat to do: add a case to snapshots/cases*_test.go and run `make snapshots-add`, or take the status out of the contract if nothing can bring it about.", missing)
		}
	})
	if t.Failed() {
		t.Fatal("The gates did not run: they compare complete recordings.")
	}
	comparison, err := snapshots.Compare(t.Context(), root, surfaces(recorded)...)
	if err != nil {
		t.Fatal(err)
	}
	if *add {
		added, err := comparison.Add(os.Getenv("CI"))
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range added {
			fmt.Println(a)
		}
		fmt.Printf("%d files written. Look at `git diff snapshots` before you commit.\n", len(added))
		return
	}
	t.Run("nothing that is frozen is broken", func(t *testing.T) {
		if err := comparison.Err(); err != nil {
			t.Error(err)
		}
	})
	t.Run("what was added is recorded", func(t *testing.T) {
		if err := comparison.PendingErr(); err != nil {
			t.Error(err)
		}
	})
}

func record(t *testing.T) snapshots.Set {
	t.Helper()
	var mu sync.Mutex
	recorded := snapshots.Set{}
	t.Run("exchanges", func(t *testing.T) {
		for _, c := range allCases() {
			t.Run(c.id(), func(t *testing.T) {
				t.Parallel()
				exchange := c.record(t)
				mu.Lock()
				defer mu.Unlock()
				if _, ok := recorded[c.id()]; ok {
					t.Errorf("two cases are called %s", c.id())
				}
				recorded[c.id()] = exchange
			})
		}
	})
	return recorded
}

// surfaces gives each exchange to the contract that has its operation, and to the first one what is at no operation's
// address.
func surfaces(recorded snapshots.Set) []snapshots.Surface {
	var all []snapshots.Surface
	for i, c := range openapi.All() {
		s := snapshots.Surface{Name: c.Name, Contract: c.Document, Recorded: snapshots.Set{}}
		for name, exchange := range recorded {
			operation, _, _ := strings.Cut(name, "/")
			if operationOf(servertest.Documents()[i], operation) != nil || i == 0 && operation == "none" {
				s.Recorded[name] = exchange
			}
		}
		all = append(all, s)
	}
	return all
}

// operationOf is nil when the contract has no operation of the name.
func operationOf(doc *openapi3.T, operationID string) *openapi3.Operation {
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			if op.OperationID == operationID {
				return op
			}
		}
	}
	return nil
}

// uncovered lists the pairs of operation and status that are declared and that no exchange shows.
func uncovered(recorded snapshots.Set) []string {
	var missing []string
	for _, doc := range servertest.Documents() {
		for _, item := range doc.Paths.Map() {
			for _, op := range item.Operations() {
				for status := range op.Responses.Map() {
					if !shows(recorded, op.OperationID, status) {
						missing = append(missing, "The contract declares "+op.OperationID+" "+status+", and no exchange shows it.")
					}
				}
			}
		}
	}
	slices.Sort(missing)
	return missing
}

func shows(recorded snapshots.Set, operationID, status string) bool {
	for name, e := range recorded {
		operation, _, _ := strings.Cut(name, "/")
		if operation == operationID && strconv.Itoa(e.Response.Status) == status {
			return true
		}
	}
	return false
}
