package inbound

import "bytes"

// oidSignedData is the content type of a message that is signed, and not encrypted (RFC 5652, 5.1).
var oidSignedData = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02}

// Tags of ASN.1 (X.690).
const (
	tagOctets   = 0x04
	tagOID      = 0x06
	tagSequence = 0x30
	tagContext0 = 0xa0
	constructed = 0x20

	maxElements = 20_000
)

// signedContent gives the message within an S/MIME message that is signed as a whole; ok is false for one that is encrypted, and for
// what cannot be read. The signature is not verified: the author line of no other message is either.
func signedContent(b []byte) (content []byte, ok bool) {
	r := berReader{left: maxElements}
	outer := r.enter(b, tagSequence)
	kind, rest, _ := r.next(outer)
	if kind.tag != tagOID || !bytes.Equal(kind.content, oidSignedData) {
		return nil, false
	}
	signed := r.enter(r.enter(rest, tagContext0), tagSequence)
	for range 3 { // version, algorithms, content
		var e berElement
		if e, signed, ok = r.next(signed); !ok {
			return nil, false
		}
		if e.tag == tagSequence {
			_, wrapped, _ := r.next(e.content)
			octets, _, _ := r.next(r.enter(wrapped, tagContext0))
			content = r.octets(octets)
			return content, len(content) > 0
		}
	}
	return nil, false
}

// berElement is an element of ASN.1. content has what is between its head and its end.
type berElement struct {
	tag     byte
	content []byte
}

// berReader reads elements, and at most so many: mail comes from strangers.
type berReader struct{ left int }

// enter gives the content of the first element, if it has the tag.
func (r *berReader) enter(b []byte, tag byte) []byte {
	e, _, ok := r.next(b)
	if !ok || e.tag != tag {
		return nil
	}
	return e.content
}

// octets joins the pieces of a text of bytes.
func (r *berReader) octets(e berElement) []byte {
	switch e.tag {
	case tagOctets:
		return e.content
	case tagOctets | constructed:
		var all []byte
		for rest := e.content; len(rest) > 0; {
			var piece berElement
			var ok bool
			if piece, rest, ok = r.next(rest); !ok || piece.tag != tagOctets {
				break
			}
			all = append(all, piece.content...)
		}
		return all
	}
	return nil
}

// next reads the first element, whose length may be left open (X.690, 8.1.3.6); then it ends at two zeros.
func (r *berReader) next(b []byte) (e berElement, rest []byte, ok bool) {
	e.tag, b, rest, ok = r.head(b)
	if !ok {
		return e, nil, false
	}
	if b != nil {
		e.content = b
		return e, rest, true
	}
	// The length is open: the elements in it are gone through, with those in them whose length is open, too.
	body := rest
	for depth := 1; depth > 0; {
		if len(rest) < 2 {
			e.content = body // one that breaks off
			return e, nil, true
		}
		if rest[0] == 0 && rest[1] == 0 {
			if depth--; depth == 0 {
				e.content = body[:len(body)-len(rest)]
			}
			rest = rest[2:]
			continue
		}
		var inner []byte
		if _, inner, rest, ok = r.head(rest); !ok {
			return e, nil, false
		}
		if inner == nil {
			depth++
		}
	}
	return e, rest, true
}

// head reads the head of an element. content is nil, and rest what follows the head, when the length is left open. A length beyond the end is cut.
func (r *berReader) head(b []byte) (tag byte, content, rest []byte, ok bool) {
	if r.left--; r.left < 0 || len(b) < 2 || b[0]&0x1f == 0x1f {
		return 0, nil, nil, false
	}
	tag, b = b[0], b[1:]
	n := int(b[0])
	b = b[1:]
	switch {
	case n == 0x80:
		return tag, nil, b, true
	case n > 0x84 || n > 0x80 && len(b) < n-0x80:
		return 0, nil, nil, false
	case n > 0x80:
		size := 0
		for _, c := range b[:n-0x80] {
			size = size<<8 | int(c)
		}
		b, n = b[n-0x80:], size
	}
	n = min(n, len(b))
	return tag, b[:n:n], b[n:], true
}
