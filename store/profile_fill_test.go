package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
)

func TestEarlierCandidatesGetTheirProfiles(t *testing.T) {
	t.Parallel()
	url, clock := storetest.URL(t), storetest.NewClock()
	s, db, ctx := storetest.Open(t, url, storetest.Options(clock)), raw(t, url), context.Background()
	tenant := account(t, s, "earlier@northwind.example", 5)
	var ids []int64
	for _, email := range []string{"ada@example.com", "grace@example.com", "erased@example.com"} {
		p := ada(active(t, s, tenant, nil))
		p.Applicant.Email, p.CV = email, &board.Upload{Name: "cv.txt", Bytes: []byte("Senior Platform Engineer\nLeeds\nKubernetes, Go")}
		ids = append(ids, apply(t, s, p).CandidateID)
	}
	compute(t, s)
	want := candidate(t, s, tenant, ids[0])
	mustExec(t, db, `UPDATE candidates SET profile_due = true, title = NULL, skills = '{}', seniority = NULL, city = NULL, country = NULL, latitude = NULL, longitude = NULL`)
	mustExec(t, db, `UPDATE files SET text = '' WHERE id = (SELECT cv_file_id FROM applications WHERE candidate_id = $1)`, ids[1])
	if _, err := s.EraseApplicant(ctx, tenant, ids[2]); err != nil {
		t.Fatal(err)
	}
	compute(t, s)
	clock.Advance(time.Hour)
	for _, n := range []int{1, 1, 0} {
		if got, err := s.FillProfiles(ctx, 1); got != n || err != nil {
			t.Errorf("%d profiles, %v; want %d", got, err, n)
		}
	}
	want.Version++
	if diff := cmp.Diff(want, candidate(t, s, tenant, ids[0])); diff != "" || want.Title == "" {
		t.Errorf("profile (-want +got):\n%s", diff)
	}
	if n := count(t, db, `SELECT count(*) FROM match_work`); n != 2 {
		t.Errorf("%d candidates wait to be matched, want 2", n)
	}
}
