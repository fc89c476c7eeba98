package snapshots

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Exception excuses findings of one gate, while version 1 is not released.
type Exception struct {
	Gate   Gate
	Where  string
	Reason string
	Line   int
}

func (e Exception) String() string { return fmt.Sprintf("line %d: %s | %s", e.Line, e.Gate, e.Where) }

// matches compares whole places; a star stands for any text.
func (e Exception) matches(f Finding) bool {
	if e.Gate != f.Gate {
		return false
	}
	parts := strings.Split(e.Where, "*")
	last := len(parts) - 1
	rest, ok := strings.CutPrefix(f.Where, parts[0])
	if !ok || last == 0 {
		return ok && rest == ""
	}
	for _, part := range parts[1:last] {
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, parts[last])
}

// ParseExceptions reads except.txt: "GATE | WHERE | REASON" on each line, comments after #.
func ParseExceptions(data []byte) ([]Exception, error) {
	var all []Exception
	number := 0
	for line := range strings.SplitSeq(string(data), "\n") {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.SplitN(line, " | ", 3)
		if len(parts) != 3 {
			return nil, fmt.Errorf("except.txt, line %d: want GATE | WHERE | REASON, got %q", number, line)
		}
		e := Exception{Gate: Gate(strings.TrimSpace(parts[0])), Where: strings.TrimSpace(parts[1]), Reason: strings.TrimSpace(parts[2]), Line: number}
		if !slices.Contains([]Gate{GateDiff, GateKept, GateExchange}, e.Gate) {
			return nil, fmt.Errorf("except.txt, line %d: the gate %q is none of A1, A2, B", number, e.Gate)
		}
		if strings.Trim(e.Where, "*") == "" || e.Reason == "" {
			return nil, fmt.Errorf("except.txt, line %d: a place and a reason are needed", number)
		}
		all = append(all, e)
	}
	return all, nil
}

var releaseHeading = regexp.MustCompile(`(?m)^## \[1\.0\.0\]`)

// Released tells whether the change log names version 1.0.0 as released. From then on nothing excuses a break.
func Released(changelog []byte) bool { return releaseHeading.Match(changelog) }
