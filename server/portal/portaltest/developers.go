package portaltest

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/webhooks"
)

// KeyForm is the form of a new key, as the page offers it, with a name and a scope.
func (b *Browser) KeyForm(name string) url.Values {
	b.T.Helper()
	m := HiddenForm.FindStringSubmatch(b.Get("/employer/keys/new").Body)
	if m == nil {
		b.T.Fatal("the page has no form")
	}
	return url.Values{"form": {m[1]}, "name": {name}, "scopes": {"JobPosting"}, "mode": {"live"}}
}

// PlainKey finds a key on a page.
var PlainKey = regexp.MustCompile(`[pr]k_(live|test)_[0-9A-Za-z]{38}`)

// FormID is the hidden id of the form on a page, which works once.
func (b *Browser) FormID(path string) string {
	b.T.Helper()
	m := HiddenForm.FindStringSubmatch(b.Get(path).Body)
	if m == nil {
		b.T.Fatalf("%s has no form that works once", path)
	}
	return m[1]
}

// Deliver runs the delivery engine over the site's store until the test ends.
func (s *Site) Deliver() {
	s.T.Helper()
	queue, err := s.Store.OpenQueue(outbox.QueueOptions{})
	if err != nil {
		s.T.Fatal(err)
	}
	s.T.Cleanup(func() { _ = queue.Close() })
	engine, err := webhooks.New(webhooks.Config{
		Queue: queue, Now: s.Clock.Now, Monotonic: time.Now, Jitter: func() float64 { return 0 }, PublicURL: s.URL,
		SweepEvery: 50 * time.Millisecond, RenewEvery: 100 * time.Millisecond,
		Client: webhooks.NewClient(webhooks.ClientOptions{
			Guard: webhooks.Guard{AllowInsecure: true}, Timeout: 10 * time.Second, UserAgent: delivery.UserAgent, Now: time.Now,
		}),
	})
	if err != nil {
		s.T.Fatal(err)
	}
	engine.Start()
	s.T.Cleanup(engine.Stop)
}

// WebhookForm is the form of a new webhook, as the page offers it.
func (b *Browser) WebhookForm(address string, events ...string) url.Values {
	b.T.Helper()
	m := HiddenForm.FindStringSubmatch(b.Get("/employer/webhooks/new").Body)
	if m == nil {
		b.T.Fatal("the page has no form")
	}
	form := url.Values{"form": {m[1]}, "profile": {"native"}, "url": {address}}
	for _, e := range events {
		noun, _, _ := strings.Cut(e, ".")
		form.Add("events-"+noun, e)
	}
	return form
}

// AddWebhook adds a webhook that gets some events.
func (b *Browser) AddWebhook(address string, events ...string) {
	b.T.Helper()
	b.Post("/employer/webhooks", b.WebhookForm(address, events...)).Wants(b.T, http.StatusCreated, "only time")
}

// Until opens a page until it says something.
func (b *Browser) Until(path, text string) Answer {
	b.T.Helper()
	for end := time.Now().Add(20 * time.Second); ; {
		a := b.Get(path)
		if strings.Contains(html.UnescapeString(a.Body), text) {
			return a
		}
		if time.Now().After(end) {
			b.T.Fatalf("%s does not come to say %q:\n%s", path, text, a.Body)
		}
	}
}
