package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/webhooks"
	"itmanagerjobs/webhooks/mail"
)

// senderAddress is where emails come from when SMTP_URL names no user that is an address.
const senderAddress = "no-reply@itmanagerjobs.example"

// guard judges where deliveries may go, for the engine that sends them and for the API that takes their addresses.
func (a *app) guard() webhooks.Guard {
	return webhooks.Guard{AllowInsecure: a.cfg.Webhook.AllowInsecure}
}

// startDeliveries runs the engine of this copy. stop returns when what was on its way is recorded and other copies may
// go on with the rest; it may be called twice. public is the address of this platform.
func (a *app) startDeliveries(s *store.Store, public string, registerer prometheus.Registerer) (stop func() error, err error) {
	address, err := url.Parse(public)
	if err != nil {
		return nil, fmt.Errorf("PUBLIC_URL: %w", err)
	}
	queue, err := s.OpenQueue(outbox.QueueOptions{})
	if err != nil {
		return nil, err
	}
	config := webhooks.Config{
		Queue: queue,
		Client: webhooks.NewClient(webhooks.ClientOptions{
			Timeout: a.cfg.Webhook.Timeout, Guard: a.guard(), UserAgent: board.WebhookUserAgent, Now: time.Now,
		}),
		Log: a.log, Registerer: registerer, Now: a.now, Monotonic: time.Now, Jitter: rand.Float64,
		InFlight: a.cfg.Webhook.InFlight, Origin: address.Hostname(), PublicURL: public,
		Schedules: webhooks.Schedules(
			webhooks.Schedule{Delays: a.cfg.Webhook.Delays, MaxAttempts: a.cfg.Webhook.MaxAttempts},
			a.cfg.Webhook.ProfileDelays, a.cfg.Webhook.ProfileMaxAttempts,
		),
		PushSchedule: webhooks.Schedule{Delays: a.cfg.Webhook.PushDelays, MaxAttempts: a.cfg.Webhook.PushMaxAttempts},
		// What is on its way ends within its timeout, and a little is left for recording it.
		Grace: a.cfg.Webhook.Timeout + time.Second,
	}
	if a.cfg.SMTPURL != nil {
		smtp, err := mail.NewSMTP(a.cfg.SMTPURL, senderAddress)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("SMTP_URL: %w", err), queue.Close())
		}
		config.Mail = smtp
	}
	engine, err := webhooks.New(config)
	if err != nil {
		return nil, errors.Join(err, queue.Close())
	}
	engine.Start()
	return sync.OnceValue(func() error {
		engine.Stop()
		return queue.Close()
	}), nil
}
