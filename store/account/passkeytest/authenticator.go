// Package passkeytest is an authenticator that makes passkeys and uses them, as a browser with a security key does (W3C Web
// Authentication Level 3). It is for tests alone.
package passkeytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"testing"
)

// Authenticator keeps one passkey.
type Authenticator struct {
	t testing.TB
	// Origin is what the browser says that it is at.
	Origin string
	key    *ecdsa.PrivateKey
	id     []byte
	handle []byte
	// Count is the number of uses that it tells next.
	Count uint32
	// Unverified makes it say that it has not looked who uses it.
	Unverified bool
}

// New makes an authenticator that works at an origin, such as "http://localhost:8080".
func New(t testing.TB, origin string) *Authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &Authenticator{t: t, Origin: origin, key: key, id: []byte(rand.Text()), Count: 1}
}

type options struct {
	Challenge string `json:"challenge"`
	RPID      string `json:"rpId"`
	RP        struct {
		ID string `json:"id"`
	} `json:"rp"`
	User struct {
		ID string `json:"id"`
	} `json:"user"`
}

func (a *Authenticator) parse(text string) options {
	a.t.Helper()
	var o options
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		a.t.Fatalf("options %q: %v", text, err)
	}
	return o
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (a *Authenticator) clientData(kind, challenge string) []byte {
	return a.json(map[string]any{"type": kind, "challenge": challenge, "origin": a.Origin, "crossOrigin": false})
}

func (a *Authenticator) json(v any) []byte {
	a.t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		a.t.Fatal(err)
	}
	return b
}

// data is the authenticator data (section 6.1): the site, what was looked at, and the number of uses.
func (a *Authenticator) data(rp string, flags byte) []byte {
	site := sha256.Sum256([]byte(rp))
	flags |= 0x01 // somebody is there
	if !a.Unverified {
		flags |= 0x04 // it is the one
	}
	return binary.BigEndian.AppendUint32(append(site[:], flags), a.Count)
}

// Create answers a challenge with a new passkey.
func (a *Authenticator) Create(creation string) string {
	a.t.Helper()
	o := a.parse(creation)
	handle, err := base64.RawURLEncoding.DecodeString(o.User.ID)
	if err != nil {
		a.t.Fatal(err)
	}
	a.handle = handle
	point, err := a.key.PublicKey.Bytes()
	if err != nil {
		a.t.Fatal(err)
	}
	data := a.data(o.RP.ID, 0x40) // a key is attached
	a.Count++
	data = append(data, make([]byte, 16)...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.id))) //nolint:gosec // a few bytes
	data = append(data, a.id...)
	// The key in COSE (RFC 9053): EC2, ES256, P-256, x, y.
	data = append(data, 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20)
	data = append(data, point[1:33]...)
	data = append(data, 0x22, 0x58, 0x20)
	data = append(data, point[33:]...)
	// {"fmt": "none", "attStmt": {}, "authData": data} in CBOR (RFC 8949).
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), byte(len(data))) //nolint:gosec // fewer than 256 bytes
	return a.answer(map[string]any{
		"clientDataJSON": encode(a.clientData("webauthn.create", o.Challenge)), "attestationObject": encode(append(object, data...)), "transports": []string{"internal"},
	})
}

// Use answers a challenge with the passkey.
func (a *Authenticator) Use(request string) string {
	a.t.Helper()
	o := a.parse(request)
	data, client := a.data(o.RPID, 0), a.clientData("webauthn.get", o.Challenge)
	clientHash := sha256.Sum256(client)
	signed := sha256.Sum256(append(slices.Clip(data), clientHash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, signed[:])
	if err != nil {
		a.t.Fatal(err)
	}
	a.Count++
	return a.answer(map[string]any{
		"clientDataJSON": encode(client), "authenticatorData": encode(data), "signature": encode(signature), "userHandle": encode(a.handle),
	})
}

func (a *Authenticator) answer(response map[string]any) string {
	return string(a.json(map[string]any{
		"id": encode(a.id), "rawId": encode(a.id), "type": "public-key", "clientExtensionResults": map[string]any{}, "response": response,
	}))
}
