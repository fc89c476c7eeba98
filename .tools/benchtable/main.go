// Command benchtable makes a table of what `go test -bench` has printed: one row for each figure that has a goal or that docs/benchmarks.md
// tells of. It reads the figures from standard input, and which rows to make from the file that is its argument.
//
// The status is 1 when a row has no figure, so that a benchmark that was renamed does not vanish from the table. A goal that
// is missed is only marked: figures depend on the machine.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "benchtable:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("give the file that lists the rows, as in: benchtable .ci/bench-rows < figures")

func run(args []string, figures io.Reader, out io.Writer) error {
	if len(args) != 1 {
		return errUsage
	}
	text, err := os.ReadFile(args[0]) //nolint:gosec // who runs the command names the file
	if err != nil {
		return err
	}
	rows, err := parseRows(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	results, err := parseResults(figures)
	if err != nil {
		return err
	}
	return write(out, rows, results)
}

// row is a line of the table.
type row struct {
	what    string
	name    *regexp.Regexp // of the benchmarks whose worst figure is shown
	metrics []string       // which are added up
	goal    goal
}

// goal is what a figure should be. The zero value is none, and more is better then.
type goal struct {
	most  bool // the figure should be no larger than bound; else no smaller
	set   bool
	bound float64
}

func (g goal) String() string {
	switch {
	case !g.set:
		return "–"
	case g.most:
		return "≤ " + number(g.bound)
	}
	return "≥ " + number(g.bound)
}

// worse tells whether a figure is worse than another.
func (g goal) worse(a, b float64) bool {
	if g.most {
		return a > b
	}
	return a < b
}

// parseRows reads lines of four columns between bars: what is measured, the names of the benchmarks as a regular expression, the metrics,
// and the goal. Lines that begin with # say something to the reader.
func parseRows(text string) ([]row, error) {
	var rows []row
	for n, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		r, err := parseRow(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

var errColumns = errors.New("a row has four columns between bars: what, benchmarks, metrics, goal")

func parseRow(line string) (row, error) {
	columns := strings.Split(line, " | ")
	if len(columns) != 4 {
		return row{}, errColumns
	}
	for i := range columns {
		columns[i] = strings.TrimSpace(columns[i])
	}
	name, err := regexp.Compile("^Benchmark(?:" + columns[1] + ")$")
	if err != nil {
		return row{}, err
	}
	g, err := parseGoal(columns[3])
	if err != nil {
		return row{}, err
	}
	return row{what: columns[0], name: name, metrics: strings.Split(columns[2], " + "), goal: g}, nil
}

var errGoal = errors.New("a goal is <= and a number, >= and a number, or <= or >= alone where there is none")

func parseGoal(text string) (goal, error) {
	sign, bound, set := strings.Cut(text, " ")
	if sign != "<=" && sign != ">=" {
		return goal{}, errGoal
	}
	g := goal{most: sign == "<=", set: set}
	if !set {
		return g, nil
	}
	var err error
	if g.bound, err = strconv.ParseFloat(bound, 64); err != nil {
		return goal{}, errGoal
	}
	return g, nil
}

// result is what one benchmark has printed.
type result struct {
	name    string
	figures map[string]float64
}

// processors is what go test adds to a name.
var processors = regexp.MustCompile(`-\d+$`)

func parseResults(in io.Reader) ([]result, error) {
	var results []result
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		r := result{name: processors.ReplaceAllString(words[0], ""), figures: map[string]float64{}}
		for pair := range slices.Chunk(words[2:], 2) {
			if figure, err := strconv.ParseFloat(pair[0], 64); err == nil && len(pair) == 2 {
				r.figures[pair[1]] = figure
			}
		}
		results = append(results, r)
	}
	return results, lines.Err()
}

// worst is the worst figure of a row, and the name of its benchmark.
func (r row) worst(results []result) (figure float64, name string, ok bool) {
	for _, x := range results {
		if !r.name.MatchString(x.name) {
			continue
		}
		sum, whole := 0.0, true
		for _, m := range r.metrics {
			part, has := x.figures[m]
			sum, whole = sum+part, whole && has
		}
		if whole && (!ok || r.goal.worse(sum, figure)) {
			figure, name, ok = sum, x.name, true
		}
	}
	return figure, name, ok
}

func write(out io.Writer, rows []row, results []result) error {
	var missing []string
	var table strings.Builder
	table.WriteString("| what | figure | goal | benchmark |\n|---|---|---|---|\n")
	for _, r := range rows {
		figure, name, ok := r.worst(results)
		if !ok {
			missing = append(missing, r.what)
			continue
		}
		shown := number(figure)
		if r.goal.set && r.goal.worse(figure, r.goal.bound) {
			shown += ", missed"
		}
		fmt.Fprintf(&table, "| %s | %s | %s | `%s` %s |\n", r.what, shown, r.goal, strings.TrimPrefix(name, "Benchmark"), strings.Join(r.metrics, " + "))
	}
	if _, err := io.WriteString(out, table.String()); err != nil {
		return err
	}
	if len(missing) > 0 {
		return fmt.Errorf("no benchmark has printed a figure of: %s", strings.Join(missing, "; "))
	}
	return nil
}

// number is a figure with three digits that mean something.
func number(n float64) string {
	if n >= 100 {
		return strconv.FormatFloat(n, 'f', 0, 64)
	}
	return strconv.FormatFloat(n, 'g', 3, 64)
}
