package session

import (
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
