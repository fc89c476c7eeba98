package cv

import (
	"context"
	"html"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvquery"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/taxonomy"

	"github.com/lib/pq"
)

type hitRow struct {
	ID              int64             `db:"id"`
	Title           string            `db:"title"`
	Seniority       string            `db:"seniority"`
	City            string            `db:"city"`
	Country         string            `db:"country"`
	Latitude        *float64          `db:"latitude"`
	Longitude       *float64          `db:"longitude"`
	Skills          pq.StringArray    `db:"skills"`
	YearsExperience *int              `db:"years_experience"`
	RemoteType      *board.RemoteType `db:"remote_type"`
	Availability    string            `db:"availability"`
	ShownText       string            `db:"shown_text"`
	UpdatedAt       time.Time         `db:"updated_at"`
	Unlocked        bool              `db:"unlocked"`
	InPipeline      bool              `db:"in_pipeline"`
}

// showHits reads what a page shows. Who was hidden or erased since is left out.
func (s *Store) showHits(ctx context.Context, t board.Tenant, q *query, page []ranked) ([]Hit, error) {
	ids := pg.Column[pq.Int64Array](page, func(r ranked) int64 { return r.id })
	var rows []hitRow
	err := s.db.Reader(ctx).List(ctx, &rows, `
SELECT c.id, c.title, coalesce(c.seniority, '') AS seniority, coalesce(c.city, '') AS city, coalesce(c.country, '') AS country,
       c.latitude, c.longitude, c.skills, c.years_experience, c.remote_type, coalesce(c.availability, '') AS availability, c.shown_text, c.updated_at,
       EXISTS (SELECT FROM cv_unlocks u WHERE u.employer_id = $2 AND u.mode = $3 AND u.candidate_id = c.id AND u.free_until > $4) AS unlocked,
       EXISTS (SELECT FROM candidates p WHERE p.employer_id = $2 AND p.mode = $3 AND lower(p.email) = lower(c.email) AND p.erased_at IS NULL) AS in_pipeline
  FROM cv_candidates c WHERE c.id = ANY ($1) AND c.mode = $3 AND c.visibility = 'Visible'`, ids, t.EmployerID, t.Mode, s.db.Now())
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]*hitRow, len(rows))
	for i := range rows {
		byID[rows[i].ID] = &rows[i]
	}
	marker, err := s.newMarker(ctx, q.parsed, rows)
	if err != nil {
		return nil, err
	}
	hits := make([]Hit, 0, len(page))
	for _, r := range page {
		if row := byID[r.id]; row != nil {
			hits = append(hits, row.hit(q, r, marker))
		}
	}
	return hits, nil
}

func (row *hitRow) hit(q *query, r ranked, m *marker) Hit {
	h := Hit{
		ID: row.ID, Title: row.Title, Seniority: row.Seniority, City: row.City, Country: row.Country, Skills: row.Skills,
		YearsExperience: row.YearsExperience, RemoteType: row.RemoteType, Availability: row.Availability,
		Excerpts: m.excerpts(row.ShownText), Score: r.score, Explanation: explain(q, r),
		Unlocked: row.Unlocked, InPipeline: row.InPipeline, UpdatedAt: row.UpdatedAt.UTC(),
	}
	if q.circle != nil && row.Latitude != nil {
		km := math.Round(10*q.circle.distance(*row.Latitude, *row.Longitude)) / 10
		h.DistanceKm = &km
	}
	return h
}

// distance is that from the middle of the circle, in kilometres.
func (c circle) distance(latitude, longitude float64) float64 {
	rad := func(degrees float64) float64 { return degrees * math.Pi / 180 }
	a := math.Pow(math.Sin(rad(latitude-c.latitude)/2), 2) +
		math.Cos(rad(c.latitude))*math.Cos(rad(latitude))*math.Pow(math.Sin(rad(longitude-c.longitude)/2), 2)
	return 12742 * math.Asin(math.Min(1, math.Sqrt(a)))
}

const (
	// excerptWords is the length of an excerpt, and maxExcerpts how many a hit has.
	excerptWords = 26
	maxExcerpts  = 2
)

// marker finds the terms of a query in texts.
type marker struct {
	terms [][]string // the stems of each
	stems map[string]string
}

