package server

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"itmanagerjobs/server/answer"
	"itmanagerjobs/server/contract"
)

// validate limits the size of the body and checks the request against the contract.
func (s *Server) validate(op contract.Operation) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		if !op.Authenticated && op.Method == http.MethodGet {
			// Nothing is read from such a request, and a probe may have a parameter that bypasses caches.
			return next
		}
		return func(c echo.Context) error {
			r := c.Request()
			answer.JoinIfMatch(r.Header)
			if _, bounded := r.Body.(arrived); !bounded {
				r.Body = http.MaxBytesReader(c.Response(), r.Body, op.MaxBody)
			}
			params, err := pathParams(c)
			if err != nil {
				return err
			}
			if err := s.validator.Check(r, op.Method, op.Path, params); err != nil {
				return err
			}
			return next(c)
		}
	}
}

// pathParams returns the parameters of the path unescaped. Echo leaves them escaped when the path has an escaped slash.
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
