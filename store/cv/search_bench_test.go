package cv_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/cvline"
	"itmanagerjobs/store/cvquery"
	"itmanagerjobs/store/cvsample"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
	"itmanagerjobs/store/taxonomy"
)

// fillCV takes made-up people in until there are n.
func fillCV(b *testing.B, s *store.Store, from, n int) {
	b.Helper()
	batches := make(chan []board.CVCandidate)
	var lanes sync.WaitGroup
	for range 2 {
		lanes.Go(func() {
			for batch := range batches {
				if _, err := s.CV.Import(b.Context(), board.ModeLive, batch); err != nil {
					b.Error(err)
				}
			}
		})
	}
	var batch []board.CVCandidate
	i := 0
	for p := range cvsample.Candidates(1, n, storetest.Epoch) {
		if i++; i <= from {
			continue
		}
		line, err := json.Marshal(p)
		if err != nil {
			b.Fatal(err)
		}
		c, err := cvline.Parse(line, storetest.Epoch)
		if err != nil {
			b.Fatal(err)
		}
		if batch = append(batch, c); len(batch) == cv.ImportBatch || i == n {
			batches <- batch
			batch = nil
		}
	}
	close(batches)
	lanes.Wait()
}

// benchSearches are the named queries of docs/cv-search.md.
func benchSearches() []struct {
	name string
	q    cv.Query
} {
	senior, hybrid := []board.Seniority{board.Senior}, []board.RemoteType{board.HybridRemote}
	return []struct {
		name string
		q    cv.Query
	}{
		{"everybody", cv.Query{}},
		{"everybody, by recency", cv.Query{Sort: cv.ByRecency}},
		{"one very common term", cv.Query{Q: "team"}},
		{"four terms, any of them", cv.Query{Q: "cloud OR team OR java OR engineer"}},
		{"three terms", cv.Query{Q: "java AND kubernetes AND developer"}},
		{"three terms, radius, filters", cv.Query{Q: "developer AND python AND team", Location: "London", RadiusKm: 50, RemoteTypes: hybrid}},
		{"three common terms, radius, filters", cv.Query{Q: "manager AND team AND cloud", Location: "Manchester", RadiusKm: 80, RemoteTypes: hybrid, MinYears: 5}},
		{"three common terms, filter", cv.Query{Q: "manager AND cloud AND led", Seniorities: senior}},
		{"rare terms", cv.Query{Q: "kubernetes AND terraform AND ansible AND jenkins AND title:architect"}},
		{"nobody", cv.Query{Q: "zzzyx"}},
		{"exclusion", cv.Query{Q: "engineer NOT java"}},
		{"filters alone", cv.Query{Skills: []string{"Python", "Kubernetes"}, Seniorities: senior}},
		{"radius alone", cv.Query{Location: "Leeds", RadiusKm: 30}},
		{"two terms, by recency", cv.Query{Q: "java AND kubernetes", Sort: cv.ByRecency}},
		{"phrase of common words", cv.Query{Q: "IT manager"}},
		{"prefixes", cv.Query{Q: "kube* AND dev*"}},
	}
}

// plainly is the same search as PostgreSQL offers it: all that match are ranked, the first twenty shown.
func plainly(ctx context.Context, db *sql.DB, q cv.Query) error {
	parsed, err := cvquery.Parse(q.Q, nil)
	if err != nil {
		return err
	}
	tsquery := parsed.String()
	if tsquery == "" {
		tsquery = "!'nowhere0nowhere'"
	}
	city, radius := taxonomy.City{}, 1e9
	if q.Location != "" {
		city, _ = taxonomy.Locate(q.Location)
		radius = float64(q.RadiusKm)
	}
	rows, err := db.QueryContext(ctx, `
SELECT s.candidate_id FROM cv_index s JOIN cv_candidates c ON c.id = s.candidate_id
 WHERE s.terms @@ to_tsquery('cv', $1) AND (cardinality($2::text[]) = 0 OR c.seniority = ANY ($2)) AND (cardinality($3::text[]) = 0 OR c.remote_type = ANY ($3)) AND s.years >= $4
   AND ($7 > 1e8 OR 12742 * asin(sqrt(sin(radians(s.latitude - $5) / 2) ^ 2 + cos(radians($5)) * cos(radians(s.latitude)) * sin(radians(s.longitude - $6) / 2) ^ 2)) <= $7)
 ORDER BY ts_rank(s.terms, to_tsquery('cv', $1)) DESC LIMIT 20`, tsquery, texts(q.Seniorities), texts(q.RemoteTypes), q.MinYears, city.Latitude, city.Longitude, radius)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Err()
}

// BenchmarkCVSearch measures each search against the same one by PostgreSQL's own means, on 200,000 and on 1,000,000
// people. It takes a quarter of an hour and 10 GB in memory or on the disk; with -short it takes
// a few people and few searches.
func BenchmarkCVSearch(b *testing.B) {
	url := storetest.URL(b)
	s := storetest.Open(b, url, storetest.Options(storetest.NewClock()))
	db, err := sql.Open("postgres", url)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	had, sizes, times, plainTimes := 0, []int{200_000, 1_000_000}, 200, 3
	if testing.Short() {
		sizes, times, plainTimes = []int{200, 400}, 2, 1
	}
	for _, n := range sizes {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			fillCV(b, s, had, n)
			had = n
			if _, err := db.ExecContext(b.Context(), `VACUUM ANALYZE cv_index, cv_candidates`); err != nil {
				b.Fatal(err)
			}
			for _, search := range benchSearches() {
				search.q.Limit = 20
				b.Run(search.name, func(b *testing.B) {
					for b.Loop() {
						var ours, plain []time.Duration
						for range times {
							at := time.Now()
							fixture.Find(b, s, search.q)
							ours = append(ours, time.Since(at))
						}
						for range plainTimes {
							at := time.Now()
							if err := plainly(b.Context(), db, search.q); err != nil {
								b.Fatal(err)
							}
							plain = append(plain, time.Since(at))
						}
						slices.Sort(ours)
						slices.Sort(plain)
						b.ReportMetric(0, "ns/op")
						b.ReportMetric(float64(ours[times/2].Microseconds())/1000, "p50-ms")
						b.ReportMetric(float64(ours[times*99/100].Microseconds())/1000, "p99-ms")
						b.ReportMetric(float64(plain[plainTimes/2].Microseconds())/1000, "plain-ms")
					}
				})
			}
		})
	}
}
