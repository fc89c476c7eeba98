package admission

import (
	"net/http"
	"strconv"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// writeLimit tells what is left, in the fields of the IETF draft "RateLimit header fields for HTTP".
func writeLimit(h http.Header, a account.Admission) {
	limit, policy := formatRateLimit(a.Family, a.PerMinute, a.Remaining, a.ResetAfter)
	h.Set("Ratelimit", limit)
	h.Set("Ratelimit-Policy", policy)
}

// formatRateLimit is the values of the headers RateLimit and RateLimit-Policy in the form of
// draft-ietf-httpapi-ratelimit-headers: limit requests per board.LimitWindow, of which remaining are left, and more of them
// after reset (rounded up to seconds, so that a client that waits has waited long enough).
func formatRateLimit(f board.LimitFamily, limit, remaining int, reset time.Duration) (rateLimit, policy string) {
	name := `"` + string(f) + `"`
	rateLimit = name + ";r=" + strconv.Itoa(max(remaining, 0)) + ";t=" + strconv.FormatInt(board.CeilSeconds(reset), 10)
	policy = name + ";q=" + strconv.Itoa(limit) + ";w=" + strconv.FormatInt(board.CeilSeconds(board.LimitWindow), 10)
	return rateLimit, policy
}

func rateLimited(a account.Admission) error {
	requests := "requests"
	if a.PerMinute == 1 {
		requests = "request"
	}
	return board.ErrorAfter(max(a.RetryAfter, 1), board.CodeRateLimited, "The limit of %d %s per minute is reached. Try again in %s s; no credits were consumed.",
		a.PerMinute, requests, board.RetryAfter(a.RetryAfter))
}
