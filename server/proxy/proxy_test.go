package proxy_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"itmanagerjobs/server/proxy"
)

func TestTheCallerIsTheLastStranger(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, trusted, peer string
		headers             map[string][]string
		want, host, scheme  string
	}{
		{"no proxy", "", "198.51.100.1:5", map[string][]string{"X-Forwarded-For": {"203.0.113.9"}}, "198.51.100.1:5", "here.example", ""},
		{"a stranger forges all of them", "10.0.0.0/8", "198.51.100.1:5", map[string][]string{
			"X-Forwarded-For": {"203.0.113.9"}, "Forwarded": {"for=203.0.113.9;host=evil.example"}, "X-Forwarded-Host": {"evil.example"}, "X-Real-Ip": {"203.0.113.9"},
		}, "198.51.100.1:5", "here.example", ""},
		{"one proxy", "10.0.0.0/8", "10.0.0.1:5", map[string][]string{"X-Forwarded-For": {"203.0.113.9"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"jobs.example"}}, "203.0.113.9:0", "jobs.example", "https"},
		{"the caller forges a hop", "10.0.0.0/8", "10.0.0.1:5", map[string][]string{"X-Forwarded-For": {"192.0.2.66, 203.0.113.9"}}, "203.0.113.9:0", "here.example", ""},
		{"the caller forges a hop of ours", "10.0.0.0/8", "10.0.0.1:5", map[string][]string{"X-Forwarded-For": {"10.9.9.9, 203.0.113.9"}}, "203.0.113.9:0", "here.example", ""},
		{"two headers", "10.0.0.0/8", "10.0.0.1:5", map[string][]string{"X-Forwarded-For": {"192.0.2.66", "203.0.113.9,10.0.0.2"}}, "203.0.113.9:0", "here.example", ""},
		{"two proxies", "10.0.0.0/8,192.0.2.7", "10.0.0.1:5", map[string][]string{"X-Forwarded-For": {"203.0.113.9, 192.0.2.7"}}, "203.0.113.9:0", "here.example", ""},
		{"a proxy that is not trusted", "10.0.0.0/8", "10.0.0.1:5", map[string][]string{"X-Forwarded-For": {"203.0.113.9, 192.0.2.7"}}, "192.0.2.7:0", "here.example", ""},
		{"proxies alone", "10.0.0.0/8", "10.0.0.1:5", map[string][]string{"X-Forwarded-For": {"10.0.0.3, 10.0.0.2"}}, "10.0.0.3:0", "here.example", ""},
		{"nothing told", "10.0.0.0/8", "10.0.0.1:5", nil, "10.0.0.1:0", "here.example", ""},
		{"nonsense told", "10.0.0.0/8", "10.0.0.1:5", map[string][]string{"X-Forwarded-For": {"203.0.113.9, unknown"}}, "10.0.0.1:0", "here.example", ""},
		{"ports", "10.0.0.0/8", "10.0.0.1:5", map[string][]string{"X-Forwarded-For": {"203.0.113.9:4711"}}, "203.0.113.9:0", "here.example", ""},
		{"version 6", "2001:db8::/32", "[2001:db8::1]:5", map[string][]string{"X-Forwarded-For": {"[2001:db9::7]:4711"}}, "[2001:db9::7]:0", "here.example", ""},
		{"version 4 in 6", "10.0.0.0/8", "[::ffff:10.0.0.1]:5", map[string][]string{"X-Forwarded-For": {"::ffff:203.0.113.9"}}, "203.0.113.9:0", "here.example", ""},
		{"forwarded", "10.0.0.0/8", "10.0.0.1:5", map[string][]string{"Forwarded": {`for=192.0.2.66;host=evil.example, For="[2001:db9::7]:4711";Proto=HTTPS;host=jobs.example`}}, "[2001:db9::7]:0", "jobs.example", "https"},
		{"forwarded is forged", "10.0.0.0/8", "10.0.0.1:5", map[string][]string{"X-Forwarded-For": {"203.0.113.9"}, "Forwarded": {"for=192.0.2.66;host=evil.example"}}, "203.0.113.9:0", "here.example", ""},
		{"forwarded is hidden", "10.0.0.0/8", "10.0.0.1:5", map[string][]string{"Forwarded": {"for=_gazonk"}}, "10.0.0.1:0", "here.example", ""},
		{"a strange scheme", "10.0.0.0/8", "10.0.0.1:5", map[string][]string{"X-Forwarded-For": {"203.0.113.9"}, "X-Forwarded-Proto": {"javascript"}}, "203.0.113.9:0", "here.example", ""},
	} {
		trusted, err := proxy.Parse(tc.trusted)
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		r := httptest.NewRequest(http.MethodGet, "/jobs", nil)
		r.RemoteAddr, r.Host = tc.peer, "here.example"
		maps.Copy(r.Header, tc.headers)
		trusted.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.RemoteAddr != tc.want || r.Host != tc.host || r.URL.Scheme != tc.scheme {
				t.Errorf("%s: %s to %s by %q, want %s to %s by %q", tc.name, r.RemoteAddr, r.Host, r.URL.Scheme, tc.want, tc.host, tc.scheme)
			}
			if len(r.Header) > 0 {
				t.Errorf("%s: headers go on: %v", tc.name, r.Header)
			}
		})).ServeHTTP(httptest.NewRecorder(), r)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]string{
		"10.0.0.9/8, 192.0.2.7 2001:db8::/32": "not of 10.0.0.0/8, 192.0.2.7/32, 2001:db8::/32",
		"::ffff:10.0.0.0/104":                 "not of 10.0.0.0/8",
		"":                                    "TRUSTED_PROXIES is empty",
	} {
		trusted, err := proxy.Parse(list)
		if err != nil || !strings.HasSuffix(trusted.String(), want) && !strings.Contains(trusted.String(), want) {
			t.Errorf("%s: %s, %v", list, trusted, err)
		}
	}
	for list, want := range map[string]string{"10.0.0.0/33": "no network", "proxy.example": "no network", "0.0.0.0/0": "everybody", "::ffff:0.0.0.0/96": "everybody", "::ffff:0.0.0.0/90": "everybody", "fe80::1%eth0": "no network"} {
		if _, err := proxy.Parse(list); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", list, err)
		}
	}
}
