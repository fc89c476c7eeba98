package pages

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"
)

// HeaderRequestID names a request in its answer and in the log.
const HeaderRequestID = "X-Request-ID"

// FaultText is what a page says of a failure of ours, with the number by which the log has it.
func FaultText(w http.ResponseWriter) string {
	return "This is our fault, and it has been noted. Try again in a moment. If it stays, tell us this number: " + w.Header().Get(HeaderRequestID)
}

// StatusClientGone is what the log and the metrics have, instead of a fault, of a request whose caller went before it was answered.
const StatusClientGone = 499

// Observe measures an answer. route is the template of its path, empty where nothing is at the path. It may be nil.
type Observe func(r *http.Request, route string, status int, took time.Duration)

// Frame is what holds for every answer of a site.
type Frame struct {
	Log     *slog.Logger
	Observe Observe
	// Message is what the log line of a request says.
	Message string
	// Now measures how long requests take.
	Now func() time.Time
	// NewID names requests; no two may be alike.
	NewID func() string
	// Policy is the Content-Security-Policy.
	Policy string
	// MaxBody is the size of a request's body in bytes.
	MaxBody int64
	// Fault answers a request whose handler panicked before it answered.
	Fault http.HandlerFunc
	// Routes are those of the site. A method that an address does not take is answered for them: their last pattern, which takes what
	// no other one does, hides from the mux that the address is there.
	Routes *http.ServeMux
}

// Visit is what the handling of a request notes for its log line. A Fault makes it an error, or a warning of what we stand on.
type Visit struct {
	Attrs []slog.Attr
	Fault error
}

type visitCtxKey struct{}

// VisitOf is never nil.
func VisitOf(ctx context.Context) *Visit {
	if v, ok := ctx.Value(visitCtxKey{}).(*Visit); ok {
		return v
	}
	return &Visit{}
}

// Wrap sets the headers of every answer, makes a text of every query, turns a panic into a 500, and writes one log line per request. The line has
// the route, not the path, which can hold a token; nor query, form, or address: they are personal data.
func (f Frame) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, id := f.Now(), f.NewID()
		h := w.Header()
		h.Set(HeaderRequestID, id)
		h.Set("Content-Security-Policy", f.Policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")

		v := &Visit{}
		// The pattern is noted by the mux on the very request that it gets.
		r = r.WithContext(context.WithValue(r.Context(), visitCtxKey{}, v))
		r.URL = textual(r.URL)
		r.Body = http.MaxBytesReader(w, r.Body, f.MaxBody)
		counted := &countingWriter{ResponseWriter: w}
		defer func() {
			fault := recover()
			aborted := fault == http.ErrAbortHandler //nolint:errorlint // a panic value, compared as the standard library does
			if fault != nil && !aborted {
				v.Fault = fmt.Errorf("panic: %v\n%s", fault, debug.Stack())
				if counted.status == 0 {
					f.Fault(counted, r)
				}
			}
			if v.Fault == nil && counted.status == http.StatusInternalServerError && r.Context().Err() != nil {
				counted.status = StatusClientGone
			}
			took := f.Now().Sub(start)
			f.log(r, v, counted, id, took)
			// A stream takes as long as its reader stays.
			if f.Observe != nil && w.Header().Get("Content-Type") != "text/event-stream" {
				_, route, _ := strings.Cut(r.Pattern, " ")
				f.Observe(r, route, counted.status, took)
			}
			if aborted {
				panic(fault)
			}
		}()
		if allowed := f.allowedInstead(r); allowed != "" {
			refuseMethod(counted, r, allowed)
			return
		}
		next.ServeHTTP(counted, r)
	})
}

// allowedInstead lists the methods that an address takes, when it does not take that of a request; else it is empty.
func (f Frame) allowedInstead(r *http.Request) string {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return "" // a person who opens the address of a form is told that there is no such page
	}
	takes := func(method string) bool {
		_, pattern := f.Routes.Handler(&http.Request{Method: method, URL: r.URL, Host: r.Host})
		return strings.HasPrefix(pattern, method+" ")
	}
	if takes(r.Method) {
		return ""
	}
	var methods []string
	if takes(http.MethodGet) {
		methods = append(methods, http.MethodGet, http.MethodHead)
	}
	if takes(http.MethodPost) {
		methods = append(methods, http.MethodPost)
	}
	if len(methods) == 0 {
		return ""
	}
	return strings.Join(append(methods, http.MethodOptions), ", ")
}

func refuseMethod(w http.ResponseWriter, r *http.Request, allowed string) {
	w.Header().Set("Allow", allowed)
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	http.Error(w, "This address does not take this method. It takes "+allowed+".", http.StatusMethodNotAllowed)
}

// textual takes out of a query what no text has and the database does not store: U+0000, and bytes that are not UTF-8. People do not
// type them, so pages pass over them, as over all in an address that makes no sense.
func textual(u *url.URL) *url.URL {
	if !strings.Contains(u.RawQuery, "%") && utf8.ValidString(u.RawQuery) {
		return u
	}
	clean, changed := Textual(u.Query())
	if !changed {
		return u
	}
	cleaned := *u
	cleaned.RawQuery = clean.Encode()
	return &cleaned
}

// Textual takes out of a query what textual takes out of that of an address, for one that a form carries along.
func Textual(query url.Values) (clean url.Values, changed bool) {
	clean = make(url.Values, len(query))
	for name, values := range query {
		for _, value := range values {
			plainName, plainValue := text(name), text(value)
			clean.Add(plainName, plainValue)
			changed = changed || plainName != name || plainValue != value
		}
	}
	return clean, changed
}

func text(s string) string { return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "") }

func (f Frame) log(r *http.Request, v *Visit, w *countingWriter, id string, took time.Duration) {
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("request_id", id), slog.String("method", methodOf(r)), slog.String("route", r.Pattern),
		slog.Int("status", w.status), slog.Int64("bytes", w.bytes), slog.Float64("took_ms", float64(took.Microseconds())/1000),
	}
	attrs = append(attrs, v.Attrs...)
	if v.Fault != nil {
		level = slog.LevelError
		if w.status == http.StatusServiceUnavailable {
			level = slog.LevelWarn // no fault of the program
		}
		attrs = append(attrs, slog.String("error", v.Fault.Error()))
	}
	f.Log.LogAttrs(r.Context(), level, f.Message, attrs...)
}

// methodOf is a method that pages are asked for with; any other one is text of the caller, which no log has.
func methodOf(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
		return r.Method
	}
	return "other"
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
