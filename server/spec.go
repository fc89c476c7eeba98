package server

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// serveSpec serves a form of a contract byte for byte as it is in the package openapi.
func serveSpec(document []byte) echo.HandlerFunc {
	return func(c echo.Context) error {
		// A contract is public, so pages of any origin may read it.
		c.Response().Header().Set(echo.HeaderAccessControlAllowOrigin, "*")
		return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, document)
	}
}
