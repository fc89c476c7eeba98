package board

import "slices"

// Precondition is an If-Match (RFC 9110, section 13.1.1). The zero value is always met. Otherwise the object must exist (Any)
// or have one of Versions.
type Precondition struct {
	Set      bool
	Any      bool
	Versions []int64
}

// Check compares the precondition with the version of an object. what names the object in the error.
// Error: precondition_failed.
func (p Precondition) Check(what string, version int64) error {
	if !p.Set || p.Any || slices.Contains(p.Versions, version) {
		return nil
	}
	return Errorf(CodePreconditionFailed, "The %s has changed since you read it. Read it again, apply your change to that and send its ETag as If-Match.", what)
}
