package main

import (
	"context"
	"errors"
	"itmanagerjobs/store/pipeline"
	"net/url"
	"time"

	"itmanagerjobs/server/inbound"
	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
)

// inboundFinish is how long messages that are being taken have to end.
const inboundFinish = 10 * time.Second

// startInbound takes applications by email on an address of its own. stop returns when no message is being taken; what
// was not answered by then is sent again by its sender.
func (a *app) startInbound(s *store.Store, publicURL string) (stop func() error, err error) {
	if a.cfg.InboundSMTPAddr == "" {
		return func() error { return nil }, nil
	}
	l, err := listen("INBOUND_SMTP_ADDR", a.cfg.InboundSMTPAddr)
	if err != nil {
		return nil, err
	}
	domain := a.cfg.InboundDomain
	if domain == "" {
		u, err := url.Parse(publicURL)
		if err != nil {
			return nil, errors.Join(settingError("PUBLIC_URL", withoutURL(err)), l.Close())
		}
		domain = u.Hostname()
	}
	srv := inbound.NewServer(inbound.Config{
		Deliverer: applicant{store: s, publicURL: publicURL}, Log: a.log, Now: time.Now, Domain: domain,
	})
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	a.log.Info("taking applications by email", "address", l.Addr().String(), "domain", domain)
	return func() error {
		ctx, cancel := context.WithTimeout(context.Background(), inboundFinish)
		defer cancel()
		return errors.Join(srv.Shutdown(ctx), <-ended)
	}, nil
}

// applicant hands applications that came by email to the store.
type applicant struct {
	store     *store.Store
	publicURL string
}

// Deliver takes a message as an application. One that comes twice is one application, also when the job was closed
// meanwhile. Errors: those of store.JobOfAddress and store.Apply.
func (a applicant) Deliver(ctx context.Context, m inbound.Message) error {
	employerID, reference, err := a.store.Pipeline.JobOfAddress(ctx, m.Reference)
	if err != nil {
		return err
	}
	_, err = a.store.Pipeline.Apply(ctx, pipeline.ApplyParams{
		Mode: board.ModeLive, EmployerID: employerID, Reference: reference,
		Applicant: m.Applicant, CV: m.CV, Source: board.SourceEmail, UUID: m.Identity(reference), PublicURL: a.publicURL,
	})
	return err
}
