package webhooks

import (
	"crypto/tls"
	"net/http/httptrace"
	"sync"
	"time"
)

// tracer measures one attempt. Its hooks run on goroutines of the transport: several at once when two
// addresses are tried at the same time, and some after the attempt has ended or has got another
// connection. Hence the lock, and hence timing ignores times of a connection that was not used.
type tracer struct {
	now func() time.Time

	mu                                          sync.Mutex
	dnsStart, dnsDone, connectStart, connectEnd time.Time
	tlsStart, tlsDone, ready, firstByte         time.Time
	reused, wrote                               bool
}

func (t *tracer) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:           func(string) { t.reset() },
		DNSStart:          func(httptrace.DNSStartInfo) { t.first(&t.dnsStart) },
		DNSDone:           func(httptrace.DNSDoneInfo) { t.first(&t.dnsDone) },
		ConnectStart:      func(string, string) { t.first(&t.connectStart) },
		TLSHandshakeStart: func() { t.first(&t.tlsStart) },
		ConnectDone: func(_, _ string, err error) {
			if err == nil {
				t.first(&t.connectEnd)
			}
		},
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			if err == nil {
				t.first(&t.tlsDone)
			}
		},
		GotConn: func(info httptrace.GotConnInfo) {
			t.first(&t.ready)
			t.mu.Lock()
			defer t.mu.Unlock()
			t.reused = info.Reused
		},
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.wrote = info.Err == nil
		},
		GotFirstResponseByte: func() { t.first(&t.firstByte) },
	}
}

// reset drops the times of a connection that was closed before anything was written to it, when the
// transport takes another.
func (t *tracer) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dnsStart, t.dnsDone, t.connectStart, t.connectEnd = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	t.tlsStart, t.tlsDone, t.ready, t.firstByte = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	t.reused, t.wrote = false, false
}

// first sets a time, unless it is set already.
func (t *tracer) first(at *time.Time) {
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if at.IsZero() {
		*at = now
	}
}

// stage is the stage that the attempt has reached, for an error that does not say so itself.
func (t *tracer) stage() Stage {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.wrote, !t.firstByte.IsZero():
		return StageResponse
	case !t.ready.IsZero():
		return StageWrite
	case !t.tlsStart.IsZero():
		return StageTLS
	case !t.connectStart.IsZero():
		return StageConnect
	default:
		return StageDNS
	}
}

func (t *tracer) timing() (timing Timing, reused bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	timing.FirstByte = between(t.ready, t.firstByte)
	if !t.reused {
		timing.DNS = between(t.dnsStart, t.dnsDone)
		timing.Connect = between(t.connectStart, t.connectEnd)
		timing.TLS = between(t.tlsStart, t.tlsDone)
	}
	return timing, t.reused
}

func between(start, end time.Time) time.Duration {
	if start.IsZero() || end.IsZero() {
		return 0
	}
	return max(0, end.Sub(start))
}
