package cv

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"

	"itmanagerjobs/store/cvquery"
)

// A score is out of 100. The terms of a query have the weight termsWeight, recency has the rest; without terms recency is the
// score.
const termsWeight = 0.92

// sectionWeights is how much it says that a term stands in a section of a profile: title, skills, posts held, text. Several
// sections say more than one, but less than their sum: the complements to 1 are multiplied.
var sectionWeights = [cvquery.SectionCount]float64{0.70, 0.55, 0.35, 0.20}

var sectionNames = [cvquery.SectionCount]string{"title", "skills", "posts held", "text"}

// recencyHalfLife is the time in which the score of recency is halved.
const recencyHalfLife = 180 * 24 * time.Hour

// scored is an entry with its score.
type scored struct {
	entry

	score, recency float64
}

func byScore(a, b *scored) int {
	if c := cmp.Compare(b.score, a.score); c != 0 {
		return c
	}
	return a.compare(b.position)
}

// rank gives each entry a score, and keeps their order.
func rank(q *compiled, list []entry, now time.Time) []scored {
	out := make([]scored, len(list))
	for i, m := range list {
		age := max(now.Sub(m.updatedAt), 0)
		r := scored{entry: m, recency: 100 * math.Exp2(-float64(age)/float64(recencyHalfLife))}
		r.score = r.recency
		if len(q.terms) > 0 {
			terms := 0.0
			for term := range q.terms {
				terms += m.termScore(term)
			}
			r.score = termsWeight*terms/float64(len(q.terms)) + (1-termsWeight)*r.recency
		}
		r.score = math.Round(100*r.score) / 100
		out[i] = r
	}
	return out
}

// hasTerm tells whether a term of the query is in a section of the profile.
func (m entry) hasTerm(term, section int) bool {
	return m.termBits>>(cvquery.SectionCount*term+section)&1 == 1
}

// termScore is the score of one term of the query, out of 100.
func (m entry) termScore(term int) float64 {
	left := 1.0
	for section, weight := range sectionWeights {
		if m.hasTerm(term, section) {
			left *= 1 - weight
		}
	}
	return 100 * (1 - left)
}

// explain says in sentences how a score came about.
func explain(q *compiled, r scored) []string {
	var lines []string
	for i, term := range q.terms {
		var in []string
		for section, name := range sectionNames {
			if r.hasTerm(i, section) {
				in = append(in, name)
			}
		}
		if len(in) == 0 {
			lines = append(lines, fmt.Sprintf("\"%s\" is not in the profile: 0 of 100", term.text))
			continue
		}
		lines = append(lines, fmt.Sprintf("\"%s\" in %s: %.1f of 100", term.text, strings.Join(in, ", "), r.termScore(i)))
	}
	recency := fmt.Sprintf("last updated on %s: %.1f of 100", r.updatedAt.Format(time.DateOnly), r.recency)
	if len(q.terms) == 0 {
		return []string{recency + ", which is the score"}
	}
	return append(lines, recency, fmt.Sprintf("score %.2f = %.0f%% of the mean of the terms + %.0f%% of recency", r.score, 100*termsWeight, 100*(1-termsWeight)))
}
