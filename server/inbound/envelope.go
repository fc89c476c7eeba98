package inbound

import (
	"bytes"
	"net/mail"
	"strings"

	"github.com/emersion/go-message"
)

// EnvelopeOf makes the envelope of a message that comes without one, as mail providers hand it on. to is the recipient's
// address; when it is "", the recipient is the first address for applications in the header To. The recipient's domain
// counts as ours. The return path is the header Return-Path, or the author without that header. Reference is "" when no
// recipient is an address for applications. Error: *UnreadableError.
func EnvelopeOf(raw []byte, to string) (Envelope, error) {
	entity, err := message.ReadWithOptions(bytes.NewReader(raw), &message.ReadOptions{MaxHeaderBytes: maxHeader})
	if err != nil && !readable(err) {
		return Envelope{}, &UnreadableError{Reason: "the header of the message cannot be read"}
	}
	var e Envelope
	if entity.Header.Has("Return-Path") {
		e.From = strings.Trim(strings.TrimSpace(entity.Header.Get("Return-Path")), "<>")
	} else if _, e.From, err = author(&entity.Header); err != nil {
		return Envelope{}, err
	}
	recipients := []string{to}
	if to == "" {
		recipients = nil
		for line := entity.Header.FieldsByKey("To"); line.Next(); {
			// A line that cannot be read names nobody.
			addresses, _ := mail.ParseAddressList(line.Value())
			for _, a := range addresses {
				recipients = append(recipients, a.Address)
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
