package server

import (
	"github.com/labstack/echo/v4"

	"itmanagerjobs/server/document"
)

// serveSpec serves a form of a contract byte for byte as it is in the package openapi.
func serveSpec(content []byte) echo.HandlerFunc {
	spec := document.New(echo.MIMEApplicationJSON, content)
	return func(c echo.Context) error {
		// A contract is public, so pages of any origin may read it.
		c.Response().Header().Set(echo.HeaderAccessControlAllowOrigin, "*")
		spec.ServeHTTP(c.Response(), c.Request())
		return nil
	}
}
