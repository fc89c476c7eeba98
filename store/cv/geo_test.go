package cv_test

import (
	"fmt"
	"slices"
	"testing"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func TestARadiusGoesRoundTheEarth(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	var list []board.CVCandidate
	places := [][2]float64{{0, 180}, {0, -180}, {0, -179.9}, {0, 179}, {0, 0}, {90, 45}, {89.99, -170}, {-90, 0}, {51.5, -0.12}, {51.5, 0.12}, {53.8, -1.55}, {-33.9, 151.2}}
	for i, p := range places {
		list = append(list, board.CVCandidate{
			FirstName: "A", LastName: "B", Email: fmt.Sprintf("p%d@example.com", i), Title: "Navigator", Visibility: board.VisibilityVisible,
			Latitude: &p[0], Longitude: &p[1], UpdatedAt: storetest.Epoch,
		})
	}
	ids := fixture.ImportAll(t, s, list)
	for _, tc := range []struct {
		at     string
		radius int
		want   []int
	}{
		{"0,180", 1, []int{0, 1}},
		{"0,-180", 15, []int{0, 1, 2}},
		{"0,179.95", 20, []int{0, 1, 2}},
		{"0,-179.5", 500, []int{0, 1, 2, 3}},
		{"90,0", 1, []int{5}},
		{"89.9,10", 50, []int{5, 6}},
		{"-90,120", 1, []int{7}},
		{"51.5,0", 10, []int{8, 9}},
		{"53.8,-1.55", 1, []int{10}},
		{"-33.9,151.2", 500, []int{11}},
	} {
		var want []int64
		for _, i := range tc.want {
			want = append(want, ids[i])
		}
		for _, q := range []string{"", "navigator"} {
			got := idsOf(fixture.Find(t, s, cv.Query{Q: q, Location: tc.at, RadiusKm: tc.radius}))
			slices.Sort(got)
			if !slices.Equal(want, got) {
				t.Errorf("%d km around %s: %v, want %v", tc.radius, tc.at, got, want)
			}
		}
	}
}

func TestACountryIsAPlace(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	list := fixture.People(t, 8, 60)
	list[0].City, list[0].Country, list[0].Latitude, list[0].Longitude = "call +44 7700 900123", "Germany", nil, nil
	ids := fixture.ImportAll(t, s, list)
	for _, name := range []string{"Germany", "germany", "United Kingdom", "UK"} {
		r := fixture.Find(t, s, cv.Query{Location: name, RadiusKm: 50})
		in := 0
		for _, c := range list {
			if c.Country == map[string]string{"Germany": "Germany", "germany": "Germany", "United Kingdom": "United Kingdom", "UK": "United Kingdom"}[name] {
				in++
			}
		}
		if r.Total != in || in == 0 {
			t.Errorf("%s: %d people, want %d", name, r.Total, in)
		}
		for _, h := range r.Hits {
			if h.ID == ids[0] && h.City != "" {
				t.Errorf("a telephone number for a city: %q", h.City)
			}
		}
	}
}
