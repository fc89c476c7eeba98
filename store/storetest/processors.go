package storetest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// tick is the unit in which Linux counts the time of processes.
const tick = 10 * time.Millisecond

// ProcessorTime is what processes, their children, and children that have ended, have had of the processors. Where there is no /proc it is 0.
func ProcessorTime(t testing.TB, pids ...int) time.Duration {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	ticks := 0
	for _, name := range stats {
		text, err := os.ReadFile(name) //nolint:gosec // a name that /proc has given
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest) // from the third on
		for _, pid := range pids {
			used := fields[11:13] // user and system time
			switch {
			case name == fmt.Sprintf("/proc/%d/stat", pid):
				used = fields[11:15] // and those of children that have ended
			case fields[1] != strconv.Itoa(pid):
				continue
			}
			for _, f := range used {
				n, err := strconv.Atoi(f)
				if err != nil {
					t.Fatal(err)
				}
				ticks += n
			}
		}
	}
	return time.Duration(ticks) * tick
}
