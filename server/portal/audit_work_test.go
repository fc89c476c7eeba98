package portal_test

import (
	"net/url"
	"strconv"

	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest/fixture"
	"itmanagerjobs/webhooks/webhooktest"
)

// auditStep is a form that is sent, and the entry that it leaves. No action means that the step looks by itself; no objects, that
// they are not looked at.
type auditStep struct {
	pattern string
	do      func() portaltest.Answer
	action  string
	actor   int64
	objects []string
}

// workSteps send the forms of jobs and of what developers have, as the admin of the first employer.
func workSteps(b *portaltest.Browser, s *portaltest.Site) []auditStep {
	tenant := board.Tenant{EmployerID: 1, Mode: board.ModeLive}
	step := func(pattern, action string, do func() portaltest.Answer, objects ...string) auditStep {
		return auditStep{pattern: "POST /employer" + pattern, do: do, action: action, actor: 1, objects: objects}
	}
	send := func(pattern, path, action string, form url.Values, objects ...string) auditStep {
		return step(pattern, action, func() portaltest.Answer { return b.Post("/employer"+path, form) }, objects...)
	}
	receiver := webhooktest.New(s.T, s.Clock.Now)
	var sent portaltest.Answer
	return append([]auditStep{
		step("/jobs", "createJob", func() portaltest.Answer {
			if _, err := s.Store.Accounts.GrantCredits(s.T.Context(), tenant, account.Credits{JobPosting: 5}); err != nil {
				s.T.Fatal(err)
			}
			return b.Post("/employer/jobs", b.JobValues("/employer/jobs/new"))
		}, "jobs/2"),
		step("/jobs/{id}", "updateJob", func() portaltest.Answer {
			return b.Post("/employer/jobs/2", b.JobValues("/employer/jobs/2/edit", "title", "Chief"))
		}, "jobs/2"),
		step("/proposals/{id}/refuse", "refuseProposal", func() portaltest.Answer {
			s.Propose(tenant, 2)
			return b.Post("/employer/proposals/1/refuse", url.Values{"reason": {"Not yet"}})
		}, "proposals/1", "jobs/2"),
		step("/proposals/{id}/approve", "approveProposal", func() portaltest.Answer {
			s.Propose(tenant, fixture.Create(s.T, s.Store, tenant, fixture.Complete("Chief")).ID)
			return b.Post("/employer/proposals/2/approve", url.Values{"version": {"1"}})
		}, "proposals/2", "jobs/3"),
		send("/jobs/{id}/publish", "/jobs/2/publish", "publishJob", url.Values{"expiryDate": {"2026-04-01"}}, "jobs/2"),
		send("/jobs/{id}/extend", "/jobs/2/extend", "extendJob", url.Values{"expiryDate": {"2026-05-01"}}, "jobs/2"),
		send("/jobs/{id}/duplicate", "/jobs/2/duplicate", "duplicateJob", nil),
		send("/jobs/{id}/close", "/jobs/2/close", "closeJob", nil, "jobs/2"),

		step("/contact", "createContactRequest", func() portaltest.Answer {
			return b.Post("/employer/contact", url.Values{"form": {b.FormID("/employer/contact")}, "name": {"Ada"}, "message": {"Where is my invoice?"}})
		}, "contact-requests/1"),
		send("/mail-templates", "/mail-templates", "createMailTemplate", url.Values{"name": {"No"}, "subject": {"About {job}"}, "body": {"Dear {first name}"}}, "mail-templates/1"),
		send("/mail-templates/{id}", "/mail-templates/1", "updateMailTemplate", url.Values{"name": {"No, thank you"}, "subject": {"About {job}"}, "body": {"Dear {first name}"}}, "mail-templates/1"),
		send("/mail-templates/{id}/delete", "/mail-templates/1/delete", "deleteMailTemplate", nil, "mail-templates/1"),

		step("/keys", "createKey", func() portaltest.Answer { return b.Post("/employer/keys", b.KeyForm("Vincere")) }, "keys/2"),
		step("/keys/{id}/roll", "rollKey", func() portaltest.Answer {
			return b.Post("/employer/keys/2/roll", url.Values{"form": {b.FormID("/employer/keys")}, "overlap": {"1h"}})
		}),
		step("/webhooks", "createWebhook", func() portaltest.Answer {
			return b.Post("/employer/webhooks", b.WebhookForm(receiver.URL("/hook"), "job.created"))
		}, "webhooks/1"),
		step("/webhooks/{id}/settings", "updateWebhook", func() portaltest.Answer {
			form := b.WebhookForm(receiver.URL("/hooks"), "job.created", "job.updated")
			form.Set("version", portaltest.TextBetween(b.Get("/employer/webhooks/1/settings").Body, `name="version" value="`, `"`))
			return b.Post("/employer/webhooks/1/settings", form)
		}, "webhooks/1"),
		step("/webhooks/{id}/secret", "nextWebhookSecret", func() portaltest.Answer {
			return b.Post("/employer/webhooks/1/secret", url.Values{"form": {b.FormID("/employer/webhooks/1/secret")}})
		}, "webhooks/1"),
		send("/webhooks/{id}/secret/activate", "/webhooks/1/secret/activate", "activateWebhookSecret", nil, "webhooks/1"),
		step("/webhooks/{id}/replays", "createEventReplay", func() portaltest.Answer {
			return b.Post("/employer/webhooks/1/replays", url.Values{"form": {b.FormID("/employer/webhooks/1/replays")}, "since": {"1h"}})
		}),
		send("/webhooks/{id}/replays/{replay}/cancel", "/webhooks/1/replays/1/cancel", "cancelEventReplay", nil),
		step("/webhooks/{id}/test", "testWebhook", func() portaltest.Answer {
			s.Deliver()
			sent = b.Post("/employer/webhooks/1/test", nil)
			return sent
		}),
		step("/webhooks/{id}/deliveries/{delivery}/resend", "resendDelivery", func() portaltest.Answer {
			b.Until(sent.Path, ">Delivered<")
			return b.Post(sent.Path+"/resend", nil)
		}),
		send("/webhooks/{id}/disable", "/webhooks/1/disable", "disableWebhook", nil, "webhooks/1"),
		send("/webhooks/{id}/enable", "/webhooks/1/enable", "enableWebhook", url.Values{"replay": {"yes"}}, "webhooks/1"),
		send("/webhooks/{id}/delete", "/webhooks/1/delete", "deleteWebhook", nil, "webhooks/1"),
	}, testModeSteps(b, s)...)
}

