package cv_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/storetest"
)

func TestAlternativesThatAskForMoreAreLeftOut(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		alternatives [][]string
		want         string
	}{
		{[][]string{{"a"}}, "'a'"},
		{[][]string{{"a"}, {"a"}}, "'a'"},
		{[][]string{{"a"}, {"a", "b"}, {"c"}}, "'a' | 'c'"},
		{[][]string{{"b", "a"}, {"c", "a", "b"}}, "'b' & 'a'"},
		{[][]string{{"a*"}, {"a", "b"}}, "'a':* | ('a' & 'b')"},
	} {
		if got := cv.Pruned(tc.alternatives...); got != tc.want {
			t.Errorf("%q: %s, want %s", tc.alternatives, got, tc.want)
		}
	}
}

func TestAQueryIsCompiledForTheIndex(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	for _, tc := range []struct {
		query, recheck string
		conditions     []string
		inTitle        []string
	}{
		{"", "", []string{"'~'"}, nil},
		{"quux zorblax", "", []string{"'quux'", "'zorblax'"}, []string{"'quux':A", "'zorblax':A"}},
		{"cloud OR zorblax", "", []string{"('cloud' | 'zorblax')"}, []string{"'cloud':A", "'zorblax':A"}},
		{"cloud (quux OR zorblax)", "", []string{"'cloud'", "('quux' | 'zorblax')"}, []string{"'cloud':A", "'quux':A", "'zorblax':A"}},
		{
			"java -\"foo bar\"", "('java' | 'j2ee' | ('java' <-> 'ee') | ('jakarta' <-> 'ee') | ('core' <-> 'java')) & !('foo' <-> 'bar')",
			[]string{"(('java' | 'j2ee' | ('jakarta' & 'ee')) & !('nowhere0nowhere'))"}, []string{"'java':A | 'j2ee':A | ('java':A <-> 'ee':A) | ('jakarta':A <-> 'ee':A) | ('core':A <-> 'java':A)"},
		},
		{"cloud -zorblax", "", []string{"('cloud' & !('zorblax'))"}, []string{"'cloud':A"}},
		{
			`zorblax "quux cloud" -"foo bar"`, "'zorblax' & ('quux' <-> 'cloud') & !('foo' <-> 'bar')",
			[]string{"('zorblax' & !('nowhere0nowhere'))", "('quux' & 'cloud')"}, []string{"'zorblax':A", "'quux':A <-> 'cloud':A"},
		},
		{"skill:zorblax* title:cloud", "'zorblax':*B & 'cloud':A", []string{"'zorblax':*", "'~t:cloud'"}, []string{"'nowhere0nowhere':A", "'cloud':A"}},
	} {
		recheck, conditions, inTitle, err := s.CV.Compiled(t.Context(), tc.query)
		if err != nil || recheck != tc.recheck {
			t.Errorf("%s: rechecked by %s, %v; want %s", tc.query, recheck, err, tc.recheck)
		}
		if diff := cmp.Diff(tc.conditions, conditions); diff != "" {
			t.Errorf("%s: conditions (-want +got):\n%s", tc.query, diff)
		}
		if diff := cmp.Diff(tc.inTitle, inTitle); diff != "" {
			t.Errorf("%s: terms in the title (-want +got):\n%s", tc.query, diff)
		}
	}
}
