// Package webhooks delivers what the platform has recorded: it claims due
// deliveries, sends them to endpoints that partners chose, and records what
// happened.
//
// Endpoints are hostile until proven otherwise: every connection passes the
// Guard at dial time, every answer is bounded in time and size, and no redirect
// is followed. The package knows nothing of HTTP requests to our own API and must
// not import server; how an event becomes bytes and headers is the business of
// webhooks/profile.
package webhooks
