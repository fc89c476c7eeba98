package main

import (
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSchedules(t *testing.T) {
	t.Parallel()
	const (
		native   = "1m0s 5m0s 15m0s 1h0m0s 6h0m0s 24h0m0s 24h0m0s 24h0m0s, 8"
		rejento  = "30s 2m0s 10m0s 1h0m0s 6h0m0s 24h0m0s, 5"
		standard = "5s 5m0s 30m0s 2h0m0s 5h0m0s 10h0m0s 14h0m0s 20h0m0s 24h0m0s, 10"
	)
	// In the order of the pages: native, autotechjobs, rejento, humansourcing, standardwebhooks, cloudevents.
	names := []string{"native", "autotechjobs", "rejento", "humansourcing", "standardwebhooks", "cloudevents"}
	for _, tc := range []struct {
		name string
		args []string
		want []string
	}{
		{"defaults", nil, []string{native, native, rejento, native, standard, native}},
		{"of all", []string{"--webhook-delays=1s,2s", "--webhook-max-attempts=3"}, []string{"1s 2s, 3", "1s 2s, 3", rejento, "1s 2s, 3", standard, "1s 2s, 3"}},
		{
			"of single ones",
			[]string{"--webhook-delays=1s", "--webhook-profile-delays= rejento = 3s, 4s;native=5s;", "--webhook-profile-max-attempts=standardwebhooks=2;native=1"},
			nil, // a semicolon with nothing behind it
		},
		{
			"of single ones",
			[]string{"--webhook-delays=1s", "--webhook-profile-delays= rejento = 3s, 4s;native=5s", "--webhook-profile-max-attempts=standardwebhooks=2;native=1"},
			[]string{"5s, 1", "1s, 8", "3s 4s, 5", "1s, 8", "5s 5m0s 30m0s 2h0m0s 5h0m0s 10h0m0s 14h0m0s 20h0m0s 24h0m0s, 2", "1s, 8"},
		},
	} {
		_, cfg, err := parseCommand(slices.Concat([]string{"serve"}, tc.args), io.Discard, io.Discard)
		if (err == nil) != (tc.want != nil) {
			t.Errorf("%s: %v", tc.name, err)
		}
		if err != nil {
			continue
		}
		all := cfg.Webhook.schedules()
		var got []string
		for _, name := range names {
			delays := fmt.Sprint(all[name].Delays)
			got = append(got, fmt.Sprintf("%s, %d", delays[1:len(delays)-1], all[name].MaxAttempts))
		}
		if diff := cmp.Diff(tc.want, got); diff != "" || len(all) != len(names) {
			t.Errorf("%s: %d schedules (-want +got):\n%s", tc.name, len(all), diff)
		}
	}
}
