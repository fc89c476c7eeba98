package inbound

import "strings"

// EnvelopeOf makes the envelope of a message that comes without one, as mail providers hand it on. to is the recipient's
// address; when it is "", the recipient is the first address for applications in the header To. The recipient's domain
// counts as ours. The return path is the header Return-Path, or the author without that header. Reference is "" when no
// recipient is an address for applications. Error: *UnreadableError.
func EnvelopeOf(raw []byte, to string) (Envelope, error) {
	h, _ := splitHeader(raw)
	var e Envelope
	if h.has("return-path") {
		e.From = strings.Trim(strings.TrimSpace(h.get("return-path")), "<>")
	} else {
		var err error
		if _, e.From, err = author(h); err != nil {
			return Envelope{}, err
		}
	}
	recipients := []string{to}
	if to == "" {
		recipients = nil
		for _, f := range h {
			if f.name == "to" {
				recipients = append(recipients, anyAddress.FindAllString(toUTF8(f.value), -1)...)
			}
		}
	}
	for _, address := range recipients {
		domain := address[strings.LastIndexByte(address, '@')+1:]
		if reference, ok := ReferenceOf(address, domain); ok && domain != "" {
			e.Reference, e.Domain = reference, domain
			break
		}
	}
	return e, nil
}
