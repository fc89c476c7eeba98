package companion

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	"itmanagerjobs/gen/client"
)

// maxAnswer bounds what is read of an answer, in bytes. The largest page of jobs has about a fifth of it.
const maxAnswer = 16 << 20

// userAgent tells the request log of the platform who asked.
const userAgent = "itmanagerjobs-companion"

func (s *session) authorize(_ context.Context, r *http.Request) error {
	r.Header.Set("Authorization", "Bearer "+s.key)
	r.Header.Set("User-Agent", userAgent)
	return nil
}

// read takes the answer to a call of the client as a T. Every refusal becomes an error that says what helps.
func read[T any](s *session, res *http.Response, err error) (T, error) {
	var v T
	if err != nil {
		return v, s.unreachable(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return v, s.unreachable(err)
	}
	if res.StatusCode >= http.StatusMultipleChoices {
		return v, s.refused(res, body)
	}
	if len(body) == 0 {
		return v, nil
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return v, fmt.Errorf("%s does not answer as the platform does (%w): check --server", s.server, err)
	}
	return v, nil
}

// unreachable says why a request had no answer.
func (s *session) unreachable(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // without the address, which is said already
	}
	help := "check the address, or give another by --server or itmanagerjobs login"
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		help = "check how its name is written, or give another address by --server"
	}
	if errors.Is(err, syscall.ECONNREFUSED) && isLocal(s.server) {
		help = "start the platform there with make run, or give another address by --server"
	}
	return fmt.Errorf("cannot reach %s (%w): %s", s.server, err, help)
}

// refusal is an answer that is no success.
type refusal struct {
	status int
	client.ErrorEnvelope

	help string
}

// Error is the message of the platform, with the fields at fault and what helps.
func (r *refusal) Error() string {
	var b strings.Builder
	b.WriteString(r.Message)
	for _, f := range r.Errors {
		fmt.Fprintf(&b, "\n%s %s", f.Field, f.Message)
	}
	if r.help != "" {
		b.WriteString("\n" + r.help)
	}
	if r.RequestID != nil {
		b.WriteString("\nrequest " + *r.RequestID)
	}
	return b.String()
}

func (s *session) refused(res *http.Response, body []byte) error {
	r := &refusal{status: res.StatusCode}
	if json.Unmarshal(body, &r.ErrorEnvelope) != nil || r.Message == "" {
		r.Message = s.server + " answers " + res.Status
	}
	switch res.StatusCode {
	case http.StatusUnauthorized: // it has no body
		r.Message = "the platform does not know this API key, or it has expired"
		r.help = "take another one from " + s.server + "/employer/keys and keep it with itmanagerjobs login"
	case http.StatusForbidden:
		r.help = "give a key that may do this by --key; what yours may do is at " + s.server + "/employer/keys"
	case http.StatusTooManyRequests:
		r.help = "wait " + res.Header.Get("Retry-After") + " seconds"
	case http.StatusNotFound:
		if r.RequestID == nil {
			r.help = "check --server: there is no such platform at this address"
		}
	}
	return r
}

// checkAddress checks an address that a person gave by a flag, and takes a slash off its end.
func checkAddress(flag, address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return "", fmt.Errorf("%s is %q, which is no address: write one with http:// or https://, for example http://127.0.0.1:8080", flag, address)
	}
	return strings.TrimRight(address, "/"), nil
}

func isLocal(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
