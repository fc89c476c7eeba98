package developers_test

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

	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/webhooks/webhooktest"
)

var webhookSecret = regexp.MustCompile(`whsec_[0-9A-Za-z+/=]{44}`)

// TestAWebhookFromItsFirstDeliveryToItsEnd is the story of a webhook over HTTP, with a real engine and a real receiver.
func TestAWebhookFromItsFirstDeliveryToItsEnd(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	s.Deliver()
	receiver := webhooktest.New(t, s.Clock.Now)
	b := s.Browser().SignUp("Northwind", "ada@northwind.example")
	b.Get("/employer/webhooks").Wants(t, http.StatusOK, "No webhook yet", "Add webhook")
	form := b.WebhookForm(receiver.URL("/hook"), "job.created")
	created := b.Post("/employer/webhooks", form)
	created.Wants(t, http.StatusCreated, "Copy the secret now")
	secret := webhookSecret.FindString(html.UnescapeString(created.Body))
	again := b.Post("/employer/webhooks", form)
	again.Wants(t, http.StatusOK, "was added already")
	if secret == "" || strings.Contains(html.UnescapeString(again.Body+b.Get("/employer/webhooks/1/secret").Body), secret) || strings.Contains(s.Log.String(), secret) {
		t.Fatalf("the secret %q is shown other than once", secret)
	}

	test := b.Post("/employer/webhooks/1/test", nil)
	if !strings.HasPrefix(test.Path, "/employer/webhooks/1/deliveries/") {
		t.Fatalf("a test event leads to %s", test.Path)
	}
	page := b.Until(test.Path, ">Delivered<")
	page.Wants(t, http.StatusOK, "webhook.test", "Attempts", "First byte", "User-Agent: "+delivery.UserAgent, "WEBHOOK_SECRET")
	got := receiver.Requests()[0]
	text := html.UnescapeString(page.Body)
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

	b.Post(test.Path+"/resend", nil).Wants(t, http.StatusOK, "on its way again")
	b.Until(test.Path, `<strong>2</strong>`)
	b.Until("/employer/webhooks", "2 delivered")
	b.Get("/employer/webhooks/1").Wants(t, http.StatusOK, "webhook.test", "200")
	b.Get("/employer/webhooks/1?status=DeadLetter").Wants(t, http.StatusOK, "No delivery is like that")
	b.Get("/employer/webhooks/1?status=Delivered&type=webhook.test&since=24h").Wants(t, http.StatusOK, "delivery ")
	b.Get("/employer/webhooks/1?type=job.created").Wants(t, http.StatusOK, "No delivery is like that")

	secretPage := b.Get("/employer/webhooks/1/secret")
	secretPage.Wants(t, http.StatusOK, "One secret signs")
	next := b.Post("/employer/webhooks/1/secret", url.Values{"form": {portaltest.HiddenForm.FindStringSubmatch(secretPage.Body)[1]}})
	next.Wants(t, http.StatusCreated, "signed by both secrets")
	nextSecret := webhookSecret.FindString(html.UnescapeString(next.Body))
	b.Until("/employer/webhooks/1/secret", "signs every delivery")
	both := b.Post("/employer/webhooks/1/test", nil)
	b.Until(both.Path, "X-Webhook-Signature-Next: "+receiver.Wait(t, 3, 20*time.Second)[2].Header.Get("X-Webhook-Signature-Next"))
	s.Clock.Advance(time.Second) // what was sent before was signed by the former one
	b.Post("/employer/webhooks/1/secret/activate", nil).Wants(t, http.StatusOK, "new secret is active")
	verifyAsShown(t, html.UnescapeString(b.Get(both.Path).Body), secret) // signed by the former one first
	after := b.Post("/employer/webhooks/1/test", nil)
	verifyAsShown(t, html.UnescapeString(b.Until(after.Path, ">Delivered<").Body), nextSecret)

	b.Post("/employer/webhooks/1/disable", nil).Wants(t, http.StatusOK, "is disabled", "Nothing is sent")
	b.Post("/employer/webhooks/1/test", nil).Wants(t, http.StatusOK, "Enable it first")
	if _, err := s.Store.Jobs.CreateJob(t.Context(), board.Tenant{EmployerID: 1, Mode: board.ModeLive}, board.JobPatch{Title: board.Set(`<script>alert(1)</script>`)}); err != nil {
		t.Fatal(err)
	}
	b.Post("/employer/webhooks/1/enable", url.Values{"replay": {"yes"}}).Wants(t, http.StatusOK, "1 event of the time in between is on the way")
	b.Until("/employer/webhooks/1?type=job.created", "Delivered")

	replays := b.Get("/employer/webhooks/1/replays")
	replay := url.Values{"form": {portaltest.HiddenForm.FindStringSubmatch(replays.Body)[1]}, "since": {"1h"}}
	b.Post("/employer/webhooks/1/replays", replay).Wants(t, http.StatusOK, "The replay has begun: 1 event to send again")
	b.Post("/employer/webhooks/1/replays", replay).Wants(t, http.StatusOK, "has begun already")
	if _, err := s.Store.Outbox.StepReplays(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.Until("/employer/webhooks/1/replays", "100 % of 1 event")
	events := b.Get("/employer/events")
	events.Wants(t, http.StatusOK, "job.created")
	b.Get("/employer/events/"+regexp.MustCompile(`/employer/events/(\d+)`).FindStringSubmatch(events.Body)[1]).Wants(t, http.StatusOK, "Native", "CloudEvents", "Standard Webhooks", "/employer/webhooks/1/deliveries/")

	b.Post("/employer/webhooks/1/delete", nil).Wants(t, http.StatusOK, "is deleted", "No webhook yet")
	b.Get("/employer/webhooks/1").Wants(t, http.StatusNotFound)
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
