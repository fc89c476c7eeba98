// Package inbound takes applications that come by email to apply+{reference}@…: it reads the message, tells mail of
// programs from mail of people, and delivers the rest as applications. Its SMTP server runs only where it is configured;
// a mail provider that takes mail in our place hands on the same messages over HTTP, through Parse and Delivery.
//
// It must not keep a message, in memory or on disk, and sends no email itself: a sender hears of a refusal from their
// own mail server. Whether a job takes applications is for the store to say. The server and Parse know nothing of the
// store: they hand messages to a Deliverer.
package inbound

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"itmanagerjobs/store/board"
)

// Message is an email that asks to become an application.
type Message struct {
	// Reference is what stands for the job in the recipient's address; see ReferenceOf.
	Reference string
	Applicant board.Applicant
	// CV is nil when no attachment can be one.
	CV *board.CV
	// Unread are the files that were left out.
	Unread  []board.UnreadFile
	Subject string
	// Network is the address of the mail server that sent the message, "" for one that a mail provider has handed on.
	Network string
	// ID is the Message-ID without its brackets, "" when the message has none. It tells that a message comes twice.
	ID string
}

// Identity is the same for a message that comes again, by SMTP or over HTTP, and "" for a message without an ID. Senders
// choose the ID, so two messages are the same only if they also have the same sender and the same job, which reference
// names.
func (m Message) Identity(reference string) string {
	if m.ID == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{m.ID, strings.ToLower(m.Applicant.Email), reference}, "\x00")))
	return "email:" + hex.EncodeToString(sum[:])
}

// Deliverer takes applications. A *board.Error says what the sender is told; any other error makes the sender's server
// try again later.
type Deliverer interface {
	Deliver(ctx context.Context, m Message) error
}
