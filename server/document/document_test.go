package document_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"itmanagerjobs/server/document"
)

func TestAcceptsGzip(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		lines []string
		want  bool
	}{
		{nil, false},
		{[]string{""}, false},
		{[]string{"gzip"}, true},
		{[]string{"br, GZIP"}, true},
		{[]string{"br", "gzip"}, true},
		{[]string{"*"}, true},
		{[]string{"*;q=0"}, false},
		{[]string{"gzip;q=0"}, false},
		{[]string{"gzip;q=0.000"}, false},
		{[]string{"gzip; q=0.5"}, true},
		{[]string{"gzip ;Q=1"}, true},
		{[]string{"gzip;q=x"}, false},
		{[]string{"gzip;q=0, *"}, false},
		{[]string{"*, gzip;q=0"}, false},
		{[]string{"*;q=0, gzip"}, true},
		{[]string{"identity"}, false},
		{[]string{"x-gzip"}, false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["Accept-Encoding"] = tc.lines
		if got := document.AcceptsGzip(r); got != tc.want {
			t.Errorf("%q: %v", tc.lines, got)
		}
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		lines []string
		etag  string
		want  bool
	}{
		{nil, `"7"`, false},
		{[]string{`"7"`}, `"7"`, true},
		{[]string{`W/"7"`}, `"7"`, true},
		{[]string{`"7"`}, `W/"7"`, true},
		{[]string{`"6" , "7"`}, `"7"`, true},
		{[]string{`"6"`, `"7"`}, `"7"`, true},
		{[]string{"*"}, `"7"`, true},
		{[]string{`"7-gzip"`}, `"7"`, true},
		{[]string{`W/"7--br"`}, `"7"`, true},
		{[]string{`"77"`, `7`, `"6"`, ``}, `"7"`, false},
	} {
		if got := document.Matches(tc.lines, tc.etag); got != tc.want {
			t.Errorf("%q and %s: %v", tc.lines, tc.etag, got)
		}
	}
}

// TestUnzip refuses what is not compressed, or not whole.
func TestUnzip(t *testing.T) {
	t.Parallel()
	for _, zipped := range []string{"", "plain", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"} {
		if _, err := document.Unzip("text/plain", []byte(zipped)); err == nil {
			t.Errorf("%q makes a document", zipped)
		}
	}
}
