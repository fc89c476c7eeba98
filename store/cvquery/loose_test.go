package cvquery

import (
	"strings"
	"testing"
)

func TestLoose(t *testing.T) {
	t.Parallel()
	lexemes := func(word string) []string { // a stemmer that knows plurals, and a parser that takes words with an x apart
		return strings.Split(strings.TrimSuffix(word, "s"), "x")
	}
	desk := "'" + pairKey("service", "desk") + "'"
	for _, tc := range []struct {
		q, want string
		same    bool
	}{
		{"", "", true},
		{"java pythons", "('java' & 'python')", true},
		{"java -python", "('java' & !('python'))", true},
		{"kube*", "'kube':*", true},
		{`"services desk"`, "('service' & 'desk' & " + desk + ")", false},
		{`"service des*"`, "('service' & 'de':*)", false},
		{"title:lead", "'éAlead'", true},
		{"title:lea*", "'éAlea':*", true},
		{"go", "('éAgo' | 'éBgo' | 'éCgo')", true},
		{"title:go OR skill:c", "('éAgo' | 'éBc')", true},
		{`title:"service desk"`, "('éAservice' & 'éAdesk' & " + desk + ")", false},
		{`java -"service desk"`, "'java'", false},
		{`java (python | -title:lead)`, "('java' & ('python' | !('éAlead')))", true},
		{`java (python | -"service desk")`, "'java'", false},
		{`java -(python "service desk")`, "'java'", false},
		{"axb", "('a' & 'b')", false},
		{"java -axb", "'java'", false},
	} {
		q, err := Parse(tc.q, nil)
		if err != nil {
			t.Fatalf("%s: %v", tc.q, err)
		}
		if got, same := q.Loose(lexemes); got != tc.want || same != tc.same {
			t.Errorf("%s: %s, %t; want %s, %t", tc.q, got, same, tc.want, tc.same)
		}
	}
	if got := Normalize("égo Éc ér"); got != "ego ec er" {
		t.Errorf("a text has a key: %q", got)
	}
}
