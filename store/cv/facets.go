package cv

import (
	"cmp"
	"slices"
	"strings"
)

// maxFacetValues is how many values of a facet an answer has.
const maxFacetValues = 20

// facetsOf counts the values of all who match.
func facetsOf(list []scored) Facets {
	var counts [5]map[string]int
	for i := range counts {
		counts[i] = map[string]int{}
	}
	for _, f := range list {
		i := 0
		for value := range strings.SplitSeq(f.facets, facetSeparator) {
			if value != "" {
				counts[min(i, 4)][value]++
			}
			i++
		}
	}
	return Facets{
		Seniority: commonest(counts[0]), Country: commonest(counts[1]), City: commonest(counts[2]),
		RemoteType: commonest(counts[3]), Skills: commonest(counts[4]),
	}
}

func commonest(counts map[string]int) []Facet {
	out := make([]Facet, 0, len(counts))
	for value, n := range counts {
		out = append(out, Facet{Value: value, Count: n})
	}
	slices.SortFunc(out, func(a, b Facet) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	return out[:min(len(out), maxFacetValues)]
}
