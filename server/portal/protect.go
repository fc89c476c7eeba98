package portal

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"time"
)

const headerRequestID = "X-Request-ID"

const maxForm = 64 << 10 // bytes; the longest form has a few hundred

// contentSecurityPolicy lets a page load the portal's own style sheet, script and icon, send forms to the portal, and
// nothing else: text that slips through as markup can neither run nor send anything anywhere.
const contentSecurityPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

// protected puts around all pages what holds for each of them.
func (p *Portal) protected(mux *http.ServeMux) (http.Handler, error) {
	guard := http.NewCrossOriginProtection()
	public, err := url.Parse(p.publicURL)
	if err != nil {
		return nil, fmt.Errorf("public URL: %w", err)
	}
	// A proxy may change the Host header; browsers that send no Sec-Fetch-Site are then told apart by their Origin.
	if err := guard.AddTrustedOrigin(public.Scheme + "://" + public.Host); err != nil {
		return nil, fmt.Errorf("public URL: %w", err)
	}
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.showError(w, r, http.StatusForbidden, "This request came from another website", "Open the page in the portal itself and try again. Nothing was changed.")
	}))
	return p.observe(guard.Handler(mux)), nil
}

// visit is what the handling of a request notes for its log line.
type visit struct {
	userID, employerID int64
	fault              error
}

type visitCtxKey struct{}

// visitOf is never nil.
func visitOf(ctx context.Context) *visit {
	if v, ok := ctx.Value(visitCtxKey{}).(*visit); ok {
		return v
	}
	return &visit{}
}

// observe sets the headers of every answer, turns a panic into a 500, and writes one log line per request. The line
// has the route, not the path, which can hold the token of an invitation; nor query, form, or address: they are
// personal data.
func (p *Portal) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, id := p.now(), p.newID()
		h := w.Header()
		h.Set(headerRequestID, id)
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")

		v := &visit{}
		// The pattern is noted by the mux on the very request that it gets.
		r = r.WithContext(context.WithValue(r.Context(), visitCtxKey{}, v))
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		counted := &countingWriter{ResponseWriter: w}
		defer func() {
			if fault := recover(); fault != nil {
				if fault == http.ErrAbortHandler { //nolint:errorlint // a panic value, compared as the standard library does
					panic(fault)
				}
				v.fault = fmt.Errorf("panic: %v\n%s", fault, debug.Stack())
				if counted.status == 0 {
					p.showFault(counted, r)
				}
			}
			p.logVisit(r, v, counted, id, p.now().Sub(start))
		}()
		next.ServeHTTP(counted, r)
	})
}

func (p *Portal) logVisit(r *http.Request, v *visit, w *countingWriter, id string, took time.Duration) {
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("request_id", id), slog.String("method", r.Method), slog.String("route", r.Pattern),
		slog.Int("status", w.status), slog.Int64("bytes", w.bytes), slog.Float64("took_ms", float64(took.Microseconds())/1000),
	}
	if v.userID != 0 {
		attrs = append(attrs, slog.Int64("user_id", v.userID), slog.Int64("employer_id", v.employerID))
	}
	if v.fault != nil {
		level = slog.LevelError
		attrs = append(attrs, slog.String("error", v.fault.Error()))
	}
	p.log.LogAttrs(r.Context(), level, "portal request", attrs...)
}

type countingWriter struct {
	http.ResponseWriter

	status int
	bytes  int64
}

// WriteHeader notes the status.
func (w *countingWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *countingWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
