package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const printed = `goos: linux
BenchmarkGet/clients=8-2    3   362.0 cpu-µs/req   0.2937 of-floor   0.3499 of-floor-cpu
BenchmarkGet/clients=32-2   3   250.0 cpu-µs/req   0.6104 of-floor   0.3499 of-floor-cpu
BenchmarkPages/jobs-2      12   4.067 p95-ms
BenchmarkPages/board-2     12   61.2 p95-ms
BenchmarkThroughput-16      1   0.05 own-ms   0.04 pg-ms
PASS
`

func table(t *testing.T, rows string) (string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rows")
	if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	err := run([]string{file}, strings.NewReader(printed), &out)
	return out.String(), err
}

func TestRowsShowTheWorstFigureAndMissedGoals(t *testing.T) {
	got, err := table(t, `# the API
GET, 8 clients | Get/clients=8 | of-floor | >= 0.45
GET, 32 clients | Get/clients=32 | of-floor | >= 0.6
slowest page | Pages/.* | p95-ms | <= 50
CPU of a delivery | Throughput | own-ms + pg-ms | <= 0.11
CPU of a GET | Get/.* | cpu-µs/req | <=
`)
	if err != nil {
		t.Fatal(err)
	}
	const want = "| what | figure | goal | benchmark |\n|---|---|---|---|\n" +
		"| GET, 8 clients | 0.294, missed | ≥ 0.45 | `Get/clients=8` of-floor |\n" +
		"| GET, 32 clients | 0.61 | ≥ 0.6 | `Get/clients=32` of-floor |\n" +
		"| slowest page | 61.2, missed | ≤ 50 | `Pages/board` p95-ms |\n" +
		"| CPU of a delivery | 0.09 | ≤ 0.11 | `Throughput` own-ms + pg-ms |\n" +
		"| CPU of a GET | 362 | – | `Get/clients=8` cpu-µs/req |\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestARowWithoutAFigureIsAFault(t *testing.T) {
	for _, row := range []string{"gone | Gone | p95-ms | <= 50", "gone | Get/.* | p98-ms | <= 50", "gone | Get/clients=8 | of-floor + p98-ms | <= 50", "gone | et/clients=8 | of-floor | >= 1"} {
		if got, err := table(t, row); err == nil || !strings.Contains(err.Error(), "gone") {
			t.Errorf("%s: error %v\n%s", row, err, got)
		}
	}
}

func TestRowsThatAreNotUnderstood(t *testing.T) {
	for _, row := range []string{"a | b", "a | ( | c | <= 1", "a | b | c | 5", "a | b | c | <= five"} {
		if _, err := table(t, row); err == nil || !strings.Contains(err.Error(), "line 1") {
			t.Errorf("%s: error %v", row, err)
		}
	}
}
