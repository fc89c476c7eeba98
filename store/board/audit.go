package board

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
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
	// Address is the network address that the request came from; empty for an operator.
	Address string
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
	line, err := json.Marshal([]any{a.EmployerID, at.UTC().Format(time.RFC3339Nano), a.Mode, a.Actor, a.ActorID, a.Action, objects, a.Address})
	if err != nil {
		return "", fmt.Errorf("encode an entry of the audit log: %w", err)
	}
	return string(line), nil
}
