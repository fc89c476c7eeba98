package inbound

import (
	"context"
	"strconv"
	"strings"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/pipeline"
)

// Delivery makes applications of messages. It is the Deliverer of the SMTP server, and takes the messages that a mail
// provider hands on over HTTP.
type Delivery struct {
	Store *store.Store
	// PublicURL is what the links in the applicant's confirmation begin with, without a slash at its end.
	PublicURL string
}

// Deliver takes a message for a live job. Its address alone says whose job is meant. One that comes twice is one
// application, also when the job was closed meanwhile. Errors: those of store.JobOfAddress and store.Apply.
func (d Delivery) Deliver(ctx context.Context, m Message) error {
	employerID, reference, err := d.Store.Pipeline.JobOfAddress(ctx, m.Reference)
	if err != nil {
		return err
	}
	_, err = d.apply(ctx, board.Tenant{EmployerID: employerID, Mode: board.ModeLive}, reference, m)
	return err
}

// DeliverTo takes a message for a job of one tenant, and gives the number of the application. One that comes twice is
// one application. Errors: those of store.Apply.
func (d Delivery) DeliverTo(ctx context.Context, t board.Tenant, m Message) (applicationID int64, err error) {
	reference, err := d.ownReference(ctx, t, m.Reference)
	if err != nil {
		return 0, err
	}
	return d.apply(ctx, t, reference, m)
}

// ReadAhead reads the CV of a message that DeliverTo is about to take in a transaction, see pipeline.ReadAhead. Errors: those of
// DeliverTo, which finds them again.
func (d Delivery) ReadAhead(ctx context.Context, t board.Tenant, m Message) (context.Context, error) {
	reference, err := d.ownReference(ctx, t, m.Reference)
	if err != nil {
		return ctx, err
	}
	return d.Store.Pipeline.ReadAhead(ctx, d.application(t, reference, m))
}

func (d Delivery) apply(ctx context.Context, t board.Tenant, reference string, m Message) (applicationID int64, err error) {
	a, err := d.Store.Pipeline.Apply(ctx, d.application(t, reference, m))
	return a.ID, err
}

// application is what a message says.
func (d Delivery) application(t board.Tenant, reference string, m Message) pipeline.ApplyParams {
	return pipeline.ApplyParams{
		Mode: t.Mode, EmployerID: t.EmployerID, Reference: reference,
		Applicant: m.Applicant, Taken: m.CV, Unread: m.Unread, Source: board.SourceEmail, UUID: m.Identity(reference), PublicURL: d.PublicURL,
		Network: m.Network,
	}
}

// ownReference takes the tenant's number from the reference of an address, EMPLOYER.REFERENCE or REFERENCE. It tries the
// first reading first, and each in the letters that were written before it tries those of another case, as
// store.JobOfAddress does.
func (d Delivery) ownReference(ctx context.Context, t board.Tenant, written string) (string, error) {
	// PostgreSQL takes no other text.
	written = strings.ReplaceAll(strings.ToValidUTF8(written, "\uFFFD"), "\x00", "")
	readings := []string{written}
	if own, ok := strings.CutPrefix(written, strconv.FormatInt(t.EmployerID, 10)+"."); ok {
		readings = []string{own, written}
	}
	for _, reference := range readings {
		page, err := d.Store.Jobs.Jobs(ctx, t, job.Query{Filter: job.Filter{Reference: reference}, Limit: 1})
		if err != nil || len(page.Items) > 0 {
			return reference, err
		}
		if t.Mode != board.ModeLive {
			continue
		}
		if other, err := d.Store.Pipeline.ReferenceOfAddress(ctx, t.EmployerID, reference); err != nil || other != reference {
			return other, err
		}
	}
	return written, nil
}
