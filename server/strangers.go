package server

import (
	"net/http"

	"itmanagerjobs/server/contract"
	"itmanagerjobs/store/board"
)

// The files about applications of strangers, which move to the package server/intake, still use these names.
const bodyField = contract.BodyField

func appendName(field, name string) string { return contract.AppendName(field, name) }

func didYouMean(name string, known []string) string { return contract.DidYouMean(name, known) }

func bodyOf(r *http.Request) ([]byte, error) { return contract.Body(r) }

type problems struct{ fields []board.FieldError }

func (p *problems) add(field, code, message string) {
	p.fields = append(p.fields, board.FieldError{Field: field, Code: code, Message: message})
}

func invalidParameters(fields []board.FieldError) error {
	return contract.InvalidParameters(fields...)
}
