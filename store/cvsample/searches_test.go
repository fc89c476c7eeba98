package cvsample

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/cvquery"
	"itmanagerjobs/store/taxonomy"
)

func firstSearches(seed uint64, n int) (list []Search) {
	for s := range Searches(seed) {
		if list = append(list, s); len(list) == n {
			break
		}
	}
	return list
}

func TestSearchesNeverRepeat(t *testing.T) {
	t.Parallel()
	const n = 6000
	list := firstSearches(1, n)
	seen, kinds, places, remote := map[Search]bool{}, map[string]int{}, 0, 0
	for _, s := range list {
		if seen[s] {
			t.Fatalf("%+v comes twice", s)
		}
		seen[s] = true
		kinds[s.Kind]++
		if _, err := cvquery.Parse(s.Text, taxonomy.Synonyms); err != nil {
			t.Errorf("%s: %v", s.Text, err)
		}
		if _, ok := taxonomy.Locate(s.Location); ok != (s.Location != "") || s.Location != "" && (s.RadiusKm < 20 || s.RadiusKm > 80) {
			t.Errorf("%q, %d km is no place", s.Location, s.RadiusKm)
		}
		if s.Location != "" {
			places++
		}
		if s.RemoteType != "" {
			remote++
		}
	}
	if got := slices.Sorted(maps.Keys(kinds)); !cmp.Equal(got, slices.Sorted(slices.Values(SearchKinds()))) {
		t.Errorf("the kinds are %v", got)
	}
	for kind, count := range kinds {
		if count < n/6*9/10 || count > n/6*11/10 {
			t.Errorf("%s: %d of %d", kind, count, n)
		}
	}
	// Where words run out, a place makes the difference.
	if share := 100 * places / n; share < searchesWithPlace-2 || share > searchesWithPlace+12 {
		t.Errorf("%d in a hundred have a place", share)
	}
	if share := 100 * remote / n; share < searchesWithRemote-2 || share > searchesWithRemote+2 {
		t.Errorf("%d in a hundred have a kind of remote work", share)
	}
	if diff := cmp.Diff(list[:100], firstSearches(1, 100)); diff != "" {
		t.Errorf("the same seed gives other searches (-want +got):\n%s", diff)
	}
	if cmp.Equal(list[:100], firstSearches(2, 100)) {
		t.Error("another seed gives the same searches")
	}
}
