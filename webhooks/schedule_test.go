package webhooks

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSchedules(t *testing.T) {
	t.Parallel()
	const s, m, h = time.Second, time.Minute, time.Hour
	common := Schedule{Delays: []time.Duration{s, 2 * s}, MaxAttempts: 3}
	rejento := Schedule{Delays: []time.Duration{30 * s, 2 * m, 10 * m, h, 6 * h, 24 * h}, MaxAttempts: 5}
	standard := Schedule{Delays: []time.Duration{5 * s, 5 * m, 30 * m, 2 * h, 5 * h, 10 * h, 14 * h, 20 * h, 24 * h}, MaxAttempts: 10}
	want := map[string]Schedule{
		"native": common, "autotechjobs": common, "rejento": rejento, "humansourcing": common, "standardwebhooks": standard, "cloudevents": common,
	}
	if diff := cmp.Diff(want, Schedules(common, nil, nil)); diff != "" {
		t.Errorf("of all (-want +got):\n%s", diff)
	}
	want["native"] = Schedule{Delays: []time.Duration{5 * s}, MaxAttempts: 1}
	want["rejento"] = Schedule{Delays: []time.Duration{3 * s, 4 * s}, MaxAttempts: 5}
	want["standardwebhooks"] = Schedule{Delays: standard.Delays, MaxAttempts: 2}
	got := Schedules(common, map[string][]time.Duration{"rejento": {3 * s, 4 * s}, "native": {5 * s}}, map[string]int{"standardwebhooks": 2, "native": 1})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("of single ones (-want +got):\n%s", diff)
	}
}

func TestParseByProfile(t *testing.T) {
	t.Parallel()
	parse := func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil {
			return 0, errors.New("is no number")
		}
		return n, nil
	}
	for _, tc := range []struct {
		text  string
		want  map[string]int
		wrong string // in the error
	}{
		{" ", nil, ""},
		{" rejento = 3;native=5", map[string]int{"rejento": 3, "native": 5}, ""},
		{"rejento=3;", nil, `of which "" is no profile with its value`},
		{"3", nil, `of which "3" is no profile with its value`},
		{"rejento=3;retento=1", nil, `there is no profile "retento": use native, autotechjobs, rejento, `},
		{"rejento=3;rejento=1", nil, "has the profile rejento twice"},
		{"rejento=many", nil, "for the profile rejento is no number"},
	} {
		got, err := ParseByProfile(tc.text, "rejento=5", parse)
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tc.text, diff)
		}
		if (err == nil) != (tc.wrong == "") || err != nil && !strings.Contains(err.Error(), tc.wrong) {
			t.Errorf("%q: %v, want %q", tc.text, err, tc.wrong)
		}
	}
}
