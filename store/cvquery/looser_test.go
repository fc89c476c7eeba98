package cvquery

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLooser(t *testing.T) {
	t.Parallel()
	for q, want := range map[string][]string{
		"Entwicklerin":          {"Entwickle*"},
		"Fuehrung Leeds":        {"Führung Leeds", "Führu* Leeds"},
		"java":                  nil,
		`"systemadministrator"`: nil,
		"java -programmer":      nil,
		"":                      nil,
	} {
		if diff := cmp.Diff(want, Looser(q)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", q, diff)
		}
	}
	q, err := Parse("Ärztlicher", func(string) []string { return nil })
	if want := "'arztlicher' | 'aerztlicher'"; err != nil || q.String() != want {
		t.Errorf("%s, %v; want %s", q.String(), err, want)
	}
}
