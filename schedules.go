package main

import (
	"fmt"
	"slices"
	"strings"

	"itmanagerjobs/webhooks"
	"itmanagerjobs/webhooks/profile"
)

// schedules are those of all profiles, by their names (R1).
func (c WebhookConfig) schedules() map[string]webhooks.Schedule {
	all := map[string]webhooks.Schedule{}
	for _, p := range profile.All() {
		s := webhooks.Schedule{Delays: c.Delays, MaxAttempts: c.MaxAttempts}
		if p.OwnSchedule {
			s = webhooks.Schedule{Delays: p.Delays, MaxAttempts: p.MaxAttempts}
		}
		if delays, ok := c.ProfileDelays[p.Name]; ok {
			s.Delays = delays
		}
		if attempts, ok := c.ProfileMaxAttempts[p.Name]; ok {
			s.MaxAttempts = attempts
		}
		all[p.Name] = s
	}
	return all
}

// parseByProfile reads a value for each of some profiles, as name=value;name=value.
func parseByProfile[T any](s, example string, parse func(string) (T, error)) (map[string]T, error) {
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
			return nil, fmt.Errorf("is %q, of which %q is no profile with its value: write name=value and separate profiles by semicolons, for example %s", s, part, example)
		case !slices.Contains(names, name):
			return nil, fmt.Errorf("is %q, but there is no profile %q: use %s, for example %s", s, name, strings.Join(names, ", "), example)
		case twice:
			return nil, fmt.Errorf("is %q, which has the profile %s twice: name each once, for example %s", s, name, example)
		}
		v, err := parse(strings.TrimSpace(value))
		if err != nil {
			return nil, fmt.Errorf("for the profile %s %w", name, err)
		}
		values[name] = v
	}
	return values, nil
}
