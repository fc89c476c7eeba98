package cvquery

import "testing"

func TestLoose(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		q, want string
		same    bool
	}{
		{"", "", true},
		{"java python", "'java' & 'python'", true},
		{"java -python", "'java' & !('python')", true},
		{"kube*", "'kube':*", true},
		{`"service desk"`, "'service' & 'desk'", false},
		{`"service des*"`, "'service' & 'des':*", false},
		{"title:lead", "'lead'", false},
		{"go", "'égo'", false},
		{"title:go OR skill:c", "'égo' | 'éc'", false},
		{`java -"service desk"`, "'java'", false},
		{`java (python | -title:lead) r`, "'java' & 'ér'", false},
		{`java -(python "service desk")`, "'java'", false},
	} {
		q, err := Parse(tc.q, nil)
		if err != nil {
			t.Fatalf("%s: %v", tc.q, err)
		}
		if got, same := q.Loose(); got != tc.want || same != tc.same {
			t.Errorf("%s: %s, %t; want %s, %t", tc.q, got, same, tc.want, tc.same)
		}
	}
	if got := Marks(Normalize("Go developer (R, C++)"), Normalize("Django")); got != "égo ér" {
		t.Errorf("marks: %q", got)
	}
	if got := Normalize("égo Éc ér"); got != "ego ec er" {
		t.Errorf("a text has a mark: %q", got)
	}
}
