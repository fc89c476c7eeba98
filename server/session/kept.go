package session

import (
	"net/http"
	"net/url"
	"strings"
)

// WithoutSecrets is what of a form may be kept: without passwords, codes and passkeys, and without the id of the form, which works
// once.
func WithoutSecrets(values url.Values) url.Values {
	kept := url.Values{}
	for name, v := range values {
		lower := strings.ToLower(name)
		secret := strings.Contains(lower, "password") || strings.Contains(lower, "code") || name == "credential" || name == "challenge"
		if !secret && name != "form" && name != "next" && name != "kept" {
			kept[name] = v
		}
	}
	return kept
}

const (
	// SentTo is the name under which what is kept of a form has the address that it was sent to.
	SentTo = "sent-to"
	// MaxKept is how much is kept of a form, in bytes, as encoded.
	MaxKept = 16 << 10
)

// KeptOf is what is kept of the form of a request while somebody is asked for something else; empty when it is too much.
func KeptOf(r *http.Request) string {
	values := WithoutSecrets(r.PostForm)
	values.Set(SentTo, r.URL.RequestURI())
	if kept := values.Encode(); len(kept) <= MaxKept {
		return kept
	}
	return ""
}
