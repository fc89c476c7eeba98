package document

import (
	"net/http"
	"strconv"
	"strings"
)

// AcceptsGzip reads Accept-Encoding (RFC 9110, section 12.5.3): "gzip;q=0" refuses it, and "*" stands for what is not named.
func AcceptsGzip(r *http.Request) bool {
	others := false
	for coding := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, weight, weighted := strings.Cut(coding, ";")
		accepted := !weighted || positive(weight)
		switch name = strings.TrimSpace(name); {
		case strings.EqualFold(name, "gzip"):
			return accepted
		case name == "*":
			others = accepted
		}
	}
	return others
}

// positive tells whether a weight such as "q=0.5" is more than nothing. What is no weight counts as none.
func positive(weight string) bool {
	name, value, _ := strings.Cut(weight, "=")
	if !strings.EqualFold(strings.TrimSpace(name), "q") {
		return true
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	return err == nil && q > 0
}
