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
	var counts [5]map[string]*int
	for i := range counts {
		counts[i] = map[string]*int{}
	}
	for i := range list {
		left := list[i].facets
		for n, more := 0, true; more; n++ {
			var value string
			if value, left, more = strings.Cut(left, facetSeparator); value == "" {
				continue
			}
			in := counts[min(n, 4)]
			if count := in[value]; count != nil {
				*count++ // without a write to the map
			} else {
				one := 1
				in[value] = &one
			}
		}
	}
	return Facets{
		Seniority: commonest(counts[0]), Country: commonest(counts[1]), City: commonest(counts[2]),
		RemoteType: commonest(counts[3]), Skills: commonest(counts[4]),
	}
}

func commonest(counts map[string]*int) []Facet {
	out := make([]Facet, 0, len(counts))
	for value, n := range counts {
		out = append(out, Facet{Value: value, Count: *n})
	}
	slices.SortFunc(out, func(a, b Facet) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	return out[:min(len(out), maxFacetValues)]
}
