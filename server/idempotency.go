package server

import (
	"context"
	"crypto/sha256"
	"net/http"

	"github.com/labstack/echo/v4"

	"itmanagerjobs/server/apierror"
	"itmanagerjobs/server/contract"
	"itmanagerjobs/store"
)

const (
	headerIdempotencyKey      = "Idempotency-Key"
	headerIdempotencyReplayed = "Idempotency-Replayed"
)

// idempotent runs a POST that carries an Idempotency-Key at most once. Handler and record share a transaction, so the
// answer is sent only after the commit.
func (s *Server) idempotent(op contract.Operation) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			key := c.Request().Header.Get(headerIdempotencyKey)
			if key == "" {
				return next(c)
			}
			fingerprint, err := s.fingerprint(c, op)
			if err != nil {
				return err
			}
			ctx := c.Request().Context()
			reply, replayed, err := s.store.Idempotent(ctx, principalFrom(ctx).Tenant, key, fingerprint, func(ctx context.Context) (store.Reply, error) {
				c.SetRequest(c.Request().WithContext(ctx))
				return s.reply(c, next)
			})
			// The handler's context holds the transaction, which has ended.
			c.SetRequest(c.Request().WithContext(ctx))
			if err != nil {
				return err
			}
			if replayed {
				c.Response().Header().Set(headerIdempotencyReplayed, "true")
			}
			return send(c, reply.Status, reply.Header, reply.Body)
		}
	}
}

// reply runs the handler and turns an error of the caller's into its answer. A fault of the server stays an error and is
// not recorded.
func (s *Server) reply(c echo.Context, next echo.HandlerFunc) (store.Reply, error) {
	var fault error
	rec, _ := record(c, func() error {
		err := next(c)
		if err == nil {
			return nil
		}
		if apierror.Status(apierror.From(err).Code) >= http.StatusInternalServerError {
			fault = err
			return nil
		}
		s.writeError(err, c)
		return nil
	})
	if fault != nil {
		return store.Reply{}, fault
	}
	rec.header.Del(echo.HeaderXRequestID)
	return store.Reply{Status: rec.status, Header: rec.header, Body: rec.body.Bytes()}, nil
}

// fingerprint identifies a request: the same key on another path or with another body is a mistake of the caller.
func (s *Server) fingerprint(c echo.Context, op contract.Operation) ([]byte, error) {
	h := sha256.New()
	h.Write([]byte(op.Method + " " + c.Request().URL.EscapedPath()))
	if query := c.Request().URL.RawQuery; query != "" {
		h.Write([]byte("?" + query))
	}
	h.Write([]byte("\n"))
	body, err := contract.Body(c.Request())
	if err != nil {
		return nil, err
	}
	h.Write(body)
	return h.Sum(nil), nil
}
