// Package careerjet is the form in which job boards push an application to an employer's server: one multipart POST
// and a short JSON answer. The receiver of applications and the sender both speak it through this package.
//
// It is bytes in, values out, and the other way round: it opens no connection and no file, keeps nothing, and decides
// neither which job an application belongs to nor whether a region is wanted.
package careerjet

import (
	"crypto/md5" //nolint:gosec // the protocol's signature; what it lacks, the content hash of an application makes up for (R18)
	"crypto/subtle"
	"encoding/hex"
	"strings"
)

// Application is one application as it travels. PhoneNumber and CoverLetter may be empty.
type Application struct {
	// JobID is the reference of the job, as the feed bears it.
	JobID                      string
	FirstName, LastName, Email string
	PhoneNumber                string
	// CV is nil when none came.
	CV          *File
	CoverLetter string
	// UUID names the application: whoever repeats it means the same one (R18). The signature covers it alone, so the
	// receiver must compare the content too.
	UUID string
	// CandidateIP and CandidateUserAgent are as the sender saw them, unchecked.
	CandidateIP, CandidateUserAgent string
	SourceSignature                 string
}

// File is an uploaded file. MediaType is the sender's claim.
type File struct {
	Name, MediaType string
	Content         []byte
}

// Sign gives the source_signature of an application: hex MD5 of the uuid followed by the secret (1.20).
func Sign(uuid, secret string) string {
	sum := md5.Sum([]byte(uuid + secret)) //nolint:gosec // see the import
	return hex.EncodeToString(sum[:])
}

// Verify tells, in constant time, whether the application is signed with the secret. Nothing is ever signed with an
// empty secret, and an application without a uuid never is.
func (a Application) Verify(secret string) bool {
	if secret == "" || a.UUID == "" {
		return false
	}
	// Hexadecimal in capitals says the same.
	given := strings.ToLower(strings.TrimSpace(a.SourceSignature))
	return subtle.ConstantTimeCompare([]byte(given), []byte(Sign(a.UUID, secret))) == 1
}
