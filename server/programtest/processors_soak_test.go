//go:build soak

package programtest

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// processors says which processors have what while copies are measured: each of the copies one of its own, PostgreSQL half of the rest, and
// clients and receiver the other half. It is empty when there are too few, so that all share all.
type processors struct{ copies, postgres, clients []int }

func apart(cores, copies int) processors {
	rest := cores - copies
	if rest < 2 {
		return processors{}
	}
	var p processors
	for i := range cores {
		switch {
		case i < copies:
			p.copies = append(p.copies, i)
		case i < copies+rest/2:
			p.postgres = append(p.postgres, i)
		default:
			p.clients = append(p.clients, i)
		}
	}
	return p
}

func TestApart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cores int
		want  string
	}{{2, "{[] [] []}"}, {5, "{[] [] []}"}, {6, "{[0 1 2 3] [4] [5]}"}, {16, "{[0 1 2 3] [4 5 6 7 8 9] [10 11 12 13 14 15]}"}} {
		if got := fmt.Sprint(apart(c.cores, 4)); got != c.want {
			t.Errorf("%d cores: %s, want %s", c.cores, got, c.want)
		}
	}
}

// pin keeps a process, with all that it starts from now on, on processors; on those where it is when there are none.
func pin(t *testing.T, pid int, on []int) {
	t.Helper()
	if len(on) == 0 {
		return
	}
	list := strings.ReplaceAll(strings.Trim(fmt.Sprint(on), "[]"), " ", ",")
	if out, err := exec.CommandContext(t.Context(), "taskset", "--all-tasks", "--cpu-list", "--pid", list, strconv.Itoa(pid)).CombinedOutput(); err != nil {
		t.Fatalf("taskset: %v\n%s", err, out)
	}
}

// pinClients keeps this process on processors until the test ends.
func pinClients(t *testing.T, on []int) {
	t.Helper()
	if len(on) == 0 {
		return
	}
	pin(t, os.Getpid(), on)
	all := make([]int, runtime.NumCPU())
	for i := range all {
		all[i] = i
	}
	t.Cleanup(func() {
		list := strings.ReplaceAll(strings.Trim(fmt.Sprint(all), "[]"), " ", ",")
		_ = exec.Command("taskset", "--all-tasks", "--cpu-list", "--pid", list, strconv.Itoa(os.Getpid())).Run()
	})
}
