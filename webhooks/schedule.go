package webhooks

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/webhooks/profile"
)

// Schedules returns the schedule of every profile, by its name. A profile has the one of its document, else the common
// one; what delays and maxAttempts hold for a profile counts more than either.
func Schedules(common Schedule, delays map[string][]time.Duration, maxAttempts map[string]int) map[string]Schedule {
	all := map[string]Schedule{}
	for _, p := range profile.All() {
		s := common
		if p.OwnSchedule {
			s = Schedule{Delays: p.Delays, MaxAttempts: p.MaxAttempts}
		}
		if own, ok := delays[p.Name]; ok {
			s.Delays = own
		}
		if own, ok := maxAttempts[p.Name]; ok {
			s.MaxAttempts = own
		}
		all[p.Name] = s
	}
	return all
}

// ParseByProfile reads a value for each of some profiles, as name=value;name=value. It returns nil for a blank text. Its
// error says what is wrong with the text s, to stand behind the name of a setting, and gives the example.
func ParseByProfile[T any](s, example string, parse func(string) (T, error)) (map[string]T, error) {
	if strings.TrimSpace(s) == "" {
		return nil, nil //nolint:nilnil // that no profile has a value of its own is valid
	}
	var names []string
	for _, p := range profile.All() {
		names = append(names, p.Name)
	}
	values := map[string]T{}
	for part := range strings.SplitSeq(s, ";") {
		name, value, ok := strings.Cut(part, "=")
		name = strings.TrimSpace(name)
		_, twice := values[name]
		switch {
		case !ok:
			return nil, fmt.Errorf("is \"%s\", of which \"%s\" is no profile with its value: write name=value and separate profiles by semicolons, for example %s", s, part, example)
		case !slices.Contains(names, name):
			return nil, fmt.Errorf("is \"%s\", but there is no profile \"%s\": use %s, for example %s", s, name, strings.Join(names, ", "), example)
		case twice:
			return nil, fmt.Errorf("is \"%s\", which has the profile %s twice: name each once, for example %s", s, name, example)
		}
		v, err := parse(strings.TrimSpace(value))
		if err != nil {
			return nil, fmt.Errorf("for the profile %s %w", name, err)
		}
		values[name] = v
	}
	return values, nil
}

const (
	maxDelay  = 30 * 24 * time.Hour // an event is kept no longer
	maxDelays = 100
)

// ParseDelays reads the pauses between attempts, as durations with commas between them: 1 to 100 of them, each more than 0 and at most
// 720h. Its error says what is wrong, to stand behind the name of a setting.
func ParseDelays(s string) ([]time.Duration, error) {
	const example = "for example 1m,5m,15m,1h,6h,24h"
	parts := strings.Split(s, ",")
	if len(parts) > maxDelays {
		return nil, fmt.Errorf("lists %d pauses, but at most %d are allowed, %s", len(parts), maxDelays, example)
	}
	delays := make([]time.Duration, len(parts))
	for i, part := range parts {
		d, err := time.ParseDuration(strings.TrimSpace(part))
		if err != nil {
			return nil, fmt.Errorf("is \"%s\", of which \"%s\" is not a duration: separate durations by commas, %s", s, part, example)
		}
		if d <= 0 || d > maxDelay {
			return nil, fmt.Errorf("is \"%s\", of which \"%s\" is not more than 0s and at most %s: separate durations by commas, %s", s, part, hours(maxDelay), example)
		}
		delays[i] = d
	}
	return delays, nil
}

// hours writes a long duration the way that one types it.
func hours(d time.Duration) string { return strconv.Itoa(int(d.Hours())) + "h" }
