package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"itmanagerjobs/store/board"
)

// maxJSONDepth is how deep a body may nest; the contract needs four levels. It bounds the recursion of every function
// that walks a body.
const maxJSONDepth = 32

// maxJSONValues is how many values a body may have, those of lists and objects among them. A hundred jobs with all that they may have are a
// quarter of it; each of them, and each name that the contract does not have, takes far longer to check than to send.
const maxJSONValues = 50_000

// BodyField is the field of an error that concerns the body as a whole.
const BodyField = "body"

// DecodeJSON decodes one JSON value. It refuses what encoding/json accepts and parsers disagree on: duplicate names,
// invalid UTF-8, halves of surrogate pairs, anything after the value. It also refuses U+0000, which PostgreSQL cannot
// store. A number becomes a json.Number, as it was written; everything else is as encoding/json decodes into any.
func DecodeJSON(data []byte) (any, *board.FieldError) {
	if at := invalidUTF8(data); at >= 0 {
		return nil, &board.FieldError{Field: BodyField, Code: board.FieldInvalidFormat,
			Message: fmt.Sprintf("must be UTF-8, but is not at byte %d", at+1)}
	}
	d := strictDecoder{dec: jsontext.NewDecoder(bytes.NewBuffer(data)), data: data}
	value, err := d.value()
	if err != nil {
		return nil, d.problem(err)
	}
	if _, err := d.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, &board.FieldError{Field: BodyField, Code: board.FieldInvalidFormat,
			Message: "must hold one JSON value and nothing after it"}
	}
	return value, nil
}

type strictDecoder struct {
	dec  *jsontext.Decoder
	data []byte
	// values is how many there were.
	values int
	// reversed is the path to the fault, innermost step first. It is filled on the way back from an error, so that it
	// costs nothing for a good body.
	reversed []pathStep
}

// pathStep is one step into a JSON value: a name, or an index when name is nil.
type pathStep struct {
	name  *string
	index int
}

var (
	errNUL     = errors.New("U+0000")
	errTooDeep = errors.New("nested too deeply")
	errTooMany = errors.New("too many values")
)

func (d *strictDecoder) value() (any, error) {
	token, err := d.dec.ReadToken()
	if err != nil {
		return nil, err
	}
	if d.values++; d.values > maxJSONValues {
		return nil, errTooMany
	}
	switch token.Kind() {
	case '"':
		return d.text(token)
	case '0':
		return json.Number(token.String()), nil
	case 't', 'f':
		return token.Bool(), nil
	case '{', '[':
		if d.dec.StackDepth() > maxJSONDepth {
			return nil, errTooDeep
		}
		if token.Kind() == '{' {
			return d.object()
		}
		return d.array()
	default:
		return nil, nil //nolint:nilnil // null, the one kind that is left
	}
}

func (d *strictDecoder) object() (any, error) {
	object := map[string]any{}
	for d.dec.PeekKind() != '}' {
		token, err := d.dec.ReadToken()
		if err != nil {
			if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok && errors.Is(err, jsontext.ErrDuplicateName) {
				d.in(syntax.JSONPointer.LastToken())
			}
			return nil, err
		}
		name, err := d.text(token)
		if err != nil {
			d.in(name)
			return nil, err
		}
		if object[name], err = d.value(); err != nil {
			d.in(name)
			return nil, err
		}
	}
	_, err := d.dec.ReadToken()
	return object, err
}

func (d *strictDecoder) array() (any, error) {
	array := []any{}
	for d.dec.PeekKind() != ']' {
		item, err := d.value()
		if err != nil {
			d.reversed = append(d.reversed, pathStep{index: len(array)})
			return nil, err
		}
		array = append(array, item)
	}
	_, err := d.dec.ReadToken()
	return array, err
}

func (d *strictDecoder) text(token jsontext.Token) (string, error) {
	s := token.String()
	if strings.ContainsRune(s, 0) {
		return s, errNUL
	}
	return s, nil
}

func (d *strictDecoder) in(name string) { d.reversed = append(d.reversed, pathStep{name: &name}) }

// path is the field at which the decoder failed.
func (d *strictDecoder) path() string {
	field := ""
	for _, step := range slices.Backward(d.reversed) {
		if step.name != nil {
			field = AppendName(field, *step.name)
		} else {
			field = appendIndex(field, strconv.Itoa(step.index))
		}
	}
	if field == "" {
		return BodyField
	}
	return field
}

func (d *strictDecoder) problem(err error) *board.FieldError {
	switch {
	case errors.Is(err, errNUL):
		return &board.FieldError{Field: d.path(), Code: board.FieldInvalidFormat, Message: "must not contain the character U+0000"}
	case errors.Is(err, jsontext.ErrDuplicateName):
		return &board.FieldError{Field: d.path(), Code: board.FieldDuplicate, Message: "is given twice"}
	case errors.Is(err, errTooDeep):
		return &board.FieldError{Field: BodyField, Code: board.FieldInvalidFormat,
			Message: fmt.Sprintf("must not be nested more than %d levels deep", maxJSONDepth)}
	case errors.Is(err, errTooMany):
		return &board.FieldError{Field: BodyField, Code: board.FieldTooLong,
			Message: fmt.Sprintf("must not have more than %d values in all of its lists and objects", maxJSONValues)}
	case errors.Is(err, io.EOF): // nothing but white space
		return &board.FieldError{Field: BodyField, Code: board.FieldRequired, Message: "is needed, but is blank"}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &board.FieldError{Field: BodyField, Code: board.FieldInvalidFormat, Message: "must be complete JSON, but ends too early"}
	}
	message := "must be valid JSON"
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		at := min(int(syntax.ByteOffset), len(d.data))
		line := 1 + bytes.Count(d.data[:at], []byte{'\n'})
		column := 1 + utf8.RuneCount(d.data[bytes.LastIndexByte(d.data[:at], '\n')+1:at])
		message = fmt.Sprintf("must be valid JSON, but is not at line %d, column %d", line, column)
		if isSurrogateEscape(d.data[at:]) {
			message += ": half of a surrogate pair"
		}
	}
	return &board.FieldError{Field: BodyField, Code: board.FieldInvalidFormat, Message: message}
}

// isSurrogateEscape tells whether data begins with \ud800 to \udfff.
func isSurrogateEscape(data []byte) bool {
	return len(data) >= 4 && data[0] == '\\' && data[1] == 'u' && data[2]|0x20 == 'd' && strings.IndexByte("89abAB"+"cdefCDEF", data[3]) >= 0
}

// invalidUTF8 is the index of the first byte that is not part of a character, -1 when there is none.
func invalidUTF8(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
	return -1
}
