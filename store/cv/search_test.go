package cv_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/cvquery"
	"itmanagerjobs/store/cvsample"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
	"itmanagerjobs/store/taxonomy"
)

func idsOf(r cv.Result) []int64 {
	ids := make([]int64, 0, len(r.Hits))
	for _, h := range r.Hits {
		ids = append(ids, h.ID)
	}
	return ids
}

// matching finds who matches by looking at everybody, the newest first.
func matching(t *testing.T, db *sql.DB, q cv.Query) []int64 {
	t.Helper()
	parsed, err := cvquery.Parse(q.Q, taxonomy.Synonyms)
	if err != nil {
		t.Fatal(err)
	}
	var latitude, longitude float64
	radius := 1e9
	if q.Location != "" {
		city, _ := taxonomy.Locate(q.Location)
		latitude, longitude, radius = city.Latitude, city.Longitude, float64(q.RadiusKm)
	}
	var ids pq.Int64Array
	err = db.QueryRow(`
SELECT coalesce(array_agg(c.id ORDER BY c.updated_at DESC, c.id DESC), '{}')
  FROM cv_candidates c JOIN cv_index s ON s.candidate_id = c.id
 WHERE ($1 = '' OR s.terms @@ to_tsquery('cv', $1)) AND (cardinality($2::text[]) = 0 OR c.seniority = ANY ($2)) AND (cardinality($3::text[]) = 0 OR c.remote_type = ANY ($3)) AND c.skills @> $4
   AND coalesce(c.years_experience, 0) >= $5
   AND ($8 > 1e8 OR 6371 * 2 * asin(sqrt(sin(radians(c.latitude - $6) / 2) ^ 2 + cos(radians($6)) * cos(radians(c.latitude)) * sin(radians(c.longitude - $7) / 2) ^ 2)) <= $8)`,
		parsed.String(), texts(q.Seniorities), texts(q.RemoteTypes), pq.StringArray(append([]string{}, q.Skills...)), q.MinYears, latitude, longitude, radius).Scan(&ids)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func texts[T ~string](values []T) pq.StringArray {
	out := make(pq.StringArray, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

// searches are of all kinds.
func searches() []cv.Query {
	senior, hybrid := []board.Seniority{board.Senior}, []board.RemoteType{board.HybridRemote}
	list := []cv.Query{
		{}, {Seniorities: senior}, {RemoteTypes: hybrid, MinYears: 6}, {MinYears: 4}, {Skills: []string{"Kubernetes"}}, {Skills: []string{"Kubernetes", "Terraform"}, MinYears: 10},
		{Location: "London", RadiusKm: 30}, {Location: "Leeds", RadiusKm: 300}, {Location: "Manchester", RadiusKm: 500, Seniorities: senior},
		{Q: "engineer", Location: "London", RadiusKm: 60, RemoteTypes: hybrid}, {Q: "manager NOT java"}, {Q: "kube*"}, {Q: `"project manager" OR title:engineer`},
		{Q: "nobodyhasthis"}, {Q: "IT"}, {Q: "C++ OR C# OR .NET"}, {Q: "CI/CD AND (python OR go)"}, {Q: "the"}, {Q: "skill:python skill:aws"},
		{Q: "python", Location: "53.8,-1.55", RadiusKm: 1},
		{Seniorities: []board.Seniority{board.Lead, board.Senior, board.Lead}, RemoteTypes: []board.RemoteType{board.OnSite, board.FullyRemote}},
		{Q: "python OR java", Seniorities: []board.Seniority{board.Junior, board.Mid}, MinYears: 2},
	}
	for _, q := range cvsample.Queries()[:10] {
		list = append(list, cv.Query{Q: q.Text})
	}
	return list
}

func TestASearchFindsAllWhoMatch(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(storetest.NewClock())), fixture.Raw(t, url)
	s.CV.SmallSearchPlan(100_000, 50, 60, 1_000, 100_000)
	list := fixture.People(t, 5, 1500)
	for i := range list[:300] { // as from a source that gives no dates
		list[i].UpdatedAt = time.Time{}
	}
	for batch := range slices.Chunk(list, 40) {
		fixture.ImportAll(t, s, batch)
	}
	fixture.MustExec(t, db, `VACUUM ANALYZE`)
	for _, q := range searches() {
		want := matching(t, db, q)
		for _, by := range []cv.Sort{cv.ByRelevance, cv.ByRecency} {
			q.Sort, q.Limit = by, 100_000
			r := fixture.Find(t, s, q)
			got := idsOf(r)
			if by == cv.ByRelevance {
				if !slices.IsSortedFunc(r.Hits, func(a, b cv.Hit) int { return -compareFloat(a.Score, b.Score) }) {
					t.Errorf("%+v: not in the order of the score", q)
				}
				slices.Sort(got)
				want = slices.Sorted(slices.Values(want))
			}
			if !slices.Equal(want, got) || r.Total != len(want) || !r.TotalIsExact {
				t.Errorf("%+v: found %d (total %d, exact %t), want %d", q, len(got), r.Total, r.TotalIsExact, len(want))
			}
			want = matching(t, db, q)
		}
	}
}

func compareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func TestTheNewestAreRankedWhenMoreMatch(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(storetest.NewClock())), fixture.Raw(t, url)
	const ranked = 20
	s.CV.SmallSearchPlan(ranked, 30, 40, 1_000, ranked)
	for batch := range slices.Chunk(fixture.People(t, 6, 600), 30) {
		fixture.ImportAll(t, s, batch)
	}
	fixture.MustExec(t, db, `VACUUM ANALYZE`)
	for _, q := range searches() {
		all := matching(t, db, q)
		q.Sort = cv.ByRecency
		r := fixture.Find(t, s, q)
		want := all[:min(ranked, len(all))]
		if !slices.Equal(want, idsOf(r)) || r.Total != len(want) || r.TotalIsExact != (len(all) <= ranked) {
			t.Errorf("%+v: the newest are %v, want %v; total %d, exact %t of %d", q, idsOf(r), want, r.Total, r.TotalIsExact, len(all))
		}
		q.Sort = cv.ByRelevance
		if r := fixture.Find(t, s, q); len(r.Hits) != len(want) || r.TotalIsExact != (len(all) <= ranked) {
			t.Errorf("%+v: %d hits by relevance, want %d", q, len(r.Hits), len(want))
		}

		// A cursor goes on to the end, without repeats and gaps.
		q.Sort, q.Limit = cv.ByRecency, 7
		var walked []int64
		for range len(all)/7 + 2 {
			r = fixture.Find(t, s, q)
			walked = append(walked, idsOf(r)...)
			if q.Cursor = r.NextCursor; q.Cursor == "" {
				break
			}
		}
		if !slices.Equal(all, walked) {
			t.Errorf("%+v: %d people by cursor, want %d: %v, %v", q, len(walked), len(all), walked, all)
		}

		q.Sort, q.Cursor, q.Limit = cv.ByRelevance, "", 100_000
		if best, walked := idsOf(fixture.Find(t, s, q)), walkRanked(t, s, q); !slices.Equal(best, walked) {
			t.Errorf("%+v: by cursor and relevance %v, want %v", q, walked, best)
		}
	}
}

// walkRanked goes through a search by relevance page by page.
func walkRanked(t *testing.T, s *store.Store, q cv.Query) (walked []int64) {
	t.Helper()
	q.Limit = 7
	for {
		r := fixture.Find(t, s, q)
		walked = append(walked, idsOf(r)...)
		if q.Cursor = r.NextCursor; q.Cursor == "" {
			return walked
		}
	}
}

// TestARankedListStaysDuringAWalk: time passes and people come between the pages, some older than others and some better.
func TestARankedListStaysDuringAWalk(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	const known = 40
	list := fixture.People(t, 11, 2*known)
	fixture.ImportAll(t, s, list[:known])
	q := cv.Query{Q: "engineer OR manager OR developer OR architect", Limit: 100}
	first := fixture.Find(t, s, q)
	want := idsOf(first)
	q.Limit = 3
	var walked []int64
	for i := known; ; i++ {
		r := fixture.Find(t, s, q)
		if r.Total != first.Total || len(r.Hits) > 0 && r.Hits[0].Score != first.Hits[len(walked)].Score {
			t.Errorf("page %d: total %d of %d, %+v", i-known+1, r.Total, first.Total, r.Hits)
		}
		walked = append(walked, idsOf(r)...)
		if q.Cursor = r.NextCursor; q.Cursor == "" {
			break
		}
		clock.Advance(30 * 24 * time.Hour)
		list[i].UpdatedAt = clock.Now()
		fixture.ImportAll(t, s, list[i:i+1])
	}
	if !slices.Equal(want, walked) || len(want) < 10 {
		t.Errorf("walked %v, want %v", walked, want)
	}
	q.Limit, q.Cursor = 100, ""
	if after := idsOf(fixture.Find(t, s, q)); slices.Equal(want, after) {
		t.Errorf("nothing has changed during the walk: %v", after)
	}
}

func TestASearchNeverFails(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	fixture.ImportAll(t, s, fixture.People(t, 7, 20))
	ctx := context.Background()
	tenant := board.Tenant{EmployerID: 1, Mode: board.ModeLive}
	odd := []string{
		`'`, `\`, `a'b`, `'a' & 'b'`, `a:*`, `a:A`, `!a`, `:*`, `a\`, `~sk:go`, `"~ b:1"`, "\x00", "a\x00b", "½", "𝒳", "﷽", `C:\dir`, `a <-> b`, `a <2> b`, `<b>`, `%s`,
		"1e5", "0x1f", "1.2.3.4", "http://example.com/?q=1", "a@b.example", "-1", "+44 20", "title:'x'", `skill:"C++" OR skill:"a b c"`, strings.Repeat("a ", 59) + "b", strings.Repeat("(", 20) + "x" + strings.Repeat(")", 20),
		"NOT", "()", "*", "**", "aa*", "the* AND of*", "x OR y NOT z", strings.Repeat("x", 100), "title:(go OR java*) NOT skill:php", "ǅ", "ß*", "🧑‍💻", "a\u0300",
	}
	for _, text := range odd {
		for _, q := range []cv.Query{{Q: text}, {Skills: []string{text}}, {Location: text}, {Availabilities: []string{text}}, {Cursor: text, Sort: cv.ByRecency}} {
			q.Limit = 10
			_, err := s.CV.Search(ctx, tenant, q)
			_, syntax := errors.AsType[*cvquery.SyntaxError](err)
			_, place := errors.AsType[*cv.UnknownPlaceError](err)
			if err != nil && !syntax && !place && !errors.Is(err, cv.ErrBlankPlace) && !errors.Is(err, cv.ErrBadCursor) {
				t.Errorf("%+v: %v", q, err)
			}
		}
	}
	if _, err := s.CV.Search(ctx, tenant, cv.Query{Q: "(java"}); err == nil || !strings.Contains(err.Error(), "character 1") {
		t.Errorf("an open bracket: %v", err)
	}
}

func TestAHitShowsNoContactDataAndSaysWhyItIsThere(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	c := board.CVCandidate{
		FirstName: "Maren", LastName: "Quillfeather", Email: "m.quillfeather@mail.example", Phone: "+44 20 7946 0958", Title: "Maren Quillfeather, Platform Manager",
		Summary: "Call Maren on +44 20 7946 0958 or 0161 496 0000, write to m.quillfeather@mail.example or see https://quill.example/me & <script>. Managed Kubernetes platforms.",
		Skills:  []string{"k8s", "Terraform", "mail me: x@y.example"}, City: "Leeds", Visibility: board.VisibilityVisible,
		Experience: []board.Experience{{Title: "Platform Lead", Employer: "Contoso", Description: "Quillfeather's team ran k8s."}},
		UpdatedAt:  storetest.Epoch.Add(-180 * 24 * time.Hour),
	}
	ids := fixture.ImportAll(t, s, []board.CVCandidate{c})
	r := fixture.Find(t, s, cv.Query{Q: "Kubernetes manager", Location: "Bradford", RadiusKm: 40})
	if len(r.Hits) != 1 || r.Hits[0].ID != ids[0] {
		t.Fatalf("hits %+v", r.Hits)
	}
	h := r.Hits[0]
	shown := fmt.Sprintf("%+v", h)
	for _, secret := range []string{"Maren", "Quillfeather", "7946", "0161", "@", "quill.example", "<script>"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%q is shown: %s", secret, shown)
		}
	}
	if h.City != "Leeds" || h.Country != "United Kingdom" || h.DistanceKm == nil || math.Abs(*h.DistanceKm-13) > 4 || !slices.Contains(h.Skills, "Kubernetes") {
		t.Errorf("hit %+v", h)
	}
	if text := strings.Join(h.Excerpts, "\n"); !strings.Contains(text, "<mark>Managed</mark> <mark>Kubernetes</mark>") || !strings.Contains(text, "&lt;") && !strings.Contains(text, "&amp;") {
		t.Errorf("excerpts %q", h.Excerpts)
	}
	want := []string{
		`"Kubernetes" in skills, text: 64.0 of 100`, `"manager" in title, text: 76.0 of 100`, "last updated on 2025-09-03: 50.0 of 100",
		"score 68.40 = 92% of the mean of the terms + 8% of recency",
	}
	if diff := cmp.Diff(want, h.Explanation); diff != "" || h.Score != 68.4 {
		t.Errorf("score %v, explanation (-want +got):\n%s", h.Score, diff)
	}
	for _, q := range []string{"Maren", "Quillfeather", `"20 7946"`, "quillfeather*"} {
		if r := fixture.Find(t, s, cv.Query{Q: q}); r.Total != 0 {
			t.Errorf("%s finds the person", q)
		}
	}
	if r := fixture.Find(t, s, cv.Query{Q: "kubernets AND manager"}); r.DidYouMean != "kubernetes AND manager" {
		t.Errorf("did you mean %q", r.DidYouMean)
	}
	if diff := cmp.Diff(cv.Facets{
		Skills:  []cv.Facet{{"Kubernetes", 1}, {"Terraform", 1}, {"mail me: …", 1}},
		Country: []cv.Facet{{"United Kingdom", 1}}, City: []cv.Facet{{"Leeds", 1}}, Seniority: []cv.Facet{{"Manager", 1}}, RemoteType: []cv.Facet{},
	}, r.Facets); diff != "" {
		t.Errorf("facets (-want +got):\n%s", diff)
	}
}

