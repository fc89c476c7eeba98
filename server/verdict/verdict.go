// Package verdict tells what a receiver that has the secret of a webhook finds about the signature of a request that has arrived at an
// inbox: for the page of the request and for the API alike. It must not show anything, and must not log what it reads.
package verdict

import (
	"context"
	"crypto/hmac"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/webhooks/profile"
)

// signatureAge is how old a signature may be for a receiver that follows the contract.
const signatureAge = 300 * time.Second

// Sender is the webhook that sent a request, with its secrets. It must not be logged.
type Sender struct {
	Profile profile.Profile
	signing outbox.Signing
}

// ReadSender reads the webhook of a request; nil for one that was deleted since.
func ReadSender(ctx context.Context, from *outbox.Store, t board.Tenant, id int64) (*Sender, error) {
	s, err := from.Subscription(ctx, t, id)
	if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodeNotFound {
		return nil, nil //nolint:nilnil // see above
	}
	if err != nil {
		return nil, err
	}
	signing, err := from.Signing(ctx, t, id)
	if err != nil {
		return nil, err
	}
	of, ok := profile.Lookup(s.Profile)
	if !ok {
		of = profile.Native()
	}
	return &Sender{of, signing}, nil
}

// Verdict is what a receiver that has the secret finds about the signature of a request.
type Verdict string

// The verdicts. All but the first refuse the request, apart from Unknown, which can't tell.
const (
	Right    Verdict = "right"
	Next     Verdict = "next"
	Old      Verdict = "old"
	Unsigned Verdict = "not"
	Wrong    Verdict = "wrong"
	Unknown  Verdict = "unknown"
)

// Sentence says for a person what was found, and what to do.
func (v Verdict) Sentence() string {
	switch v {
	case Right:
		return "The signature verifies with the secret of the webhook. If your system refuses it, run the code below with your secret: it says whether the secret, the body or your own code differs."
	case Next:
		return "The signature was made with the other of the two secrets of a rotation. Verify with both until the rotation is over."
	case Old:
		return "The signature is right, but its time is more than 5 minutes from when the request arrived. Refuse it: somebody may have kept it to send it again."
	case Unsigned:
		return "There is no signature. Refuse such a request: anybody can send one."
	case Unknown:
		return "The webhook was deleted, or its secret was replaced since: nothing is left to check the signature with."
	case Wrong:
	}
	return "The signature is not that of this body with the webhook's secret: another secret made it, or the body was changed after signing. Refuse the request."
}

// Judge finds the verdict on a request. The headers are made anew with each secret that signed at the time, and their signatures compared.
func (s *Sender) Judge(q outbox.InboxRequest) Verdict {
	if s == nil {
		return Unknown
	}
	name, signature := signatureIn(q.Header)
	if signature == "" {
		return Unsigned
	}
	at := signedAt(q, signature)
	signers := s.signing.At(q.ReceivedAt)
	if !signers.Known {
		return Unknown
	}
	switch {
	case s.makes(q, at, signers.Secret, name, signature):
		if at.Sub(q.ReceivedAt).Abs() > signatureAge {
			return Old
		}
		return Right
	case signers.Second != "" && s.makes(q, at, signers.Second, name, signature):
		return Next
	case signers.SecondForgotten:
		return Unknown
	}
	return Wrong
}

// makes reports whether a secret makes a signature.
func (s *Sender) makes(q outbox.InboxRequest, at time.Time, secret, name, signature string) bool {
	id := q.DeliveryID
	if n, err := strconv.ParseInt(strings.TrimPrefix(q.Header.Get("Webhook-Id"), "msg_"), 10, 64); err == nil {
		id = n // the signature covers it
	}
	header, err := s.Profile.Headers(profile.Attempt{DeliveryID: id, Number: 1, At: at, Secret: secret}, q.Body)
	if err != nil {
		return false
	}
	for made, values := range header {
		if strings.EqualFold(made, name) {
			return hmac.Equal([]byte(values[0]), []byte(signature))
		}
	}
	return false
}

// signatureIn finds the header with the signature of the secret in use.
func signatureIn(h http.Header) (name, value string) {
	for name, values := range h {
		if strings.HasSuffix(strings.ToLower(name), "-signature") && len(values) > 0 {
			return name, values[0]
		}
	}
	return "", ""
}

// signedAt is the time that a signature names; that of the arrival when it names none.
func signedAt(q outbox.InboxRequest, signature string) time.Time {
	text := q.Header.Get("Webhook-Timestamp")
	if stamp, _, ok := strings.Cut(signature, ",v1="); ok {
		text = strings.TrimPrefix(stamp, "t=")
	}
	if unix, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(unix, 0).UTC()
	}
	return q.ReceivedAt
}
