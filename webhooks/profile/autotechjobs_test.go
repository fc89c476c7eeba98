package profile

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestAutoTechJobsSpellsItsHeader checks that the name on the wire has the documented upper and lower case,
// for receivers that compare it exactly.
func TestAutoTechJobsSpellsItsHeader(t *testing.T) {
	t.Parallel()
	h, err := AutoTechJobs().Headers(Attempt{DeliveryID: 1, Number: 1, At: time.Unix(1777887001, 0), Secret: "now", NextSecret: "next"}, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://ats.example.com/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = h.Clone()
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\r\nX-AutoTechJobs-Signature: t=1777887001,v1=", "\r\nX-AutoTechJobs-Signature-Next: t=1777887001,v1="} {
		if strings.Count(wire.String(), want) != 1 {
			t.Errorf("%q is not in\n%s", want, &wire)
		}
	}
}

func TestPageOfAJob(t *testing.T) {
	t.Parallel()
	posted := time.Date(2026, 5, 4, 9, 30, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		job  DossierJob
		want string
	}{
		"published":       {DossierJob{ID: 7, Status: "Active", PostedDate: &posted}, publicURL + "/jobs/7"},
		"closed":          {DossierJob{ID: 7, Status: "Deactivated", PostedDate: &posted}, publicURL + "/jobs/7"},
		"never published": {DossierJob{ID: 7, Status: "Deactivated"}, ""},
		"draft":           {DossierJob{ID: 7, Status: "Draft"}, ""},
		"unknown":         {DossierJob{}, ""},
	} {
		if got := orEmpty(tc.job.page(publicURL)); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
		if tc.job.page("") != nil {
			t.Errorf("%s: a page of a platform without an address", name)
		}
	}
}
