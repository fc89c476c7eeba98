package server

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"itmanagerjobs/server/contract"
)

// deprecated says with every answer of an operation, errors too, that it is going: since when by RFC 9745, until when by RFC 8594,
// and where to read what takes its place.
func (s *Server) deprecated(op contract.Operation) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			h := c.Response().Header()
			h.Set("Deprecation", "@"+strconv.FormatInt(op.Deprecated.Unix(), 10))
			if !op.Sunset.IsZero() {
				h.Set("Sunset", op.Sunset.UTC().Format(http.TimeFormat))
			}
			h.Add("Link", "<"+s.publicURL+"/docs/versioning#when-something-has-to-go>"+`; rel="deprecation"; type="text/html"`)
			return next(c)
		}
	}
}
