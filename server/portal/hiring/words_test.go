package hiring_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// TestACommonWordIsNotCounted looks for words that more people have than are counted, and more than are looked up, and for one that a few
// have. The applications are those that the plain condition finds, in the same order; only the numbers differ.
func TestACommonWordIsNotCounted(t *testing.T) {
	t.Parallel()
	url, clock := storetest.URL(t), storetest.NewClock()
	s := storetest.Open(t, url, storetest.Options(clock))
	ada, j := portaltest.NewOver(t, s, clock).Hire("Zelda")
	fixture.MustExec(t, fixture.Raw(t, url), `
WITH people AS (INSERT INTO candidates (employer_id, mode, status, version, first_name, last_name, title, email, source, created_at, updated_at)
       SELECT 1, 'live', 'New', 1, CASE WHEN n <= 2100 AND n % 100 = 0 THEN 'Rare' ELSE 'Other' END, CASE WHEN n <= 2100 THEN 'Common' ELSE 'Usual' END, 'Engineer', 'person' || n || '@people.example', 'Form', $2::timestamptz, $2
         FROM generate_series(1, 10100) n RETURNING id, first_name, last_name, email)
INSERT INTO applications (employer_id, mode, job_id, candidate_id, application_type, status, version, first_name, last_name, email, applied_at, updated_at)
SELECT 1, 'live', $1, id, 'DirectApply', CASE WHEN id % 50 = 0 THEN 'Hired' ELSE 'New' END, 1, first_name, last_name, email, $2, $2 FROM people`, j.ID, clock.Now())
	tenant := board.Tenant{EmployerID: 1, Mode: board.ModeLive}
	for word, common := range map[string]bool{"engineer": true, "common": true, "rare": false, "zelda": false, "nobody": false} {
		plain := pipeline.ApplicationFilter{Words: []string{word}}
		found, err := s.Pipeline.LookUp(t.Context(), tenant, plain)
		if err != nil || found.Common() != common {
			t.Fatalf("%s is common: %t, %v", word, found.Common(), err)
		}
		for _, statuses := range [][]board.ApplicationStatus{nil, {board.ApplicationHired}, {board.ApplicationScreened}} {
			plain.Statuses, found.Statuses = statuses, statuses
			want, err := s.Pipeline.Applications(t.Context(), tenant, pipeline.ApplicationQuery{ApplicationFilter: plain, Sort: pg.NewestFirst, Offset: 5, Limit: 30})
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.Pipeline.Applications(t.Context(), tenant, pipeline.ApplicationQuery{ApplicationFilter: found, Sort: pg.NewestFirst, Offset: 5, Limit: 30})
			if err != nil || len(got.Items) != len(want.Items) || got.More != want.More || got.Total != want.Total {
				t.Fatalf("%s, %v: %d of %d applications, %v; want %d of %d", word, statuses, len(got.Items), got.Total, err, len(want.Items), want.Total)
			}
			for i := range got.Items {
				if got.Items[i].ID != want.Items[i].ID {
					t.Errorf("%s, %v: application %d is %d, want %d", word, statuses, i, got.Items[i].ID, want.Items[i].ID)
				}
			}
		}
		plain.Statuses, found.Statuses = []board.ApplicationStatus{board.ApplicationNew, board.ApplicationHired}, []board.ApplicationStatus{board.ApplicationNew, board.ApplicationHired}
		want, err := s.Pipeline.NewestByStatus(t.Context(), tenant, plain, 20)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Pipeline.NewestByStatus(t.Context(), tenant, found, 20); err != nil || cmp.Diff(want, got) != "" {
			t.Errorf("%s: the newest by status (-want +got): %v\n%s", word, err, cmp.Diff(want, got))
		}
		exact, err := s.Pipeline.CountByStatus(t.Context(), tenant, plain)
		if err != nil {
			t.Fatal(err)
		}
		counts, err := s.Pipeline.CountByStatus(t.Context(), tenant, found)
		if err != nil || !common && counts[board.ApplicationNew] != exact[board.ApplicationNew] || common && (counts[board.ApplicationNew] == 0 || counts[board.ApplicationNew] > exact[board.ApplicationNew]) {
			t.Errorf("%s: counted %v, %v; there are %v", word, counts, err, exact)
		}
	}
	for path, says := range map[string]string{
		"?view=list&q=common": "1–25 of more than 2000 applications", "?view=list&q=rare": "New <span class=\"count\">21</span>", "?view=list&q=common&page=84": "2076–2100 of 2100 applications",
		"?view=list&status=Hired&q=common&page=2": "26–42 of 42 applications", "?q=common": "All 1000+", "?view=list&q=zelda": "Zelda",
	} {
		ada.Get("/employer/applications"+path).Wants(t, http.StatusOK, says)
	}
}
