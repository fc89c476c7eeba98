package account

import (
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// RelyingParty is whom passkeys are made for: the host of the public address (W3C Web Authentication Level 3, section 4). The
// zero value is for an address where browsers know no passkeys.
type RelyingParty struct{ w *webauthn.WebAuthn }

// NewRelyingParty makes the one of an address. Browsers know passkeys at names, not at IP addresses, and over https, or on the
// machine itself.
func NewRelyingParty(publicURL string) (RelyingParty, error) {
	u, err := url.Parse(publicURL)
	if err != nil {
		return RelyingParty{}, fmt.Errorf("public URL: %w", err)
	}
	host := u.Hostname()
	local := host == "localhost" || strings.HasSuffix(host, ".localhost")
	if host == "" || net.ParseIP(host) != nil || u.Scheme != "https" && !local {
		return RelyingParty{}, nil
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: "ITManagerJobs", RPOrigins: []string{u.Scheme + "://" + u.Host},
		// Which device keeps a passkey is not our business.
		AttestationPreference: protocol.PreferNoAttestation,
		// Every passkey signs in without an address and shows that it is the person who uses it.
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{
			Login:        webauthn.TimeoutConfig{Timeout: challengeLasts, TimeoutUVD: challengeLasts},
			Registration: webauthn.TimeoutConfig{Timeout: challengeLasts, TimeoutUVD: challengeLasts},
		},
	})
	if err != nil {
		return RelyingParty{}, fmt.Errorf("relying party of passkeys: %w", err)
	}
	return RelyingParty{w}, nil
}

// Available tells whether passkeys can be made and used.
func (r RelyingParty) Available() bool { return r.w != nil }

// keyHolder is a user with the passkeys, as the library wants it.
type keyHolder struct {
	User

	handle   []byte
	passkeys []webauthn.Credential
}

// WebAuthnID is what authenticators know the user by.
func (h keyHolder) WebAuthnID() []byte { return h.handle }

// WebAuthnName is what people see when they choose among passkeys.
func (h keyHolder) WebAuthnName() string { return h.Email }

// WebAuthnDisplayName is how the person is called.
func (h keyHolder) WebAuthnDisplayName() string { return h.Called() }

// WebAuthnCredentials are the passkeys.
func (h keyHolder) WebAuthnCredentials() []webauthn.Credential { return h.passkeys }

// createOptions are what a browser is asked to make a passkey with, for PublicKeyCredential.parseCreationOptionsFromJSON.
func (r RelyingParty) createOptions(h keyHolder, challenge []byte) (options []byte, session *webauthn.SessionData, err error) {
	exclude := make([]protocol.CredentialDescriptor, len(h.passkeys))
	for i, k := range h.passkeys {
		exclude[i] = k.Descriptor()
	}
	creation, session, err := r.w.BeginRegistration(h, webauthn.WithExclusions(exclude), func(o *protocol.PublicKeyCredentialCreationOptions) error {
		o.Challenge = challenge
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("ask for a new passkey: %w", err)
	}
	options, err = json.Marshal(creation.Response)
	return options, session, err
}

// useOptions are what a browser is asked to use a passkey with: one of a user, or anybody's.
func (r RelyingParty) useOptions(h *keyHolder, challenge []byte) (options []byte, session *webauthn.SessionData, err error) {
	var assertion *protocol.CredentialAssertion
	if h == nil {
		assertion, session, err = r.w.BeginDiscoverableLogin(webauthn.WithChallenge(challenge), webauthn.WithUserVerification(protocol.VerificationRequired))
	} else {
		assertion, session, err = r.w.BeginLogin(h, webauthn.WithChallenge(challenge), webauthn.WithUserVerification(protocol.VerificationPreferred))
	}
	if err != nil {
		return nil, nil, fmt.Errorf("ask for a passkey: %w", err)
	}
	options, err = json.Marshal(assertion.Response)
	return options, session, err
}
