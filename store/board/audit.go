package board

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// AuditActor tells what acted.
type AuditActor string

// The kinds of actors, as stored and as published.
const (
	AuditUser     AuditActor = "User"     // a person who is signed in to the portal
	AuditKey      AuditActor = "Key"      // an API key
	AuditOperator AuditActor = "Operator" // the people who run the program
)

// AllAuditActors lists every AuditActor.
func AllAuditActors() []AuditActor { return []AuditActor{AuditUser, AuditKey, AuditOperator} }

// Valid reports whether k is one of AllAuditActors.
func (k AuditActor) Valid() bool { return k == AuditUser || k == AuditKey || k == AuditOperator }

// Act is who did what, and from where. It names people by their numbers alone.
type Act struct {
	EmployerID int64
	// Mode is that of the data that was changed; empty for the account itself.
	Mode  Mode
	Actor AuditActor
	// ActorID is the number of the user or of the key; 0 for an operator.
	ActorID int64
	// Action is the name of an operation of the contract where there is one for it, such as createJob.
	Action string
	// Objects are what was changed, as the paths of the API have it, such as jobs/12.
	Objects []string
	// Address is the network address that the request came from; empty for an operator, and of an act that is older than AuditAddressKept.
	Address string
	// Seal is the salt that Address goes into the hash with, and the digest of both once the address is gone. It is empty where there was none.
	Seal []byte
}

const (
	// AuditAddressKept is how long an act has its network address, which is personal data.
	AuditAddressKept = 365 * 24 * time.Hour
	// AuditSaltSize is that of the salt of an address, in bytes: nobody finds the address by trying all of them.
	AuditSaltSize = 16
)

// AddressGone tells whether the act had an address that it has no more.
func (a Act) AddressGone() bool { return a.Address == "" && len(a.Seal) > 0 }

// sealed is what stands for the address in the hash, so that the hash stays true when the address is gone.
func (a Act) sealed() string {
	switch {
	case a.AddressGone():
		return hex.EncodeToString(a.Seal)
	case a.Address == "":
		return ""
	}
	sum := sha256.Sum256(append(slices.Clone(a.Seal), a.Address...))
	return hex.EncodeToString(sum[:])
}

// AuditHash is the hash of an entry of the audit log: of the hash of the entry before, the entry's number and all that it says.
func AuditHash(before []byte, number int64, at time.Time, a Act) ([]byte, error) {
	line, err := AuditLine(at, a)
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	h.Write(before)
	h.Write([]byte(strconv.FormatInt(number, 10) + "\n" + line))
	return h.Sum(nil), nil
}

// AuditLine is an act as the text that its hash is made from.
func AuditLine(at time.Time, a Act) (string, error) {
	objects := a.Objects
	if objects == nil {
		objects = []string{}
	}
	line, err := json.Marshal([]any{a.EmployerID, at.UTC().Format(time.RFC3339Nano), a.Mode, a.Actor, a.ActorID, a.Action, objects, a.sealed()})
	if err != nil {
		return "", fmt.Errorf("encode an entry of the audit log: %w", err)
	}
	return string(line), nil
}
