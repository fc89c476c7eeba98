package webhooks

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"
)

// Stage says where an attempt that got no answer ended.
type Stage string

// The stages of an attempt, in order.
const (
	StageBlocked  Stage = "blocked"  // the URL or the address is not allowed; nothing was sent
	StageDNS      Stage = "dns"      // the host name did not resolve
	StageConnect  Stage = "connect"  // no TCP connection
	StageTLS      Stage = "tls"      // no trusted TLS connection
	StageWrite    Stage = "write"    // the connection broke while the request was written
	StageTimeout  Stage = "timeout"  // the request was written, no answer came in time
	StageResponse Stage = "response" // the connection broke, or the answer was not acceptable HTTP
	StageCanceled Stage = "canceled" // the attempt was aborted on our side
)

// SendError says why an attempt got no answer. Message is safe to show to the owner of the endpoint.
// The wrapped cause is for logs only, because it may name addresses.
type SendError struct {
	Stage   Stage
	Message string
	cause   error
}

func (e *SendError) Error() string {
	if e.cause == nil {
		return string(e.Stage) + ": " + e.Message
	}
	return string(e.Stage) + ": " + e.cause.Error()
}

// Unwrap returns the cause, for example a *BlockedError.
func (e *SendError) Unwrap() error { return e.cause }

// Timing is the time of an attempt and its parts. On a connection that was used before, DNS, Connect and
// TLS are zero.
type Timing struct {
	DNS     time.Duration // resolving the host name
	Connect time.Duration // the TCP connection, from the first address tried to the one that answered
	TLS     time.Duration // the handshake
	// FirstByte is the time from the connection being ready to the first byte of the answer. It
	// includes writing the request and the work of the receiver.
	FirstByte time.Duration
	Total     time.Duration // the whole attempt, including reading the body
}

// Result is the result of one attempt. Either Err is set or Status is.
type Result struct {
	Status int
	// Header is the header of the answer, at most 32 KiB, as the endpoint sent it.
	Header http.Header
	// Excerpt is the beginning of the body, at most 1,024 bytes of valid UTF-8 without
	// control characters other than tab and line feed, so that it can be stored and shown.
	Excerpt string
	// RetryAfter is how long the endpoint asked us to wait, 0 if it did not. Schedule.Next limits
	// it.
	RetryAfter time.Duration
	Timing     Timing
	Reused     bool // the connection had served an earlier attempt
	Err        *SendError
}

// failure converts an error of the transport, by the stage that the attempt had reached.
func (c *Client) failure(parent, ctx context.Context, trace *tracer, err error) *SendError {
	stage := trace.stage()
	fail := func(stage Stage, message string) *SendError {
		return &SendError{Stage: stage, Message: message, cause: err}
	}
	var blocked *BlockedError
	var unresolved *net.DNSError
	var network *net.OpError
	var timeout net.Error
	timedOut := ctx.Err() != nil || errors.As(err, &timeout) && timeout.Timeout()
	switch {
	case parent.Err() != nil:
		return fail(StageCanceled, "The attempt was broken off on our side and will be repeated.")
	case errors.As(err, &blocked):
		return fail(StageBlocked, "The host's address is not allowed: "+blocked.Reason+".")
	case errors.As(err, &unresolved):
		return fail(StageDNS, dnsMessage(unresolved))
	case errors.As(err, &network) && network.Op == "dial":
		return fail(StageConnect, connectMessage(err, timedOut))
	case timedOut && stage == StageDNS:
		return fail(stage, "The host name was not resolved in time.")
	case timedOut && stage == StageConnect:
		return fail(stage, connectMessage(err, timedOut))
	case timedOut && stage == StageTLS:
		return fail(stage, "The TLS handshake was not completed in time.")
	case timedOut:
		return fail(StageTimeout, fmt.Sprintf("No answer within %s.", c.timeout))
	case stage == StageTLS:
		return fail(stage, tlsMessage(err))
	case stage == StageWrite:
		return fail(stage, "The connection broke while the request was being sent.")
	default:
		return fail(StageResponse, responseMessage(err))
	}
}

func dnsMessage(err *net.DNSError) string {
	switch {
	case err.IsNotFound:
		return "The host name does not exist."
	case err.IsTimeout:
		return "The host name was not resolved in time."
	default:
		return "The host name could not be resolved."
	}
}

func connectMessage(err error, timedOut bool) string {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "The connection was refused."
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "The host cannot be reached."
	case timedOut:
		return "The connection was not accepted in time."
	default:
		return "No connection could be made."
	}
}

func tlsMessage(err error) string {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		remote    *net.OpError
	)
	switch {
	case errors.As(err, &host):
		return "The certificate is not valid for this host name."
	case errors.As(err, &authority):
		return "The certificate is signed by an unknown authority, or an intermediate certificate is missing."
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "The certificate has expired or is not yet valid."
	case errors.As(err, &invalid):
		return "The certificate is not valid."
	case errors.As(err, &record):
		return "The endpoint does not speak TLS on this port."
	// crypto/tls reports an alert of the other side as this; the alert's own type is
	// not exported.
	case errors.As(err, &remote) && remote.Op == "remote error":
		return "The endpoint refused the TLS handshake (" + strings.TrimPrefix(remote.Err.Error(), "tls: ") + ")."
	default:
		return "The TLS handshake failed."
	}
}

func responseMessage(err error) string {
	text := err.Error()
	switch {
	// net/http has no types for these errors. A test checks that it still uses these words.
	case strings.Contains(text, "headers exceeded"), strings.Contains(text, "too many 1xx"):
		return fmt.Sprintf("The headers of the answer are larger than %d KiB.", maxHeaders>>10)
	case strings.Contains(text, "malformed"):
		return "The answer is not valid HTTP."
	default:
		return "The connection was closed before an answer came."
	}
}

// parseRetryAfter reads both forms of RFC 9110: seconds, or a date. It returns 0 for a value that it
// cannot read, and for a date in the past.
func parseRetryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0
	}
	if strings.Trim(value, "0123456789") == "" {
		// A number that overflows means a long time, too: a year.
		const most = 366 * 24 * 60 * 60
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > most {
			seconds = most
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return max(0, at.Sub(now))
}

// excerpt converts the beginning of a body for the delivery log. Unless whole is true, it drops a last
// character that was cut.
func excerpt(b []byte, whole bool) string {
	if !whole {
		for cut := 1; cut < utf8.UTFMax && cut <= len(b); cut++ {
			if tail := b[len(b)-cut:]; utf8.RuneStart(tail[0]) {
				if !utf8.FullRune(tail) {
					b = b[:len(b)-cut]
				}
				break
			}
		}
	}
	text := strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || !unicode.IsControl(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(string(b), "\uFFFD"))
	// A replacement character is longer than the byte it replaces.
	for len(text) > maxExcerpt {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}
