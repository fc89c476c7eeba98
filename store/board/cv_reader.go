package board

import (
	"bytes"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// usedReaders holds lineReaders for reuse.
var usedReaders = sync.Pool{New: func() any { return &lineReader{dec: new(jsontext.Decoder)} }}

// lineReader reads a JSON value token by token. A field that is null counts as absent.
type lineReader struct {
	dec      *jsontext.Decoder
	in       bytes.Buffer
	line     string // the text of most fields is a part of it
	problems []FieldError
}

func (r *lineReader) begin(line []byte) {
	r.in = *bytes.NewBuffer(line)
	r.dec.Reset(&r.in)
	r.line, r.problems = string(line), nil
}

// text reads a string or the name of a field.
func (r *lineReader) text() (string, error) {
	if r.dec.PeekKind() != jsontext.KindString {
		_, err := r.dec.ReadToken() // says what is wrong, and where
		return "", err
	}
	value, err := r.dec.ReadValue()
	if err != nil {
		return "", err
	}
	if bytes.IndexByte(value, '\\') >= 0 {
		unquoted, err := jsontext.AppendUnquote(nil, value)
		return string(unquoted), err
	}
	end := int(r.dec.InputOffset())
	return r.line[end-len(value)+1 : end-1], nil
}

// is reports whether a value of a kind comes next. It skips a null, and a value of another kind, which is a problem.
func (r *lineReader) is(want jsontext.Kind) (bool, error) {
	kind := r.dec.PeekKind()
	if kind == want {
		return true, nil
	}
	if err := r.dec.SkipValue(); err != nil {
		return false, err
	}
	if kind != jsontext.KindNull {
		r.bad(FieldInvalidType, "must be "+jsonWords(want)+", not "+jsonWords(kind))
	}
	return false, nil
}

// bad records a problem of the value that was read last.
func (r *lineReader) bad(code, message string) {
	r.problems = append(r.problems, FieldError{fieldOf(r.dec.StackPointer()), code, message})
}

func readText[T ~string](r *lineReader, into *T) error {
	is, err := r.is(jsontext.KindString)
	if err != nil || !is {
		return err
	}
	text, err := r.text()
	if err == nil {
		*into = T(text)
	}
	return err
}

// readChoice reads a string that may be absent.
func readChoice[T ~string](r *lineReader, into **T) error {
	var text T
	err := readText(r, &text)
	if text != "" {
		*into = &text
	}
	return err
}

func (r *lineReader) number(into **float64) error {
	is, err := r.is(jsontext.KindNumber)
	if err != nil || !is {
		return err
	}
	token, err := r.dec.ReadToken()
	if err != nil {
		return err
	}
	if n, tooLarge := token.Float(); tooLarge == nil {
		*into = &n
	} else {
		r.bad(FieldOutOfRange, "is too large a number")
	}
	return nil
}

func (r *lineReader) moment(into *time.Time) error {
	var text string
	if err := readText(r, &text); err != nil || text == "" {
		return err
	}
	if at, wrong := time.Parse(time.RFC3339, text); wrong == nil && !at.IsZero() {
		*into = at
	} else {
		r.bad(FieldInvalidFormat, "must be a time with its zone, such as 2026-06-01T00:00:00Z")
	}
	return nil
}

// readList reads the items of a list. An item of a wrong type stays in the list as a zero value, so that the indexes in
// problems are right.
func readList[T any](r *lineReader, into *[]T, item cvField[T]) error {
	is, err := r.is(jsontext.KindBeginArray)
	if err != nil || !is {
		return err
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return err
	}
	const usual = 4 // items
	for r.dec.PeekKind() != jsontext.KindEndArray {
		if *into == nil {
			*into = make([]T, 0, usual)
		}
		*into = append(*into, *new(T))
		if err := item(r, &(*into)[len(*into)-1]); err != nil {
			return err
		}
	}
	_, err = r.dec.ReadToken()
	return err
}

func readObject[T any](fields map[string]cvField[T]) cvField[T] {
	return func(r *lineReader, into *T) error {
		is, err := r.is(jsontext.KindBeginObject)
		if err != nil || !is {
			return err
		}
		if _, err := r.dec.ReadToken(); err != nil {
			return err
		}
		for r.dec.PeekKind() != jsontext.KindEndObject {
			name, err := r.text()
			if err != nil {
				return err
			}
			if read, known := fields[name]; known {
				err = read(r, into)
			} else if err = r.dec.SkipValue(); err == nil {
				r.bad(FieldUnknown, "is not a field of a candidate"+spelling(fields, name))
			}
			if err != nil {
				return err
			}
		}
		_, err = r.dec.ReadToken()
		return err
	}
}
