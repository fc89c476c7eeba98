package developers

import (
	"context"
	"crypto/hmac"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/webhooks/profile"
)

// signatureAge is how old a signature may be for a receiver that follows the contract.
const signatureAge = 300 * time.Second

// inboxSender is the webhook that sent a request, with its secrets. It must not be logged.
type inboxSender struct {
	of      profile.Profile
	signing outbox.Signing
}

// sender reads the webhook of a request; nil for one that was deleted since.
func (p *Pages) sender(ctx context.Context, t board.Tenant, id int64) (*inboxSender, error) {
	s, err := p.Store.Outbox.Subscription(ctx, t, id)
	if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodeNotFound {
		return nil, nil //nolint:nilnil // see above
	}
	if err != nil {
		return nil, err
	}
	signing, err := p.Store.Outbox.Signing(ctx, t, id)
	if err != nil {
		return nil, err
	}
	return &inboxSender{profileOf(s), signing}, nil
}

// verdict is what a receiver that has the secret finds about the signature of a request.
type verdict string

// The verdicts. All but the first refuse the request, apart from signedUnknown, which can't tell.
const (
	signedRight   verdict = "right"
	signedNext    verdict = "next"
	signedOld     verdict = "old"
	signedNot     verdict = "not"
	signedWrong   verdict = "wrong"
	signedUnknown verdict = "unknown"
)

func (v verdict) tag() pages.Tag {
	switch v {
	case signedRight:
		return pages.Tag{Text: "Verifies", Tone: pages.Good}
	case signedUnknown:
		return pages.Tag{Text: "Can't be checked", Tone: pages.Warn}
	case signedNext, signedOld, signedNot, signedWrong:
	}
	return pages.Tag{Text: "Doesn't verify", Tone: pages.Bad}
}

func (v verdict) sentence() string {
	switch v {
	case signedRight:
		return "The signature verifies with the secret of the webhook. If your system refuses it, run the code below with your secret: it says whether the secret, the body or your own code differs."
	case signedNext:
		return "The signature was made with the other of the two secrets of a rotation. Verify with both until the rotation is over."
	case signedOld:
		return "The signature is right, but its time is more than 5 minutes from when the request arrived. Refuse it: somebody may have kept it to send it again."
	case signedNot:
		return "There is no signature. Refuse such a request: anybody can send one."
	case signedUnknown:
		return "The webhook was deleted, or its secret was replaced since: nothing is left to check the signature with."
	case signedWrong:
	}
	return "The signature is not that of this body with the webhook's secret: another secret made it, or the body was changed after signing. Refuse the request."
}

// verdict judges a request. The headers are made anew with each secret that signed at the time, and their signatures compared.
func (s *inboxSender) verdict(q outbox.InboxRequest) verdict {
	if s == nil {
		return signedUnknown
	}
	name, signature := signatureIn(q.Header)
	if signature == "" {
		return signedNot
	}
	at := signedAt(q, signature)
	first, second, known := s.signing.At(q.ReceivedAt)
	if !known {
		return signedUnknown
	}
	switch {
	case s.makes(q, at, first, name, signature):
		if at.Sub(q.ReceivedAt).Abs() > signatureAge {
			return signedOld
		}
		return signedRight
	case second != "" && s.makes(q, at, second, name, signature):
		return signedNext
	}
	return signedWrong
}

// makes reports whether a secret makes a signature.
func (s *inboxSender) makes(q outbox.InboxRequest, at time.Time, secret, name, signature string) bool {
	id := q.DeliveryID
	if n, err := strconv.ParseInt(strings.TrimPrefix(q.Header.Get("Webhook-Id"), "msg_"), 10, 64); err == nil {
		id = n // the signature covers it
	}
	header, err := s.of.Headers(profile.Attempt{DeliveryID: id, Number: 1, At: at, Secret: secret}, q.Body)
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
