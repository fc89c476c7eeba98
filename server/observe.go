package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"itmanagerjobs/server/admission"
	"itmanagerjobs/server/apierror"
	"itmanagerjobs/server/contract"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/exemplar"
)

const maxRequestIDLength = 128

// requestID gives every request an id and sends it with every answer. A caller's own id is used when it is short printable
// ASCII.
func (s *Server) requestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := c.Request().Header.Get(echo.HeaderXRequestID)
		if !printable(id, maxRequestIDLength) {
			id = s.newID()
		}
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		return next(c)
	}
}

func requestIDOf(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }

// printable tells whether s is 1 to limit characters of visible ASCII.
func printable(s string, limit int) bool {
	if s == "" || len(s) > limit {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// codeKey is where a request keeps the code of its error, for the log of requests.
const codeKey = "code"

// errorCode is the code of the error that a request was answered with, empty for none.
func errorCode(c echo.Context) string {
	code, _ := c.Get(codeKey).(board.Code)
	return string(code)
}

// deprecatedKey is where a request keeps the operation that it calls, when that is deprecated.
const deprecatedKey = "deprecated"

func deprecatedOperation(c echo.Context) string {
	id, _ := c.Get(deprecatedKey).(string)
	return id
}

// noteDeprecated notes that a request calls a deprecated operation.
func noteDeprecated(op contract.Operation) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Set(deprecatedKey, op.ID)
			return next(c)
		}
	}
}

// observe writes one log line and one measurement per request. The log has no query, body or address, because they can
// hold personal data.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := s.now()
		if err := next(c); err != nil {
			c.Error(err)
		}
		waited := admission.Held(c)
		took := max(0, s.now().Sub(start)-waited)
		code, route, cause := c.Response().Status, c.Path(), apierror.Cause(c)
		if errors.Is(cause, context.Canceled) && c.Request().Context().Err() != nil {
			code, cause = statusClientClosedRequest, nil
		}
		s.metrics.Observe(c.Request(), route, code, took)

		level := slog.LevelInfo
		attrs := []slog.Attr{
			slog.String("request_id", requestIDOf(c)), slog.String("method", KnownMethod(c.Request().Method)), slog.String("route", route),
			slog.Int("status", code), slog.Int64("bytes", c.Response().Size), slog.Float64("took_ms", float64(took.Microseconds())/1000),
		}
		if waited > 0 {
			attrs = append(attrs, slog.Float64("held_ms", float64(waited.Microseconds())/1000))
		}
		if p, ok := admission.Caller(c); ok {
			s.requests.Add(account.APIRequest{
				Tenant: p.Tenant, KeyID: p.KeyID, RequestID: requestIDOf(c), Method: KnownMethod(c.Request().Method), Route: route, Status: code, Code: errorCode(c), Took: took, At: start,
				Deprecated: deprecatedOperation(c),
			})
			attrs = append(attrs, slog.Int64("employer_id", p.EmployerID), slog.String("key_id", p.PublicKeyID), slog.String("mode", string(p.Mode)))
		}
		if cause != nil {
			level = slog.LevelError
			if code == http.StatusServiceUnavailable {
				level = slog.LevelWarn // no fault of the program
			}
			attrs = append(attrs, slog.String("error", cause.Error()))
		} else if reason := apierror.Reason(c); reason != nil {
			attrs = append(attrs, slog.String("error", reason.Error()))
		}
		s.log.LogAttrs(c.Request().Context(), level, "request", attrs...)
		return nil
	}
}

// recoverPanic turns a panic of a handler into a 500 with the stack in the log. http.ErrAbortHandler is the standard
// library's own way to drop a connection and passes.
func (s *Server) recoverPanic(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			r := recover()
			if r == nil {
				return
			}
			if r == http.ErrAbortHandler { //nolint:errorlint // a panic value, compared as the standard library does
				panic(r)
			}
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}()
		return next(c)
	}
}

// Metrics measures requests by the template of their route, so that the number of series is bounded.
type Metrics struct {
	seconds *prometheus.HistogramVec
}

// NewMetrics registers them; r is nil where nobody asks.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "itmanagerjobs_http_request_seconds", Help: "Time to answer a request, in seconds.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"method", "route", "status"})}
	if r != nil {
		r.MustRegister(m.seconds)
	}
	return m
}

// noRoute is the route of a path that nothing is at.
const noRoute = "none"

// Observe measures an answer, of the API or of a page. It names the span of the request by its route, as the path bears ids, and leaves
// its trace as an example beside its time: an operator finds the trace of a slow request by the bucket that counted it.
func (m *Metrics) Observe(r *http.Request, route string, status int, took time.Duration) {
	method, route := KnownMethod(r.Method), cmp.Or(route, noRoute)
	span := trace.SpanFromContext(r.Context())
	span.SetName(method + " " + route)
	span.SetAttributes(attribute.String("http.route", route))
	exemplar.Observe(r.Context(), m.seconds.WithLabelValues(method, route, strconv.Itoa(status)), took.Seconds())
}

// KnownMethod is the method, or "other": a caller's own methods would make series without bound, and are text of the caller.
func KnownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}
