package snapshots

import (
	"net/http"
	"strings"
	"testing"
)

func exchangeOf(status int, headers map[string]string, body string) Exchange {
	return Exchange{
		Shows: "an example", Request: Request{Method: http.MethodGet, Path: "/api/v1/jobs"},
		Response: Response{Status: status, Headers: headers, Body: Body([]byte(body))},
	}
}

func TestCompareExchange(t *testing.T) {
	t.Parallel()
	etag := map[string]string{"Etag": `"1"`}
	tests := []struct {
		name        string
		frozen, now Exchange
		// want is part of the finding; empty when there must be none.
		want string
	}{
		{"the same", exchangeOf(200, etag, `{"id":1}`), exchangeOf(200, etag, `{"id":1}`), ""},
		{"a new key in a success", exchangeOf(200, nil, `{"id":1}`), exchangeOf(200, nil, `{"id":1,"city":null}`), ""},
		{"a new key deep in a success", exchangeOf(200, nil, `{"items":[{"id":1}]}`), exchangeOf(200, nil, `{"items":[{"id":1,"city":"London"}]}`), ""},
		{"a new header", exchangeOf(400, nil, `{"code":"conflict"}`), exchangeOf(400, etag, `{"code":"conflict"}`), ""},
		{"a new key in an error", exchangeOf(400, nil, `{"code":"conflict"}`), exchangeOf(400, nil, `{"code":"conflict","hint":"x"}`), "errors must not grow"},
		{"a new key in a field error", exchangeOf(400, nil, `{"errors":[{"field":"a"}]}`), exchangeOf(400, nil, `{"errors":[{"field":"a","hint":"x"}]}`), "/errors/0/hint"},
		{"a new key in the error of a batch item", exchangeOf(207, nil, `{"items":[{"error":{"code":"conflict"}}]}`), exchangeOf(207, nil, `{"items":[{"error":{"code":"conflict","hint":"x"}}]}`), "/items/0/error/hint"},
		{"another wording of an error", exchangeOf(400, nil, `{"code":"conflict","message":"a"}`), exchangeOf(400, nil, `{"code":"conflict","message":"b"}`), ""},
		{"another wording of a problem", exchangeOf(200, nil, `{"problems":[{"field":"f","message":"a"}]}`), exchangeOf(200, nil, `{"problems":[{"field":"f","message":"b"}]}`), ""},
		{"an error without words", exchangeOf(400, nil, `{"code":"conflict","message":"a"}`), exchangeOf(400, nil, `{"code":"conflict","message":""}`), "/message"},
		{"a message that is data", exchangeOf(200, nil, `{"message":"a"}`), exchangeOf(200, nil, `{"message":"b"}`), "/message"},
		{"another code", exchangeOf(400, nil, `{"code":"conflict"}`), exchangeOf(400, nil, `{"code":"invalid"}`), "/code"},
		{"another status", exchangeOf(400, nil, `{}`), exchangeOf(409, nil, `{}`), "was 400 and is 409"},
		{"a key goes", exchangeOf(200, nil, `{"id":1,"city":null}`), exchangeOf(200, nil, `{"id":1}`), "/city"},
		{"another type", exchangeOf(200, nil, `{"id":1}`), exchangeOf(200, nil, `{"id":"1"}`), "/id"},
		{"another number form", exchangeOf(200, nil, `{"max":1.50}`), exchangeOf(200, nil, `{"max":1.5}`), "/max"},
		{"an object becomes a list", exchangeOf(200, nil, `{"a":{}}`), exchangeOf(200, nil, `{"a":[]}`), "/a"},
		{"an element more", exchangeOf(200, nil, `{"items":[1]}`), exchangeOf(200, nil, `{"items":[1,2]}`), "had 1 elements and has 2"},
		{"another order of elements", exchangeOf(200, nil, `{"items":[1,2]}`), exchangeOf(200, nil, `{"items":[2,1]}`), "/items/0"},
		{"a body where none was", exchangeOf(401, nil, ``), exchangeOf(401, nil, `{"code":"unauthorized"}`), "was empty"},
		{"no body where one was", exchangeOf(200, nil, `{}`), exchangeOf(200, nil, ``), "is gone"},
		{"a header goes", exchangeOf(200, etag, `{}`), exchangeOf(200, nil, `{}`), "/headers/Etag"},
		{"another entity tag of the same body", exchangeOf(200, etag, `{}`), exchangeOf(200, map[string]string{"Etag": `"2"`}, `{}`), "/headers/Etag"},
		{"another entity tag of a grown body", exchangeOf(200, etag, `{}`), exchangeOf(200, map[string]string{"Etag": `"2"`}, `{"a":1}`), ""},
		{"another retry time", exchangeOf(429, map[string]string{"Retry-After": "42"}, `{}`), exchangeOf(429, map[string]string{"Retry-After": "60"}, `{}`), "/headers/Retry-After"},
		{"another cursor", exchangeOf(200, map[string]string{"Link": `</jobs?cursor=abc&pageSize=2>; rel="next"`}, `{"nextCursor":"abc"}`), exchangeOf(200, map[string]string{"Link": `</jobs?cursor=xyz&pageSize=2>; rel="next"`}, `{"nextCursor":"xyz"}`), ""},
		{"a cursor goes", exchangeOf(200, nil, `{"nextCursor":"abc"}`), exchangeOf(200, nil, `{"nextCursor":null}`), "/nextCursor"},
		{"another link", exchangeOf(200, map[string]string{"Link": `</jobs?page=2>; rel="next"`}, `{}`), exchangeOf(200, map[string]string{"Link": `</jobs?page=3>; rel="next"`}, `{}`), "/headers/Link"},
		{"another rank of a hit", exchangeOf(200, nil, `{"score":1.5,"explanation":["a"],"excerpts":["b"]}`), exchangeOf(200, nil, `{"score":2,"explanation":["c","d"],"excerpts":[]}`), ""},
		{"a rank of another type", exchangeOf(200, nil, `{"score":1.5,"explanation":["a"]}`), exchangeOf(200, nil, `{"score":"2","explanation":["a"]}`), "/score"},
		{"an explanation goes", exchangeOf(200, nil, `{"score":1.5,"explanation":["a"]}`), exchangeOf(200, nil, `{"score":1.5}`), "/explanation"},
		{"another score of a match", exchangeOf(200, nil, `{"score":70,"components":[]}`), exchangeOf(200, nil, `{"score":71,"components":[]}`), "/score"},
		{"another guess", exchangeOf(200, nil, `{"didYouMean":"a"}`), exchangeOf(200, nil, `{"didYouMean":"b"}`), ""},
		{"a new line of the feed", exchangeOf(200, nil, `{"feedEntry":"<job>\n<a/>\n</job>"}`), exchangeOf(200, nil, `{"feedEntry":"<job>\n<a/>\n<b/>\n</job>"}`), ""},
		{"a line goes from the feed", exchangeOf(200, nil, `{"feedEntry":"<job>\n<a/>\n</job>"}`), exchangeOf(200, nil, `{"feedEntry":"<job>\n</job>"}`), "lacks the line <a/>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			found := CompareExchange("listJobs/200", tt.frozen, tt.now)
			switch {
			case tt.want == "" && len(found) > 0:
				t.Errorf("found %v, want nothing", found)
			case tt.want != "" && (len(found) == 0 || !strings.Contains(found[0].String(), tt.want)):
				t.Errorf("found %v, want one with %q", found, tt.want)
			}
		})
	}
}

func TestCompareExchangeRefusesAnotherRequest(t *testing.T) {
	t.Parallel()
	frozen, now := exchangeOf(200, nil, `{}`), exchangeOf(200, nil, `{}`)
	now.Request.Path = "/api/v1/jobs?page=1"
	if found := CompareExchange("listJobs/200", frozen, now); len(found) != 1 || found[0].Where != "listJobs/200#/request" {
		t.Errorf("found %v, want the request", found)
	}
}

func TestNewResponseLeavesOutTheConnection(t *testing.T) {
	t.Parallel()
	header := http.Header{"Date": {"now"}, "Content-Length": {"2"}, "Connection": {"close"}, "Vary": {"A", "B"}}
	r := NewResponse(200, header, []byte(`{}`))
	if len(r.Headers) != 1 || r.Headers["Vary"] != "A, B" {
		t.Errorf("headers %v, want Vary alone", r.Headers)
	}
}
