package developers

import "itmanagerjobs/store/board"

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
