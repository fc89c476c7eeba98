package cv_test

import (
	"encoding/json"
	"runtime/debug"
	"sync"
	"testing"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/cvsample"
	"itmanagerjobs/store/storetest"
)

// importedPeople are as many as PostgreSQL writes out its buffers for at least once; with -short they are one batch.
func importedPeople() int {
	if testing.Short() {
		return cv.ImportBatch
	}
	return 20_000
}

// importLanes are as many as admin import-candidates has.
const importLanes = 3

// BenchmarkImport takes people in from the lines of a file in lanes, as admin import-candidates does, and then the
// same again.
func BenchmarkImport(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as admin import-candidates does
	options := storetest.Options(storetest.NewClock())
	s := storetest.Open(b, storetest.URL(b), options)
	people := importedPeople()
	lines := make([][]byte, 0, people)
	for p := range cvsample.Candidates(7, people, storetest.Epoch) {
		line, err := json.Marshal(p)
		if err != nil {
			b.Fatal(err)
		}
		lines = append(lines, line)
	}
	for _, run := range []string{"new", "unchanged"} {
		b.Run(run, func(b *testing.B) {
			for b.Loop() {
				began := time.Now()
				var parsing time.Duration
				var lanes sync.WaitGroup
				batches := make(chan []board.CVCandidate, importLanes)
				for range importLanes {
					lanes.Go(func() {
						for batch := range batches {
							if _, err := s.CV.Import(b.Context(), board.ModeLive, batch); err != nil {
								b.Error(err)
							}
						}
					})
				}
				var batch []board.CVCandidate
				for _, line := range lines {
					at := time.Now()
					person, err := board.ParseCVLine(line, storetest.Epoch)
					if err != nil {
						b.Fatal(err)
					}
					parsing += time.Since(at)
					if batch = append(batch, person); len(batch) == cv.ImportBatch {
						batches <- batch
						batch = nil
					}
				}
				close(batches)
				lanes.Wait()
				b.ReportMetric(float64(people)/time.Since(began).Seconds(), "people/s")
				b.ReportMetric(float64(parsing.Microseconds())/float64(people), "parse-µs")
			}
		})
	}
}