func TestOneWordIsFoundInEveryFormOfIt(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	one := func(email, title, text string) board.CVCandidate {
		return board.CVCandidate{FirstName: "A", LastName: "B", Email: email, Title: title, CVText: text, Visibility: board.VisibilityVisible, UpdatedAt: storetest.Epoch}
	}
	fixture.ImportAll(t, s, []board.CVCandidate{
		one("a@mail.example", "Inge\u0301nieur zylophone", "東京都庁でＪａｖａ開発 हिन्दी O’Reilly"),
		one("b@mail.example", "zylophone", "nothing else"),
	})
	for _, q := range []string{
		"ingenieur", "INGÉNIEUR", "Inge\u0301nieur", "ｉｎｇｅｎｉｅｕｒ", "東京", "東京都", "都庁", "東", "java", "開発", "हिन्दी", "o'reilly", "oreilly", "“O`Reilly”",
		"zylophone –nothing", "zylophone −nothing", "zylophone !nothing", "ingenieur | zylophonx", "ingenieur & zylophone",
	} {
		if r := fixture.Find(t, s, cv.Query{Q: q}); r.Total != 1 || len(r.Hits) != 1 || !strings.HasPrefix(r.Hits[0].Title, "Ing") {
			t.Errorf("%s: %d people", q, r.Total)
		}
	}
	if r := fixture.Find(t, s, cv.Query{Q: "東京都"}); !strings.Contains(r.Hits[0].Excerpts[0], "<mark>東京</mark><mark>都</mark>") {
		t.Errorf("excerpts %q", r.Hits[0].Excerpts)
	}
	if r := fixture.Find(t, s, cv.Query{Q: "हिन"}); r.Total != 0 {
		t.Errorf("a part of a word of Hindi finds %d people", r.Total)
	}
}
