package portal_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/server/portal/portaltest"
)

// listPages are the pages that show rows of what an account has much of.
func listPages() []string {
	return []string{
		"/employer", "/employer/jobs", "/employer/jobs?status=Active&sort=changed", "/employer/jobs?q=manager+leeds", "/employer/jobs?page=300", "/employer/jobs/1", "/employer/applications", "/employer/applications?job=1",
		"/employer/applications?q=grace+azure", "/employer/applications?view=list", "/employer/applications?view=list&status=New", "/employer/applications?view=list&page=3000",
		"/employer/applications?view=list&q=hopper", "/employer/applications?view=list&status=Hired&q=hopper", "/employer/applications?q=person12", "/employer/applications/1", "/employer/candidates/1", "/employer/interviews", "/employer/search?q=", "/employer/search?q=manager", "/employer/keys",
		"/employer/webhooks", "/employer/webhooks/1", "/employer/webhooks/1?status=DeadLetter", "/employer/webhooks/1/replays", "/employer/events", "/employer/events?type=job.published", "/employer/requests",
		"/employer/requests?status=4", "/employer/billing", "/employer/audit", "/employer/team",
	}
}

// BenchmarkPages opens each page of an employer with 10,000 jobs and 100,000 applications, and reports the time that 95 of 100
// openings stay under. It counts no more than the pages: the pictures, the style sheet and the script are kept by the browser.
func BenchmarkPages(b *testing.B) {
	jobs, openings := 10_000, 40
	if testing.Short() {
		jobs, openings = 50, 2
	}
	person, _ := portaltest.Large(b, jobs)
	for _, path := range listPages() {
		b.Run(strings.ReplaceAll(strings.TrimPrefix(path, "/"), "/", "."), func(b *testing.B) {
			took := make([]time.Duration, 0, openings)
			for range 3 {
				person.Get(path)
			}
			for b.Loop() {
				took = took[:0]
				for range openings {
					start := time.Now()
					a := person.Get(path)
					took = append(took, time.Since(start))
					if a.Status != http.StatusOK {
						b.Fatalf("%s: %d", path, a.Status)
					}
				}
			}
			slices.Sort(took)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[(len(took)*95-1)/100].Microseconds())/1000, "p95-ms")
		})
	}
}