// testModeSteps send the forms that work with test data alone. The session looks at live data again at the end.
func testModeSteps(b *portaltest.Browser, s *portaltest.Site) []auditStep {
	tenant := board.Tenant{EmployerID: 1, Mode: board.ModeTest}
	look := func(m board.Mode) { b.Post("/employer/mode", url.Values{"mode": {string(m)}, "next": {"/employer"}}) }
	var job, sub string
	step := func(pattern, action string, path func() string, form func() url.Values) auditStep {
		return auditStep{pattern: "POST /employer" + pattern, action: action, actor: 1, do: func() portaltest.Answer { return b.Post("/employer"+path(), form()) }}
	}
	at := func(path string) func() string { return func() string { return path } }
	none := func() url.Values { return nil }
	return []auditStep{
		step("/test/inboxes", "createInbox", func() string {
			look(board.ModeTest)
			job = strconv.FormatInt(fixture.Active(s.T, s.Store, tenant, nil).ID, 10)
			made, _ := fixture.Subscribe(s.T, s.Store, tenant)
			sub = strconv.FormatInt(made.ID, 10)
			return "/test/inboxes"
		}, none),
		step("/test/inboxes/{id}/delete", "deleteInbox", at("/test/inboxes/1/delete"), none),
		step("/webhooks/{id}/certify", "certifyWebhook", func() string { return "/webhooks/" + sub + "/certify" }, none),
		step("/test/applications", "simulateApplication", at("/test/applications"), func() url.Values { return url.Values{"jobId": {job}} }),
		step("/test/moves", "simulateMove", at("/test/moves"), func() url.Values {
			page, err := s.Store.Pipeline.Applications(s.T.Context(), tenant, pipeline.ApplicationQuery{Limit: 1})
			if err != nil || len(page.Items) != 1 {
				s.T.Fatalf("%d applications, %v", len(page.Items), err)
			}
			return url.Values{"applicationId": {strconv.FormatInt(page.Items[0].ID, 10)}, "status": {"Screened"}}
		}),
		step("/test/expiries", "simulateExpiry", at("/test/expiries"), func() url.Values { return url.Values{"expiringId": {job}} }),
		step("/test/clear", "clearTestData", at("/test/clear"), none),
		{do: func() portaltest.Answer { look(board.ModeLive); return portaltest.Answer{} }},
	}
}
