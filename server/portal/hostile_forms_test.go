package portal_test

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"itmanagerjobs/server/portal/portaltest"
)

var (
	wholeForm = regexp.MustCompile(`(?s)<form[^>]*method="post"[^>]*>.*?</form>`)
	sentTo    = regexp.MustCompile(`action="([^"]+)"`)
	control   = regexp.MustCompile(`(?s)<(?:input|textarea|select|button)[^>]*name="([^"]+)"[^>]*>`)
	// ending is what would end the test.
	ending  = regexp.MustCompile(`sign-out|/sessions|/erase|/delete|/remove|/mode`)
	valueOf = regexp.MustCompile(`value="([^"]*)"`)
)

// TestNoFormIgnoresAnUnknownChoice sends every form that a page has with a value that none of its choices has.
func TestNoFormIgnoresAnUnknownChoice(t *testing.T) {
	t.Parallel()
	s, ada, ids := furnished(t)
	forms, choices := formsOf(t, s, ada, ids), 0
	for _, action := range slices.Sorted(maps.Keys(forms)) {
		if ending.MatchString(action) && !strings.HasSuffix(action, "/mode") {
			continue
		}
		for field := range forms[action].closed {
			if field == "theme" {
				continue // a third value means that the choice is left to the browser
			}
			values := maps.Clone(forms[action].values)
			if values.Has("form") {
				values.Set("form", fmt.Sprintf("form-%d", choices))
			}
			values.Set(field, "no such choice")
			choices++
			if a := ada.Post(action, values); a.Status != http.StatusUnprocessableEntity && a.Status != http.StatusBadRequest {
				t.Errorf("%s with an unknown %s: %d", action, field, a.Status)
			}
		}
	}
	if choices < 20 {
		t.Errorf("%d choices were sent", choices)
	}
}

// TestNoTextOfAFormIsAFault sends every form that a page has, with each of its fields in turn as nobody would fill it in.
func TestNoTextOfAFormIsAFault(t *testing.T) {
	t.Parallel()
	s, ada, ids := furnished(t)
	forms := formsOf(t, s, ada, ids)
	n := 0
	for _, action := range slices.Sorted(maps.Keys(forms)) {
		if ending.MatchString(action) {
			continue
		}
		for field := range forms[action].values {
			if field == "employer" || field == "opened" {
				continue
			}
			for _, hostile := range []string{"a\x00\xff", "q=%00%ff", "99999999999999999999", "9999-12-31", "9999-12-31T23:59"} {
				values := maps.Clone(forms[action].values)
				if values.Has("form") {
					values.Set("form", fmt.Sprintf("form-%d", n))
				}
				values.Set(field, hostile)
				n++
				if a := ada.Post(action, values); a.Status >= http.StatusInternalServerError {
					t.Errorf("%s with %s=%.40q: %d", action, field, hostile, a.Status)
				}
			}
		}
	}
	if len(forms) < 50 {
		t.Errorf("%d forms were sent", len(forms))
	}
	for line := range strings.Lines(s.Log.String()) {
		if strings.Contains(line, `"level":"ERROR"`) {
			t.Errorf("%s", line)
		}
	}
}

// sentForm is a form as a browser sends it.
type sentForm struct {
	values url.Values
	// closed has the names of the fields that are one of a few choices.
	closed map[string]bool
}

// choice is a control with choices, or a button that says what to do.
var (
	choice      = regexp.MustCompile(`^<(?:select|button|input[^>]*type="(?:radio|checkbox)")`)
	firstOption = regexp.MustCompile(`<option[^>]*value="([^"]+)"`)
)

// formsOf are the forms of all pages, by their addresses.
func formsOf(t *testing.T, s *portaltest.Site, ada *portaltest.Browser, ids map[string]string) map[string]sentForm {
	t.Helper()
	p := portaltest.NewPortal(t, s.Store, s.Clock, &portaltest.LogBuffer{}, s.URL)
	forms := map[string]sentForm{}
	for _, pattern := range slices.Sorted(maps.Keys(p.Rights())) {
		method, path, _ := filledIn(t, pattern, ids)
		if method != http.MethodGet {
			continue
		}
		if path == "/employer/interviews/new" {
			path += "?application=1"
		}
		if path == "/employer/applications/reject" {
			path += "?id=1:New"
		}
		if path == "/employer/search" {
			path += "?q=x"
		}
		for _, part := range wholeForm.FindAllString(ada.Get(path).Body, -1) {
			action := sentTo.FindStringSubmatch(part)
			if action == nil {
				continue
			}
			values, closed := url.Values{}, map[string]bool{}
			for _, c := range control.FindAllStringSubmatch(part, -1) {
				value := ""
				if v := valueOf.FindStringSubmatch(c[0]); v != nil {
					value = html.UnescapeString(v[1])
				}
				if strings.HasPrefix(c[0], "<select") {
					_, list, _ := strings.Cut(part, c[0])
					if v := firstOption.FindStringSubmatch(list); v != nil {
						value = html.UnescapeString(v[1])
					}
				}
				if value == "" && (c[1] == "name" || c[1] == "text" || c[1] == "reason" || c[1] == "title") {
					value = "Something"
				}
				values.Set(c[1], value)
				if choice.MatchString(c[0]) {
					closed[c[1]] = true
				}
			}
			forms[html.UnescapeString(action[1])] = sentForm{values, closed}
		}
	}
	return forms
}
