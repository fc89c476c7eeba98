// Package careerjet has the Careerjet protocol, by which job boards push applications to an employer's server: a multipart POST
// and a short JSON answer. The platform both receives and sends applications by it.
//
// The package encodes and decodes. It opens no connection and no file, stores nothing, and does not decide which job an
// application belongs to or whether a region is accepted.
package careerjet

import (
	"crypto/md5" //nolint:gosec // the protocol demands it; the receiver also compares the content of applications with the same uuid
	"crypto/subtle"
	"encoding/hex"
	"strings"
)

// Application has the fields of the protocol. PhoneNumber and CoverLetter may be empty.
type Application struct {
	// JobID is the reference of the job, as in the feed.
	JobID                      string
	FirstName, LastName, Email string
	PhoneNumber                string
	// CV is nil when there is none.
	CV          *File
	CoverLetter string
	// UUID identifies the application at its sender: the same UUID means the same application. The signature covers the
	// UUID alone, so the receiver must compare the content, too.
	UUID string
	// CandidateIP and CandidateUserAgent are claims of the sender. They are not checked.
	CandidateIP, CandidateUserAgent string
	// SourceSignature is the signature of the sender, see Sign.
	SourceSignature string
}

// File is an uploaded file. MediaType is a claim of the sender.
type File struct {
	Name, MediaType string
	Content         []byte
	// TooLarge means that there was more than MaxCV; then Content is empty.
	TooLarge bool
}

// Sign returns the source_signature of an application by the rule of the protocol: the hexadecimal MD5 of the uuid followed by
// the secret.
func Sign(uuid, secret string) string {
	sum := md5.Sum([]byte(uuid + secret)) //nolint:gosec // see the import
	return hex.EncodeToString(sum[:])
}

// Verify reports, in constant time, whether the application is signed with the secret. It returns false for an empty secret, and
// for an application without a uuid.
func (a Application) Verify(secret string) bool {
	if secret == "" || a.UUID == "" {
		return false
	}
	// Capital letters are valid hexadecimal digits, too.
	given := strings.ToLower(strings.TrimSpace(a.SourceSignature))
	// Programs that read the parts from files send the end of a line, which they have not signed.
	return subtle.ConstantTimeCompare([]byte(given), []byte(Sign(a.UUID, secret)))|
		subtle.ConstantTimeCompare([]byte(given), []byte(Sign(strings.TrimSpace(a.UUID), secret))) == 1
}