// newMarker finds the stems of those words that can have the same as a word of the query: they begin alike.
func (s *Store) newMarker(ctx context.Context, q cvquery.Query, rows []hitRow) (*marker, error) {
	m := &marker{stems: map[string]string{}}
	beginnings := map[string]bool{}
	want := map[string]bool{}
	terms := q.Terms()
	for _, t := range terms {
		for w := range strings.FieldsSeq(t) {
			want[w] = true
			beginnings[beginning(w)] = true
		}
	}
	if len(terms) == 0 {
		return m, nil
	}
	for _, row := range rows {
		for token := range cvquery.Tokens(row.ShownText) {
			if beginnings[beginning(token.Word)] {
				want[token.Word] = true
			}
		}
	}
	if err := s.stems.learn(ctx, s.db.Reader(ctx), maps.Keys(want)); err != nil {
		return nil, err
	}
	for w := range want {
		m.stems[w] = s.stems.of(w)
	}
	for _, t := range terms {
		var stemmed []string
		for w := range strings.FieldsSeq(t) {
			stemmed = append(stemmed, m.stems[w])
		}
		m.terms = append(m.terms, stemmed)
	}
	return m, nil
}

// beginning is what two words share that have one stem: the stemmer changes endings alone.
func beginning(w string) string { return w[:min(len(w), 3)] }

// excerpts are the passages of a text with the most terms of the query; its beginning when it has none.
func (m *marker) excerpts(text string) []string {
	tokens := slices.Collect(cvquery.Tokens(text))
	if len(tokens) == 0 {
		return []string{}
	}
	termAt := m.marks(tokens)
	var out []string
	var taken []int // where excerpts begin
	for len(out) < maxExcerpts {
		start, distinct := best(termAt, taken)
		if distinct == 0 && len(out) > 0 {
			break
		}
		taken = append(taken, start)
		out = append(out, passage(text, tokens, termAt, start))
		if distinct == 0 {
			break
		}
	}
	return out
}

// marks gives each token the number of the term that it belongs to, from 1; 0 for none.
func (m *marker) marks(tokens []cvquery.Token) []int {
	termAt := make([]int, len(tokens))
	for n, term := range m.terms {
		for i := 0; i+len(term) <= len(tokens); i++ {
			same := len(term) > 0
			for j := 0; same && j < len(term); j++ {
				stem, known := m.stems[tokens[i+j].Word]
				same = known && stem == term[j]
			}
			for j := 0; same && j < len(term); j++ {
				termAt[i+j] = n + 1
			}
		}
	}
	return termAt
}

// best finds where a passage begins that has the most different terms, and does not overlap those taken.
func best(termAt []int, taken []int) (start, distinct int) {
	for i := range termAt {
		if termAt[i] == 0 || slices.ContainsFunc(taken, func(t int) bool { return i > t-excerptWords && i < t+excerptWords }) {
			continue
		}
		seen := map[int]bool{}
		for _, t := range termAt[i:min(i+excerptWords, len(termAt))] {
			if t > 0 {
				seen[t] = true
			}
		}
		if len(seen) > distinct {
			start, distinct = i, len(seen)
		}
	}
	return start, distinct
}

// passage writes some words from shortly before a token on, with what matches marked and all else escaped.
func passage(text string, tokens []cvquery.Token, termAt []int, start int) string {
	first := max(0, start-excerptWords/5)
	last := min(first+excerptWords, len(tokens)) - 1
	var b strings.Builder
	if first > 0 {
		b.WriteString("… ")
	}
	at := tokens[first].Start
	for i := first; i <= last; i++ {
		t := tokens[i]
		if t.Start < at {
			continue // a second word of the same characters
		}
		b.WriteString(html.EscapeString(oneLine(text[at:t.Start])))
		word := html.EscapeString(text[t.Start:t.End])
		if termAt[i] > 0 {
			word = "<mark>" + word + "</mark>"
		}
		b.WriteString(word)
		at = t.End
	}
	if last < len(tokens)-1 {
		b.WriteString(" …")
	}
	return b.String()
}

func oneLine(s string) string {
	if strings.ContainsAny(s, "\n\t") {
		return strings.NewReplacer("\n", " ", "\t", " ").Replace(s)
	}
	return s
}

// fewHits is below what number of them a spelling is suggested.
const fewHits = 5

// didYouMean is a query with those words replaced that are nearly a word of the taxonomy, and with operators in capitals;
// "" when there is nothing to be changed. All else stays as it was typed.
func didYouMean(text string, parsed cvquery.Query) string {
	typed := parsed.Words()
	better := text
	if operators := cvquery.Operators(text); operators != text {
		if _, err := cvquery.Parse(operators, taxonomy.Synonyms); err == nil {
			better = operators // as long as the text
		}
	}
	var b strings.Builder
	at := 0
	for t := range cvquery.Tokens(text) {
		if t.Start < at || !slices.Contains(typed, t.Word) {
			continue
		}
		if word, ok := taxonomy.Suggest(text[t.Start:t.End]); ok {
			b.WriteString(better[at:t.Start] + word)
			at = t.End
		}
	}
	b.WriteString(better[at:])
	if b.String() == text {
		return ""
	}
	return b.String()
}
