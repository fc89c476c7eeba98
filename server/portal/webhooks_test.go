package portal_test

import (
	"html"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/webhooks"
	"itmanagerjobs/webhooks/webhooktest"
)

// deliver runs the delivery engine over the site's store until the test ends.
func (s *site) deliver() {
	s.t.Helper()
	queue, err := s.store.OpenQueue(outbox.QueueOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = queue.Close() })
	engine, err := webhooks.New(webhooks.Config{
		Queue: queue, Now: s.clock.Now, Monotonic: time.Now, Jitter: func() float64 { return 0 }, PublicURL: s.url,
		SweepEvery: 10 * time.Millisecond, RenewEvery: 100 * time.Millisecond,
		Client: webhooks.NewClient(webhooks.ClientOptions{
			Guard: webhooks.Guard{AllowInsecure: true}, Timeout: 10 * time.Second, UserAgent: board.WebhookUserAgent, Now: time.Now,
		}),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	engine.Start()
	s.t.Cleanup(engine.Stop)
}

// webhookForm is the form of a new webhook, as the page offers it.
func (b *browser) webhookForm(address string, events ...string) url.Values {
	b.t.Helper()
	m := hiddenForm.FindStringSubmatch(b.get("/employer/webhooks/new").body)
	if m == nil {
		b.t.Fatal("the page has no form")
	}
	form := url.Values{"form": {m[1]}, "profile": {"native"}, "url": {address}}
	for _, e := range events {
		noun, _, _ := strings.Cut(e, ".")
		form.Add("events-"+noun, e)
	}
	return form
}

var webhookSecret = regexp.MustCompile(`whsec_[0-9A-Za-z+/=]{44}`)

func (b *browser) addWebhook(address string, events ...string) {
	b.t.Helper()
	b.post("/employer/webhooks", b.webhookForm(address, events...)).wants(b.t, http.StatusCreated, "only time")
}

// until opens a page until it says something.
func (b *browser) until(path, text string) answer {
	b.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; {
		a := b.get(path)
		if strings.Contains(html.UnescapeString(a.body), text) {
			return a
		}
		if time.Now().After(end) {
			b.t.Fatalf("%s does not come to say %q:\n%s", path, text, a.body)
		}
	}
}

// TestAWebhookFromItsFirstDeliveryToItsEnd is the story of a webhook over HTTP, with a real engine and a real receiver.
func TestAWebhookFromItsFirstDeliveryToItsEnd(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.deliver()
	receiver := webhooktest.New(t, s.clock.Now)
	b := s.browser().signUp("Northwind", "ada@northwind.example")
	b.get("/employer/webhooks").wants(t, http.StatusOK, "No webhook yet", "Add webhook")
	form := b.webhookForm(receiver.URL("/hook"), "job.created")
	created := b.post("/employer/webhooks", form)
	created.wants(t, http.StatusCreated, "Copy the secret now")
	secret := webhookSecret.FindString(html.UnescapeString(created.body))
	again := b.post("/employer/webhooks", form)
	again.wants(t, http.StatusOK, "was added already")
	if secret == "" || strings.Contains(html.UnescapeString(again.body+b.get("/employer/webhooks/1/secret").body), secret) || strings.Contains(s.log.String(), secret) {
		t.Fatalf("the secret %q is shown other than once", secret)
	}

	test := b.post("/employer/webhooks/1/test", nil)
	if !strings.HasPrefix(test.path, "/employer/webhooks/1/deliveries/") {
		t.Fatalf("a test event leads to %s", test.path)
	}
	page := b.until(test.path, ">Delivered<")
	page.wants(t, http.StatusOK, "webhook.test", "Attempts", "First byte", "User-Agent: "+board.WebhookUserAgent, "WEBHOOK_SECRET")
	got := receiver.Requests()[0]
	text := html.UnescapeString(page.body)
	for name := range got.Header {
		if name == "Accept-Encoding" {
			continue
		}
		if line := name + ": " + got.Header.Get(name); !strings.Contains(text, line) {
			t.Errorf("the page does not show %q as it was sent", line)
		}
	}
	if !strings.Contains(text, string(got.Body)) {
		t.Errorf("the page does not show the body %s", got.Body)
	}
	if strings.Contains(text, secret) {
		t.Error("the page shows the secret")
	}
	verifyAsShown(t, text, secret)

	b.post(test.path+"/resend", nil).wants(t, http.StatusOK, "on its way again")
	b.until(test.path, `<strong>2</strong>`)
	b.until("/employer/webhooks", "2 delivered")
	b.get("/employer/webhooks/1").wants(t, http.StatusOK, "webhook.test", "200")
	b.get("/employer/webhooks/1?status=DeadLetter").wants(t, http.StatusOK, "No delivery is like that")
	b.get("/employer/webhooks/1?status=Delivered&type=webhook.test&since=24h").wants(t, http.StatusOK, "delivery ")
	b.get("/employer/webhooks/1?type=job.created").wants(t, http.StatusOK, "No delivery is like that")

	secretPage := b.get("/employer/webhooks/1/secret")
	secretPage.wants(t, http.StatusOK, "One secret signs")
	next := b.post("/employer/webhooks/1/secret", url.Values{"form": {hiddenForm.FindStringSubmatch(secretPage.body)[1]}})
	next.wants(t, http.StatusCreated, "signed by both secrets")
	nextSecret := webhookSecret.FindString(html.UnescapeString(next.body))
	b.until("/employer/webhooks/1/secret", "signs every delivery")
	both := b.post("/employer/webhooks/1/test", nil)
	b.until(both.path, "X-Webhook-Signature-Next: "+receiver.Wait(t, 3, 20*time.Second)[2].Header.Get("X-Webhook-Signature-Next"))
	s.clock.Advance(time.Second) // what was sent before was signed by the former one
	b.post("/employer/webhooks/1/secret/activate", nil).wants(t, http.StatusOK, "new secret is active")
	verifyAsShown(t, html.UnescapeString(b.get(both.path).body), secret) // signed by the former one first
	after := b.post("/employer/webhooks/1/test", nil)
	verifyAsShown(t, html.UnescapeString(b.until(after.path, ">Delivered<").body), nextSecret)

	b.post("/employer/webhooks/1/disable", nil).wants(t, http.StatusOK, "is disabled", "Nothing is sent")
	b.post("/employer/webhooks/1/test", nil).wants(t, http.StatusOK, "Enable it first")
	if _, err := s.store.Jobs.CreateJob(t.Context(), board.Tenant{EmployerID: 1, Mode: board.ModeLive}, board.JobPatch{Title: board.Set(`<script>alert(1)</script>`)}); err != nil {
		t.Fatal(err)
	}
	b.post("/employer/webhooks/1/enable", url.Values{"replay": {"yes"}}).wants(t, http.StatusOK, "1 event of the time in between is on the way")
	b.until("/employer/webhooks/1?type=job.created", "Delivered")

	replays := b.get("/employer/webhooks/1/replays")
	replay := url.Values{"form": {hiddenForm.FindStringSubmatch(replays.body)[1]}, "since": {"1h"}}
	b.post("/employer/webhooks/1/replays", replay).wants(t, http.StatusOK, "The replay has begun: 1 event to send again")
	b.post("/employer/webhooks/1/replays", replay).wants(t, http.StatusOK, "has begun already")
	if _, err := s.store.Outbox.StepReplays(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.until("/employer/webhooks/1/replays", "100 % of 1 event")
	events := b.get("/employer/events")
	events.wants(t, http.StatusOK, "job.created")
	b.get("/employer/events/"+regexp.MustCompile(`/employer/events/(\d+)`).FindStringSubmatch(events.body)[1]).wants(t, http.StatusOK, "Native", "CloudEvents", "Standard Webhooks", "/employer/webhooks/1/deliveries/")

	b.post("/employer/webhooks/1/delete", nil).wants(t, http.StatusOK, "is deleted", "No webhook yet")
	b.get("/employer/webhooks/1").wants(t, http.StatusNotFound)
}

// verifyAsShown runs the lines that a page shows, in the languages that are installed.
func verifyAsShown(t *testing.T, page, secret string) {
	t.Helper()
	ran := 0
	for _, l := range []struct {
		title, file string
		command     []string
	}{
		{"Go", "main.go", []string{"go", "run"}}, {"Node", "verify.js", []string{"node"}}, {"Python", "verify.py", []string{"python3"}},
		{"PHP", "verify.php", []string{"php"}}, {"Ruby", "verify.rb", []string{"ruby"}},
	} {
		m := regexp.MustCompile(`(?s)<summary>` + l.title + `</summary><div class="copyable"><pre[^>]*>(.*?)</pre>`).FindStringSubmatch(page)
		if m == nil {
			t.Errorf("there are no lines in %s", l.title)
			continue
		}
		if _, err := exec.LookPath(l.command[0]); err != nil {
			if l.title == "Go" || l.title == "Node" || l.title == "Python" {
				t.Errorf("this test needs %s: install it", l.command[0])
			}
			continue
		}
		file := filepath.Join(t.TempDir(), l.file)
		if err := os.WriteFile(file, []byte(m[1]), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, try := range []struct {
			secret string
			valid  string
		}{{secret, "true"}, {secret + "x", "false"}} {
			cmd := exec.CommandContext(t.Context(), l.command[0], append(l.command[1:], file)...)
			cmd.Env = append(os.Environ(), "WEBHOOK_SECRET="+try.secret)
			out, err := cmd.CombinedOutput()
			if got := strings.ToLower(strings.TrimSpace(string(out))); err != nil || !strings.Contains(got, try.valid) {
				t.Errorf("%s prints %q (%v), want %s", l.title, got, err, try.valid)
			}
		}
		ran++
	}
	if ran < 3 {
		t.Errorf("the lines ran in %d languages, want at least three", ran)
	}
}
