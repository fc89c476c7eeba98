// Package letter words the emails of the job board, and the calendar entries that come with them: what is written to applicants,
// interviewers and employers, and about what.
//
// It must stay pure: it reads no row and no clock, and sends nothing. The store queues what is written here, and webhooks/mail
// sends it.
package letter

// Mail is an email to one person.
type Mail struct {
	To string
	// ReplyTo is the address for replies; empty for the sender.
	ReplyTo string
	Subject string
	Text    string
	HTML    string
	// Unsubscribe is the page that ends emails of this kind, also when a mail program posts to it (RFC 8058); empty for an email that
	// nobody subscribes to.
	Unsubscribe string
	// Calendar is the attached calendar entry; empty for none.
	Calendar Calendar
}
