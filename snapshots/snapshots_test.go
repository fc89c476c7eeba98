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

	"itmanagerjobs/openapi"
	"itmanagerjobs/server/servertest"
	"itmanagerjobs/snapshots"
)

var add = flag.Bool("add", false, "write what is additive into snapshots/v1; see make snapshots-add")

// root is the directory of the module.
const root = ".."

// TestMain lets more cases run at once than there are processors: most of their time they wait for PostgreSQL, and
// some for a lock to time out.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// TestSnapshots records every case and holds the answers and the contract against what is frozen. Each answer is held
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
	comparison, err := snapshots.Compare(t.Context(), root, openapi.V1, recorded)
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

// uncovered lists the pairs of operation and status that are declared and that no exchange shows.
func uncovered(recorded snapshots.Set) []string {
	var missing []string
	for _, item := range servertest.Document().Paths.Map() {
		for _, op := range item.Operations() {
			for status := range op.Responses.Map() {
				shown := false
				for name, e := range recorded {
					operation, _, _ := strings.Cut(name, "/")
					shown = shown || operation == op.OperationID && strconv.Itoa(e.Response.Status) == status
				}
				if !shown {
					missing = append(missing, "The contract declares "+op.OperationID+" "+status+", and no exchange shows it.")
				}
			}
		}
	}
	slices.Sort(missing)
	return missing
}
