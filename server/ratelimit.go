package server

import (
	"net/http"

	"itmanagerjobs/store/account"

	"github.com/labstack/echo/v4"

	"itmanagerjobs/store/board"
)

// writeLimit tells what is left, in the fields of the IETF draft "RateLimit header fields for HTTP".
func writeLimit(h http.Header, a account.Admission) {
	limit, policy := board.FormatRateLimit(a.Family, a.PerMinute, a.Remaining, a.ResetAfter)
	h.Set("Ratelimit", limit)
	h.Set("Ratelimit-Policy", policy)
}

func rateLimited(h http.Header, a account.Admission) error {
	after := board.RetryAfter(a.RetryAfter)
	h.Set(echo.HeaderRetryAfter, after)
	requests := "requests"
	if a.PerMinute == 1 {
		requests = "request"
	}
	return board.Errorf(board.CodeRateLimited, "The limit of %d %s per minute is reached. Try again in %s s; no credits were consumed.", a.PerMinute, requests, after)
}
