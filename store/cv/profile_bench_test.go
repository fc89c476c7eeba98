package cv

import (
	"encoding/json"
	"testing"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvsample"
)

// BenchmarkProfile does the work of an import that needs no database, one person each time.
func BenchmarkProfile(b *testing.B) {
	now := time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC)
	people := 2000
	if testing.Short() {
		people = 50
	}
	var lines [][]byte
	var all []board.CVCandidate
	var profiles []profile
	st := &stemmer{stems: map[string]stem{}, numbers: map[string]int{}, limit: maxStems}
	for c := range cvsample.Candidates(7, people, now) {
		line, err := json.Marshal(c)
		if err != nil {
			b.Fatal(err)
		}
		person, err := board.ParseCVLine(line, now)
		if err != nil {
			b.Fatal(err)
		}
		p := profileOf(person)
		for _, section := range p.sections {
			for _, w := range section {
				st.add(w, w)
			}
		}
		lines, all, profiles = append(lines, line), append(all, person), append(profiles, p)
	}
	for _, stage := range []struct {
		name string
		run  func(i int) error
	}{
		{"parse", func(i int) error { _, err := board.ParseCVLine(lines[i], now); return err }},
		{"hash", func(i int) error { all[i].ContentHash(); return nil }},
		{"profile", func(i int) error { profileOf(all[i]); return nil }},
		{"terms", func(i int) error { st.tsvector(nil, profiles[i].sections, profiles[i].filters()); return nil }},
		{"facets", func(i int) error { profiles[i].facets(); return nil }},
	} {
		b.Run(stage.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := stage.run(i % people); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
