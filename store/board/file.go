package board

// File is a file without its bytes.
type File struct {
	ID int64
	// Name is safe as the name of a download. MediaType follows from the content, not from what the sender has claimed.
	Name      string
	MediaType string
	// Size is in bytes.
	Size   int64
	SHA256 []byte
	// TextProblem says why the file has no text; empty when it has one.
	TextProblem string
}
