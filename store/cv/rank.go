package cv

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// A score is out of 100. What the words of a query give weighs wordsShare, how lately somebody was heard of the rest;
// without words that is all there is.
const wordsShare = 0.92

// partWeights is how much it says that a term stands in a part of a profile: title, skills, employers, text. Several
// parts say more than one, but less than their sum: what is left to 1 is multiplied.
var partWeights = [4]float64{0.70, 0.55, 0.35, 0.20}

var partNames = [4]string{"title", "skills", "posts held", "text"}

// recencyHalf is the time in which what recency gives is halved.
const recencyHalf = 180 * 24 * time.Hour

// ranked is somebody with their score.
type ranked struct {
	found

	score, recency float64
}

func byScore(a, b *ranked) int {
	if c := cmp.Compare(b.score, a.score); c != 0 {
		return c
	}
	return a.compare(b.place)
}

// rank gives each of those found a score, in their order.
func rank(q *query, list []found, now time.Time) []ranked {
	out := make([]ranked, len(list))
	for i, f := range list {
		age := max(now.Sub(f.updatedAt), 0)
		r := ranked{found: f, recency: 100 * math.Exp2(-float64(age)/float64(recencyHalf))}
		r.score = r.recency
		if len(q.leaves) > 0 {
			words := 0.0
			for leaf := range q.leaves {
				words += termScore(f.mask, leaf)
			}
			r.score = wordsShare*words/float64(len(q.leaves)) + (1-wordsShare)*r.recency
		}
		r.score = math.Round(100*r.score) / 100
		out[i] = r
	}
	return out
}

// inPartOf tells whether a leaf was found in a part.
func inPartOf(mask int64, leaf, part int) bool { return mask>>(4*leaf+part)&1 == 1 }

// termScore is what one term gives, out of 100.
func termScore(mask int64, leaf int) float64 {
	left := 1.0
	for part, weight := range partWeights {
		if inPartOf(mask, leaf, part) {
			left *= 1 - weight
		}
	}
	return 100 * (1 - left)
}

// explain says in sentences what a score is made of.
func explain(q *query, r ranked) []string {
	var lines []string
	for leaf, l := range q.leaves {
		var in []string
		for part, name := range partNames {
			if inPartOf(r.mask, leaf, part) {
				in = append(in, name)
			}
		}
		if len(in) == 0 {
			lines = append(lines, fmt.Sprintf("%q is not in the profile: 0 of 100", l.text))
			continue
		}
		lines = append(lines, fmt.Sprintf("%q in %s: %.1f of 100", l.text, strings.Join(in, ", "), termScore(r.mask, leaf)))
	}
	recency := fmt.Sprintf("last updated on %s: %.1f of 100", r.updatedAt.Format(time.DateOnly), r.recency)
	if len(q.leaves) == 0 {
		return []string{recency + ", which is the score"}
	}
	return append(lines, recency, fmt.Sprintf("score %.2f = %.0f%% of the mean of the terms + %.0f%% of recency", r.score, 100*wordsShare, 100*(1-wordsShare)))
}

// maxFacetValues is how many values of a facet are given.
const maxFacetValues = 20

// facetsOf counts the values of all that were found.
func facetsOf(list []ranked) Facets {
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
