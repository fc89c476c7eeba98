package board

// File is what is known of a file without its bytes.
type File struct {
	ID int64
	// Name is safe to offer for saving, and MediaType is by the content that was checked, not by what its sender said.
	Name      string
	MediaType string
	// Size is in bytes.
	Size   int64
	SHA256 []byte
	// TextProblem says why no text could be read of it, "" when there is some.
	TextProblem string
}

// Push is an application as it is posted to the employer's endpoint. It holds personal data and a secret: it is not for
// logs.
type Push struct {
	ApplicationID int64
	// URL is where the job wants pushes to go now, "" when it does not want them any more.
	URL       string
	Reference string
	Applicant Applicant
	// UUID is the same on all attempts; Secret signs it.
	UUID   string
	Secret string
	Trace  Trace
	// CV is nil when there is none; it does not hold the bytes.
	CV *File
}
