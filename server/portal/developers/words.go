package developers

import (
	"itmanagerjobs/store/board/apikey"
)

// labelled is what a person reads about a value.
type labelled struct{ label, hint string }

func scopeText(s apikey.Scope) labelled {
	switch s {
	case apikey.ScopeJobPosting:
		return labelled{"Job posting", "Create, change, publish and close jobs: everything under /api/v1/jobs."}
	case apikey.ScopeCVSearch:
		return labelled{"CV search", "Search and read candidates under /api/v1/candidates. This is personal data, so the platform reviews a live key with it first."}
	case apikey.ScopeWebhooks:
		return labelled{"Webhooks", "Manage webhook subscriptions and read deliveries and events."}
	}
	return labelled{label: string(s)}
}

func statusText(s apikey.Status) labelled {
	switch s {
	case apikey.Pending:
		return labelled{"Pending review", "The platform looks at this key first. Until it is approved, requests with it answer 401."}
	case apikey.Active:
		return labelled{"Active", ""}
	case apikey.Revoked:
		return labelled{"Revoked", "Requests with this key answer 401, for good."}
	case apikey.Expired:
		return labelled{"Expired", "The expiry date has passed: requests with this key answer 401."}
	}
	return labelled{label: string(s)}
}
