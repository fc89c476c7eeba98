// Package method answers to methods of HTTP that a path does not take, and tells which it takes. It must not know what a path is for.
package method

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"itmanagerjobs/server/contract"
)

// allowing writes the Allow header as the router does, and answers with err.
func allowing(methods []string, err error) echo.HandlerFunc {
	allow := strings.Join(append([]string{http.MethodOptions}, slices.Sorted(slices.Values(methods))...), ", ")
	return func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderAllow, allow)
		if err == nil {
			return c.NoContent(http.StatusNoContent)
		}
		return err
	}
}

// AllowHead adds HEAD to an Allow header that has GET, which answers both: the router knows it as GET alone.
func AllowHead(h http.Header) {
	if allow := h.Get(echo.HeaderAllow); allow != "" {
		h.Set(echo.HeaderAllow, strings.Replace(allow, http.MethodGet, http.MethodGet+", "+http.MethodHead, 1))
	}
}

// AnswerOptions adds HEAD to the answers to OPTIONS, which the router makes by itself.
func AnswerOptions(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.Request().Method == http.MethodOptions {
			c.Response().Before(func() { AllowHead(c.Response().Header()) })
		}
		return next(c)
	}
}

// RefuseShadowed makes a path without parameters refuse the methods that it does not take. Otherwise the router would
// try a path that has a parameter in that place: /candidates/search is not the candidate "search".
func RefuseShadowed(e *echo.Echo, operations []contract.Operation) {
	methods := map[string][]string{}
	for _, op := range operations {
		methods[op.Path] = append(methods[op.Path], op.Method)
	}
	var templates [][]string
	for path := range methods {
		if strings.Contains(path, "{") {
			templates = append(templates, strings.Split(path, "/"))
		}
	}
	for path, own := range methods {
		if strings.Contains(path, "{") || !shadowed(strings.Split(path, "/"), templates) {
			continue
		}
		e.OPTIONS(path, allowing(own, nil))
		for _, method := range contract.Methods() {
			if !slices.Contains(own, method) {
				e.Add(method, path, allowing(own, echo.ErrMethodNotAllowed))
			}
		}
		// TRACE and methods that nobody has heard of: the router would list those that are refused, too.
		e.RouteNotFound(path, allowing(own, echo.ErrMethodNotAllowed))
	}
}

// shadowed tells whether the parts of a path without parameters match those of a template with parameters.
func shadowed(path []string, templates [][]string) bool {
	return slices.ContainsFunc(templates, func(template []string) bool {
		return slices.EqualFunc(path, template, func(have, want string) bool { return have == want || strings.HasPrefix(want, "{") })
	})
}
