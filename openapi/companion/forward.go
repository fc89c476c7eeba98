package companion

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"itmanagerjobs/gen/client"
)

// patience is how long an endpoint of a webhook has to answer.
const patience = 10 * time.Second

// forwarder posts events to a program as a webhook of the profile native is posted: docs/webhooks/profiles/native.md.
type forwarder struct {
	url    string
	secret string
	client *http.Client
	now    func() time.Time
}

func newForwarder(address, secret string, skipVerify bool, now func() time.Time) (*forwarder, error) {
	address, err := checkAddress("--forward", address)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		Proxy: nil, // the program is on this machine
		//nolint:gosec // the person asked for it by a flag, for a program of their own
		TLSClientConfig: &tls.Config{InsecureSkipVerify: skipVerify},
	}
	return &forwarder{address, secret, &http.Client{
		Transport: transport, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, now}, nil
}

// post sends an event and tells the status of the answer; failure says why there was none.
func (f *forwarder) post(ctx context.Context, e client.LoggedEvent, attempt int) (status int, millis int64, failure string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url, bytes.NewReader(e.Data))
	if err != nil {
		return 0, 0, err.Error()
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("X-Webhook-Event", e.Type)
	req.Header.Set("X-Webhook-Delivery-Id", strconv.FormatInt(e.ID, 10))
	req.Header.Set("X-Webhook-Attempt", strconv.Itoa(attempt))
	begun := f.now()
	req.Header.Set("X-Webhook-Signature", signature(f.secret, begun, e.Data))
	res, err := f.client.Do(req)
	if err != nil {
		return 0, 0, unanswered(err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16)) // so that the connection is used again
	return res.StatusCode, f.now().Sub(begun).Milliseconds(), ""
}

// unanswered says in a few words why a program did not answer.
func unanswered(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there; start your program, and press r"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer within 10 seconds, which a webhook takes for a failure; answer first and work afterwards"
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return err.Error() + "; --skip-verify takes any certificate"
	}
	return err.Error()
}

// signature is t={unix seconds},v1={hex HMAC-SHA256 of "{t}.{body}"}, as the contract describes X-Webhook-Signature.
func signature(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// signingSecret is what signs the events that are forwarded with a key: always the same one, so that it is set once. It looks
// like that of a webhook, and nobody learns the key from it.
func signingSecret(key string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte("itmanagerjobs listen"))
	return "whsec_" + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
