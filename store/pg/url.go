package pg

import (
	"net/url"
	"strings"
)

// HostsApart rewrites the URL of several servers, postgres://h1:5432,h2:5432/name as libpq takes it, to the same with its hosts in the
// parameters host and port, because a URL of RFC 3986 has one host. Of several servers the one is used that takes writes, unless the
// URL says otherwise: after a failover the program finds the new primary by itself. Any other text is returned unchanged.
func HostsApart(raw string) string {
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return raw
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority, tail := rest[:end], rest[end:]
	user, servers := "", authority
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, servers = authority[:at+1], authority[at+1:]
	}
	if !strings.Contains(servers, ",") {
		return raw
	}
	var hosts, ports []string
	for server := range strings.SplitSeq(servers, ",") {
		host, port := server, "5432"
		if colon := strings.LastIndexByte(server, ':'); colon > strings.LastIndexByte(server, ']') {
			host, port = server[:colon], server[colon+1:]
		}
		hosts, ports = append(hosts, strings.Trim(host, "[]")), append(ports, port)
	}
	u, err := url.Parse(scheme + "://" + user + "several" + tail)
	if err != nil {
		return raw
	}
	u.Host = ""
	q := u.Query()
	q.Set("host", strings.Join(hosts, ","))
	q.Set("port", strings.Join(ports, ","))
	if !q.Has("target_session_attrs") {
		q.Set("target_session_attrs", "read-write")
	}
	u.RawQuery = q.Encode()
	return u.String()
}
