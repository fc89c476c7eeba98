package snapshots

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// CompareExchange is gate B: it finds the parts of a frozen exchange that a client would miss now. The status is exact. Answers that
// succeed may have more keys, at any depth, and all may have more headers. Errors are exact to the key, because clients
// show and log them whole; their wording is the one thing that may change, as the contract says.
func CompareExchange(name string, frozen, now Exchange) []Finding {
	c := &comparer{exchange: name}
	if f, n := text(frozen.Request), text(now.Request); f != n {
		c.reportf("/request", "is another request than the frozen one, so that the answers can't be compared: leave the case as it was and add one beside it")
		return c.findings
	}
	if frozen.Response.Status != now.Response.Status {
		c.reportf("/response/status", "was %d and is %d", frozen.Response.Status, now.Response.Status)
		return c.findings
	}
	c.body(frozen.Response, now.Response)
	c.headers(frozen.Response, now.Response)
	return c.findings
}

type comparer struct {
	exchange string
	findings []Finding
}

func (c *comparer) reportf(at, format string, args ...any) {
	c.findings = append(c.findings, Finding{Gate: GateExchange, Where: c.exchange + "#" + at, What: fmt.Sprintf(format, args...)})
}

func (c *comparer) headers(frozen, now Response) {
	sameBody := text(frozen.Body) == text(now.Body)
	for _, name := range slices.Sorted(maps.Keys(frozen.Headers)) {
		was := frozen.Headers[name]
		is, ok := now.Headers[name]
		switch {
		case !ok:
			c.reportf("/response/headers/"+name, "is gone; it was %s", was)
		case name == "Etag" && is != "" && (!sameBody || frozen.Status == http.StatusNotModified):
			// A tag is opaque, and another one when the body has grown.
		case opaque(name, was) != opaque(name, is):
			c.reportf("/response/headers/"+name, "was %s and is %s", was, is)
		}
	}
}

var cursorInLink = regexp.MustCompile(`([?&]cursor=)[^&>]+`)

// opaque takes out of a header what clients must not look into.
func opaque(name, value string) string {
	if name == "Link" {
		return cursorInLink.ReplaceAllString(value, "$1")
	}
	return value
}

func (c *comparer) body(frozen, now Response) {
	const at = "/response/body"
	strict := frozen.Status >= http.StatusBadRequest
	switch {
	case frozen.Body == nil && now.Body == nil:
	case frozen.Body == nil:
		c.reportf(at, "was empty and is %s", short(now.Body))
	case now.Body == nil:
		c.reportf(at, "is gone")
	default:
		c.value(at, strict, frozen.Body, now.Body)
	}
}

func (c *comparer) value(at string, strict bool, frozen, now any) {
	switch f := frozen.(type) {
	case map[string]any:
		if n, ok := now.(map[string]any); ok {
			c.object(at, strict, f, n)
			return
		}
	case []any:
		n, ok := now.([]any)
		if !ok {
			break
		}
		if len(f) != len(n) {
			c.reportf(at, "had %d elements and has %d: %s", len(f), len(n), short(now))
			return
		}
		for i := range f {
			c.value(at+"/"+strconv.Itoa(i), strict, f[i], n[i])
		}
		return
	}
	if text(frozen) != text(now) {
		c.reportf(at, "was %s and is %s", short(frozen), short(now))
	}
}

func (c *comparer) object(at string, strict bool, frozen, now map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(frozen)) {
		was := frozen[key]
		is, ok := now[key]
		switch {
		case !ok:
			c.reportf(at+"/"+key, "is gone")
		case free(strict, frozen, key):
			if s, ok := is.(string); !ok || s == "" {
				c.reportf(at+"/"+key, "was a text and is %s", short(is))
			}
		case graded(frozen, key):
			if fmt.Sprintf("%T", was) != fmt.Sprintf("%T", is) {
				c.reportf(at+"/"+key, "was %s and is %s", short(was), short(is))
			}
		case key == "feedEntry":
			c.lines(at+"/"+key, was, is)
		default:
			// The error of one item of a batch is an error within an answer that succeeds.
			c.value(at+"/"+key, strict || key == "error", was, is)
		}
	}
	if !strict {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(now)) {
		if _, ok := frozen[key]; !ok {
			c.reportf(at+"/"+key, "is new, and errors must not grow: %s", short(now[key]))
		}
	}
}

// free tells whether a text may be another one: the wording of an error or of a problem with a field, a guess at what
// was meant, and a cursor, which is opaque.
func free(strict bool, object map[string]any, key string) bool {
	if _, ok := object[key].(string); !ok {
		return false
	}
	_, ofField := object["field"]
	return key == "nextCursor" || key == "didYouMean" || key == "message" && (strict || ofField) || key == "reason" && strict
}

// graded tells whether a value is the rank of a hit of a search, or the explanation of that rank: the contract leaves both
// open, so that ranking can become better. The score of a match is exact, because its version tells when it changes.
func graded(object map[string]any, key string) bool {
	_, ofHit := object["explanation"]
	return key == "evidence" || ofHit && (key == "score" || key == "explanation" || key == "excerpts")
}

// lines lets a text of XML elements, one on each line, grow by more of them.
func (c *comparer) lines(at string, frozen, now any) {
	was, ok1 := frozen.(string)
	is, ok2 := now.(string)
	if !ok1 || !ok2 {
		c.reportf(at, "was %s and is %s", short(frozen), short(now))
		return
	}
	left := strings.Split(is, "\n")
	for line := range strings.SplitSeq(was, "\n") {
		i := slices.Index(left, line)
		if i < 0 {
			c.reportf(at, "lacks the line %s", line)
			return
		}
		left = left[i+1:]
	}
}
