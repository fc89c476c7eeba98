package cv_test

import (
	"cmp"
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/cvsample"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
	"itmanagerjobs/store/taxonomy"
)

// plainSQL is what PostgreSQL offers by itself: its configuration for English, its language of queries and its ranking,
// over the same text, with the same conditions.
const plainSQL = `
SELECT c.id
  FROM plain p JOIN cv_candidates c ON c.id = p.id
 WHERE p.terms @@ websearch_to_tsquery('english', $1) AND ($2 = '' OR c.seniority = $2) AND ($3 = '' OR c.remote_type = $3) AND c.skills @> $4
   AND ($7 > 1e8 OR 6371 * 2 * asin(sqrt(sin(radians(c.latitude - $5) / 2) ^ 2 + cos(radians($5)) * cos(radians(c.latitude)) * sin(radians(c.longitude - $6) / 2) ^ 2)) <= $7)
 ORDER BY ts_rank(p.terms, websearch_to_tsquery('english', $1)) DESC, c.updated_at DESC, c.id DESC`

// quality is how good the answers are: the discounted gain of the first ten against that of the best order, and the
// share of the relevant people that is found at all.
type quality struct{ ndcg, recall float64 }

func qualityOf(grades map[int64]int, answer []int64) quality {
	ideal := make([]int, 0, len(grades))
	relevant := 0
	for _, g := range grades {
		ideal = append(ideal, g)
		if g > 0 {
			relevant++
		}
	}
	slices.SortFunc(ideal, func(a, b int) int { return cmp.Compare(b, a) })
	gain := func(at func(int) int, n int) float64 {
		sum := 0.0
		for i := range min(n, 10) {
			sum += (math.Exp2(float64(at(i))) - 1) / math.Log2(float64(i)+2)
		}
		return sum
	}
	found := 0
	for _, id := range answer {
		if grades[id] > 0 {
			found++
		}
	}
	return quality{
		ndcg:   gain(func(i int) int { return grades[answer[i]] }, len(answer)) / gain(func(i int) int { return ideal[i] }, len(ideal)),
		recall: float64(found) / float64(relevant),
	}
}

// TestSearchIsBetterThanPlain measures both searches on people whose skills are known, also where the profile does not state them.
func TestSearchIsBetterThanPlain(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(storetest.NewClock())), fixture.Raw(t, url)
	const n = 2000
	ids := fixture.ImportAll(t, s, fixture.People(t, 42, n))
	fixture.MustExec(t, db, `
CREATE TABLE plain AS
SELECT id, to_tsvector('english', concat_ws(' ', title, array_to_string(skills, ' '), summary, cv_text, city, country,
       (SELECT string_agg(concat_ws(' ', e->>'title', e->>'employer', e->>'description'), ' ') FROM json_array_elements(experience) e))) AS terms
  FROM cv_candidates`)
	persons := slices.Collect(cvsample.Candidates(42, n, storetest.Epoch))

	var ours, plain quality
	queries := 0
	for _, q := range cvsample.Queries() {
		grades := make(map[int64]int, n)
		relevant := 0
		for i, p := range persons {
			if grades[ids[i]] = q.Grade(p); grades[ids[i]] > 0 {
				relevant++
			}
		}
		if relevant == 0 {
			continue
		}
		search := cv.Query{Q: q.Text, Location: q.Location, RadiusKm: q.RadiusKm, Skills: q.Skills, Limit: n}
		if q.Seniority != "" {
			search.Seniorities = []board.Seniority{board.Seniority(q.Seniority)}
		}
		if q.RemoteType != "" {
			search.RemoteTypes = []board.RemoteType{board.RemoteType(q.RemoteType)}
		}
		city, radius := taxonomy.City{}, 1e9
		if q.Location != "" {
			city, _ = taxonomy.Locate(q.Location)
			radius = float64(cmp.Or(q.RadiusKm, 50))
		}
		skills := pq.StringArray{}
		for _, skill := range q.Skills {
			name, _ := taxonomy.CanonicalSkill(skill)
			skills = append(skills, name)
		}
		answer := idsOf(fixture.Find(t, s, search))
		var plainly []int64
		rows, err := db.QueryContext(context.Background(), plainSQL, q.Text, q.Seniority, q.RemoteType, skills, city.Latitude, city.Longitude, radius)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var id int64
			if err := rows.Scan(&id); err != nil {
				t.Fatal(err)
			}
			plainly = append(plainly, id)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		a, b := qualityOf(grades, answer), qualityOf(grades, plainly)
		t.Logf("%-50.50s %4d relevant, found %4d and %4d: nDCG@10 %.2f and %.2f, recall %.2f and %.2f", q.Text, relevant, len(answer), len(plainly), a.ndcg, b.ndcg, a.recall, b.recall)
		ours.ndcg, ours.recall, plain.ndcg, plain.recall = ours.ndcg+a.ndcg, ours.recall+a.recall, plain.ndcg+b.ndcg, plain.recall+b.recall
		queries++
	}
	mean := func(sum float64) float64 { return sum / float64(queries) }
	t.Logf("%d queries over %d people: nDCG@10 %.3f against %.3f of websearch_to_tsquery, recall %.3f against %.3f",
		queries, n, mean(ours.ndcg), mean(plain.ndcg), mean(ours.recall), mean(plain.recall))
	if queries < 40 || ours.ndcg < plain.ndcg || ours.recall < plain.recall {
		t.Errorf("the search is worse than PostgreSQL's own")
	}
}

// The numbers of the time a half-life takes are part of the explanation, so they must not drift.
func TestRecencyHalvesInHalfAYear(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	list := fixture.People(t, 9, 2)
	list[0].UpdatedAt, list[1].UpdatedAt = storetest.Epoch, storetest.Epoch.Add(-180*24*time.Hour)
	fixture.ImportAll(t, s, list)
	r := fixture.Find(t, s, cv.Query{})
	if len(r.Hits) != 2 || r.Hits[0].Score != 100 || r.Hits[1].Score != 50 {
		t.Errorf("scores %+v", r.Hits)
	}
}
