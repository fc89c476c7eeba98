package portal

import (
	"time"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/board"
)

const day = 24 * time.Hour

// inWords writes a time as a person reads it: "2 March 2026, 09:30 UTC".
func inWords(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

// ago tells how long something is past: "5 minutes ago", or "never" when it did not happen.
func ago(t *time.Time, now time.Time) string {
	if t == nil {
		return "never"
	}
	switch d := now.Sub(*t); {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return pages.Count(int(d/time.Minute), "minute") + " ago"
	case d < day:
		return pages.Count(int(d/time.Hour), "hour") + " ago"
	case d < 30*day:
		return pages.Count(int(d/day), "day") + " ago"
	}
	return "on " + t.UTC().Format("2 January 2006")
}

// expiryInWords tells when a key ends. A day that was chosen counts to its end, which is kept as the next midnight.
func expiryInWords(t *time.Time, now time.Time) string {
	if t == nil {
		return "never"
	}
	text := inWords(*t)
	if u := t.UTC(); u.Equal(u.Truncate(day)) {
		text = "end of " + u.AddDate(0, 0, -1).Format("2 January 2006") + " (UTC)"
	}
	switch left := t.Sub(now); {
	case left <= 0:
		return text + ", which has passed"
	case left < day:
		return text + ", in less than a day"
	case left < 30*day:
		return text + ", in " + pages.Count(int(left/day), "day")
	}
	return text
}

func roleName(r board.Role) string {
	switch r {
	case board.RoleEmployerAdmin:
		return "Employer admin"
	case board.RoleRecruiter:
		return "Recruiter"
	case board.RoleViewer:
		return "Viewer"
	case board.RolePlatformReviewer:
		return "Platform reviewer"
	}
	return string(r)
}

func roleHint(r board.Role) string {
	switch r {
	case board.RoleEmployerAdmin:
		return "Everything in this account: API keys and the team too."
	case board.RoleRecruiter:
		return "Jobs, applications and the CV search. Nothing of the account: no keys, team, company or billing."
	case board.RoleViewer, board.RolePlatformReviewer:
	}
	return "Looks at everything but the audit log, changes nothing, searches nobody."
}

// labelled is what a person reads about a value.
type labelled struct{ label, hint string }

func scopeText(s board.Scope) labelled {
	switch s {
	case board.ScopeJobPosting:
		return labelled{"Job posting", "Create, change, publish and close jobs: everything under /api/v1/jobs."}
	case board.ScopeCVSearch:
		return labelled{"CV search", "Search and read candidates under /api/v1/candidates. This is personal data, so the platform reviews a live key with it first."}
	case board.ScopeWebhooks:
		return labelled{"Webhooks", "Manage webhook subscriptions and read deliveries and events."}
	}
	return labelled{label: string(s)}
}

func statusText(s board.KeyStatus) labelled {
	switch s {
	case board.KeyPending:
		return labelled{"Pending review", "The platform looks at this key first. Until it is approved, requests with it answer 401."}
	case board.KeyActive:
		return labelled{"Active", ""}
	case board.KeyRevoked:
		return labelled{"Revoked", "Requests with this key answer 401, for good."}
	case board.KeyExpired:
		return labelled{"Expired", "The expiry date has passed: requests with this key answer 401."}
	}
	return labelled{label: string(s)}
}
