package portal_test

import (
	"net/url"
	"strings"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/webhooks/webhooktest"
)

// auditStep is a form that is sent, and the entry that it leaves. No action means that the step looks by itself; no objects, that
// they are not looked at.
type auditStep struct {
	pattern string
	do      func() answer
	action  string
	actor   int64
	objects []string
}

// workSteps send the forms of jobs and of what developers have, as the admin of the first employer.
func (b *browser) workSteps(s *site) []auditStep {
	tenant := board.Tenant{EmployerID: 1, Mode: board.ModeLive}
	step := func(pattern, action string, do func() answer, objects ...string) auditStep {
		return auditStep{pattern: "POST /employer" + pattern, do: do, action: action, actor: 1, objects: objects}
	}
	send := func(pattern, path, action string, form url.Values, objects ...string) auditStep {
		return step(pattern, action, func() answer { return b.post("/employer"+path, form) }, objects...)
	}
	receiver := webhooktest.New(s.t, s.clock.Now)
	var sent answer
	return []auditStep{
		step("/jobs", "createJob", func() answer {
			if _, err := s.store.Accounts.GrantCredits(s.t.Context(), tenant, account.Credits{JobPosting: 5}); err != nil {
				s.t.Fatal(err)
			}
			return b.post("/employer/jobs", b.jobValues("/employer/jobs/new"))
		}, "jobs/2"),
		step("/jobs/{id}", "updateJob", func() answer {
			return b.post("/employer/jobs/2", b.jobValues("/employer/jobs/2/edit", "title", "Chief"))
		}, "jobs/2"),
		send("/jobs/{id}/publish", "/jobs/2/publish", "publishJob", url.Values{"expiryDate": {"2026-04-01"}}, "jobs/2"),
		send("/jobs/{id}/extend", "/jobs/2/extend", "extendJob", url.Values{"expiryDate": {"2026-05-01"}}, "jobs/2"),
		send("/jobs/{id}/duplicate", "/jobs/2/duplicate", "duplicateJob", nil),
		send("/jobs/{id}/close", "/jobs/2/close", "closeJob", nil, "jobs/2"),

		step("/keys", "createKey", func() answer { return b.post("/employer/keys", b.keyForm("Vincere")) }, "keys/2"),
		step("/keys/{id}/roll", "rollKey", func() answer {
			return b.post("/employer/keys/2/roll", url.Values{"form": {b.formID("/employer/keys")}, "overlap": {"1h"}})
		}),
		step("/webhooks", "createWebhook", func() answer {
			return b.post("/employer/webhooks", b.webhookForm(receiver.URL("/hook"), "job.created"))
		}, "webhooks/1"),
		step("/webhooks/{id}/settings", "updateWebhook", func() answer {
			form := b.webhookForm(receiver.URL("/hooks"), "job.created", "job.updated")
			form.Set("version", textBetween(b.get("/employer/webhooks/1/settings").body, `name="version" value="`, `"`))
			return b.post("/employer/webhooks/1/settings", form)
		}, "webhooks/1"),
		step("/webhooks/{id}/secret", "nextWebhookSecret", func() answer {
			return b.post("/employer/webhooks/1/secret", url.Values{"form": {b.formID("/employer/webhooks/1/secret")}})
		}, "webhooks/1"),
		send("/webhooks/{id}/secret/activate", "/webhooks/1/secret/activate", "activateWebhookSecret", nil, "webhooks/1"),
		step("/webhooks/{id}/replays", "createEventReplay", func() answer {
			return b.post("/employer/webhooks/1/replays", url.Values{"form": {b.formID("/employer/webhooks/1/replays")}, "since": {"1h"}})
		}),
		send("/webhooks/{id}/replays/{replay}/cancel", "/webhooks/1/replays/1/cancel", "cancelEventReplay", nil),
		step("/webhooks/{id}/test", "testWebhook", func() answer {
			s.deliver()
			sent = b.post("/employer/webhooks/1/test", nil)
			return sent
		}),
		step("/webhooks/{id}/deliveries/{delivery}/resend", "resendDelivery", func() answer {
			b.until(sent.path, ">Delivered<")
			return b.post(sent.path+"/resend", nil)
		}),
		send("/webhooks/{id}/disable", "/webhooks/1/disable", "disableWebhook", nil, "webhooks/1"),
		send("/webhooks/{id}/enable", "/webhooks/1/enable", "enableWebhook", url.Values{"replay": {"yes"}}, "webhooks/1"),
		send("/webhooks/{id}/delete", "/webhooks/1/delete", "deleteWebhook", nil, "webhooks/1"),
	}
}

// formID is the hidden id of the form on a page, which works once.
func (b *browser) formID(path string) string {
	b.t.Helper()
	m := hiddenForm.FindStringSubmatch(b.get(path).body)
	if m == nil {
		b.t.Fatalf("%s has no form that works once", path)
	}
	return m[1]
}

func textBetween(text, before, after string) string {
	_, rest, _ := strings.Cut(text, before)
	found, _, _ := strings.Cut(rest, after)
	return found
}
