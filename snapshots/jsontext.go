package snapshots

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// decode reads one JSON value and keeps numbers as they are written.
func decode(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON value")
	}
	return v, nil
}

// encode writes a value for people and for diffs: indented, keys sorted, markup as it is.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("snapshots: a decoded value does not encode: %v", err))
	}
	return b.Bytes()
}

// text is one form for equal values.
func text(v any) string { return string(encode(v)) }

// short is a value within a sentence.
func short(v any) string {
	const enough = 200
	s := strings.Join(strings.Fields(text(v)), " ")
	if len(s) > enough {
		return s[:enough] + "…"
	}
	return s
}
