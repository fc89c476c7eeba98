package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// object is a JSON object that keeps the order of its members, so that the document that is written reads like the one
// that was read. The other values are those of encoding/json, with json.Number for numbers.
type object struct {
	names  []string
	values map[string]any
}

// newObject takes names and values in turn.
func newObject(members ...any) *object {
	o := &object{values: map[string]any{}}
	for i := 0; i+1 < len(members); i += 2 {
		name, _ := members[i].(string)
		o.set(name, members[i+1])
	}
	return o
}

// set replaces a member where it stands, or adds it at the end.
func (o *object) set(name string, value any) {
	if _, ok := o.values[name]; !ok {
		o.names = append(o.names, name)
	}
	o.values[name] = value
}

// replace puts a member in the place of another.
func (o *object) replace(old, name string, value any) {
	at := slices.Index(o.names, old)
	delete(o.values, old)
	o.names[at] = name
	o.values[name] = value
}

func (o *object) remove(name string) {
	delete(o.values, name)
	o.names = slices.DeleteFunc(o.names, func(n string) bool { return n == name })
}

func (o *object) has(name string) bool {
	_, ok := o.values[name]
	return ok
}

// child is nil when the member is not there or is no object.
func (o *object) child(name string) *object {
	inner, _ := o.values[name].(*object)
	return inner
}

// MarshalJSON implements json.Marshaler.
func (o *object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, name := range o.names {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := write(&b, name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := write(&b, o.values[name]); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// write encodes a value with markup as it is.
func write(b *bytes.Buffer, value any) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	return e.Encode(value)
}

// format is the form of all contracts in the repository.
func format(o *object) ([]byte, error) {
	var plain, indented bytes.Buffer
	if err := write(&plain, o); err != nil {
		return nil, err
	}
	if err := json.Indent(&indented, bytes.TrimSpace(plain.Bytes()), "", "  "); err != nil {
		return nil, err
	}
	indented.WriteByte('\n')
	return indented.Bytes(), nil
}

func parse(document []byte) (*object, error) {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	value, err := next(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the document")
	}
	o, ok := value.(*object)
	if !ok {
		return nil, errors.New("the document is no object")
	}
	return o, nil
}

// next reads one value.
func next(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		o := newObject()
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			value, err := next(d)
			if err != nil {
				return nil, err
			}
			if o.has(fmt.Sprint(name)) {
				return nil, fmt.Errorf("%v stands twice in one object", name)
			}
			o.set(fmt.Sprint(name), value)
		}
		_, err := d.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			value, err := next(d)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err := d.Token()
		return list, err
	}
	return token, nil
}
