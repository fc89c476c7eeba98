package server

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// serveSpec serves a contract byte for byte (0.61).
func serveSpec(document []byte) echo.HandlerFunc {
	return func(c echo.Context) error {
		// Generators in a browser may fetch it from anywhere: it is public.
		c.Response().Header().Set(echo.HeaderAccessControlAllowOrigin, "*")
		return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, document)
	}
}
