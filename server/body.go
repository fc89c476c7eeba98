package server

import (
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"
)

// validate caps the body and holds the request against the contract.
func (s *Server) validate(op operation) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		if !op.Authenticated && op.Method == http.MethodGet {
			// Nothing is read from such a request, and a probe may carry a parameter that keeps caches away.
			return next
		}
		return func(c echo.Context) error {
			r := c.Request()
			r.Body = http.MaxBytesReader(c.Response(), r.Body, op.MaxBody)
			params, err := pathParams(c)
			if err != nil {
				return err
			}
			if err := s.validator.check(r, op.Method, op.Path, params); err != nil {
				return err
			}
			return next(c)
		}
	}
}

// pathParams are unescaped. Echo leaves them escaped when the path has an escaped slash.
func pathParams(c echo.Context) (map[string]string, error) {
	params := make(map[string]string, len(c.ParamNames()))
	for i, name := range c.ParamNames() {
		value := c.ParamValues()[i]
		if c.Request().URL.RawPath != "" {
			var err error
			if value, err = url.PathUnescape(value); err != nil {
				return nil, echo.ErrNotFound
			}
		}
		params[name] = value
	}
	return params, nil
}

// bodyOf is a copy of the validated body; empty when there is none.
func bodyOf(r *http.Request) ([]byte, error) {
	if r.GetBody == nil {
		return nil, nil
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, fmt.Errorf("read body again: %w", err)
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("read body again: %w", err)
	}
	return data, nil
}
