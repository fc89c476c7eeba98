package snapshots_test

import (
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
)

const fullEndpoint = `{"url":"https://ats.example.com/hooks/autotechjobs","events":["job.updated","application.submitted"],"description":"Applicant tracking, production"}`

// endpoint makes a webhook with the profile autotechjobs.
func (w *world) endpoint(t board.Tenant) {
	w.t.Helper()
	_, _, err := w.Store.Outbox.CreateSubscription(w.t.Context(), t, "autotechjobs", delivery.SubscriptionPatch{
		URL:         board.Set("https://ats.example.com/hooks/autotechjobs"),
		Events:      board.Set([]event.Type{event.JobUpdated, event.JobPublished, event.ApplicationSubmitted}),
		Description: board.Set("Applicant tracking, production"),
	})
	w.must(err, "create webhook")
}

// anEndpoint is webhook wh_1.
func anEndpoint(w *world) { w.endpoint(w.tenant) }

// anothersEndpoint is webhook wh_1 of another employer.
func anothersEndpoint(w *world) { w.endpoint(w.employer("Another Ltd", "admin@another.example")) }

const endpointsCall = "POST /v1/webhooks"

// endpointCases are those of the webhook management that clients of AutoTechJobs know.
func endpointCases() []exchangeCase {
	post := func(name, shows, body string, given ...step) exchangeCase {
		return exchangeCase{operation: "createWebhookEndpoint", name: name, shows: shows, given: given, key: peopleHooksKey, call: endpointsCall, body: body}
	}
	replayed := post("201-replayed", "A repetition gets the same answer, secret included.", fullEndpoint,
		answeredWith(peopleHooksKey, "POST", "/v1/webhooks", fullEndpoint, withKey))
	replayed.header = withKey
	people := post("403-people", "A key that may not see candidates.", fullEndpoint)
	people.key = hooksKey
	cases := []exchangeCase{
		post("201-full", "A webhook with every field; its secret is shown this once.", fullEndpoint),
		post("201-secret", "With a secret of one's own.", `{"url":"https://ats.example.com/hooks","events":["job.expired"],"secret":"a-secret-of-our-own"}`),
		replayed,
		people,
		post("400-canonical", "An event by the name that it has elsewhere.", `{"url":"https://ats.example.com/hooks","events":["application.status_changed"]}`),
		post("400-many", "All faults are named at once.", `{"colour":"red","url":"http://ats.example.com","events":["job.lost"],"description":"two\nlines","secret":"sixteen letters and more"}`),
		{operation: "listWebhookEndpoints", name: "200-empty", shows: "One of another form is not listed.", given: []step{aWebhook}, key: peopleHooksKey, call: "GET /v1/webhooks"},
		{operation: "listWebhookEndpoints", name: "200-all", shows: "Those of this form, without secrets.", given: []step{anEndpoint, disabled}, key: hooksKey, call: "GET /v1/webhooks"},
		{operation: "getWebhookEndpoint", name: "200-active", shows: "A webhook.", given: []step{anEndpoint}, key: hooksKey, call: "GET /v1/webhooks/wh_1"},
		{operation: "getWebhookEndpoint", name: "404-other-form", shows: "One of another form is not there.", given: []step{aWebhook}, key: peopleHooksKey, call: "GET /v1/webhooks/wh_1"},
		{operation: "deleteWebhookEndpoint", name: "204-gone", shows: "The webhook is gone.", given: []step{anEndpoint}, key: hooksKey, call: "DELETE /v1/webhooks/wh_1"},
		{operation: "getWebhookEndpointOpenAPI", name: "200-contract", shows: "The contract itself.", call: "GET /swagger/autotechjobs/swagger.json"},
		{
			operation: "getWebhookEndpointOpenAPI", name: "304-unchanged", shows: "Nothing has changed since the client read it.", call: "GET /swagger/autotechjobs/swagger.json",
			given: []step{answeredWith("", "GET", "/swagger/autotechjobs/swagger.json", "", nil)}, header: map[string]string{"If-None-Match": "{etag}"},
		},
		{operation: "getWebhookEndpointOpenAPI", name: "500-fault", shows: "A fault of ours.", given: []step{answerFails}, call: "GET /swagger/autotechjobs/swagger.json"},
	}
	for operation, method := range map[string]string{"updateWebhookEndpoint": "PUT", "patchWebhookEndpoint": "PATCH"} {
		for _, c := range []exchangeCase{
			{name: "200-changed", shows: "Fields that are left out stay.", body: `{"url":"https://ats.example.com/hooks/v2","events":["job.deleted"]}`, key: peopleHooksKey},
			{name: "200-cleared", shows: "Null empties the description.", body: `{"description":null}`, key: peopleHooksKey},
			{name: "400-secret", shows: "The secret is for life.", body: `{"secret":"another-secret-of-our-own"}`, key: peopleHooksKey},
			{name: "403-people", shows: "A key that may not see candidates.", body: `{"url":"https://elsewhere.example.com/hooks"}`, key: hooksKey},
		} {
			c.operation, c.call, c.given = operation, method+" /v1/webhooks/wh_1", []step{anEndpoint}
			cases = append(cases, c)
		}
	}
	return cases
}

// webhookProfileCases are those of the profiles at the native address.
func webhookProfileCases() []exchangeCase {
	post := func(name, shows, key, body string) exchangeCase {
		return exchangeCase{operation: "createWebhook", name: name, shows: shows, key: key, call: webhooksCall, body: body}
	}
	return []exchangeCase{
		post("201-autotechjobs", "Events have the names of the profile.", peopleHooksKey, `{"url":"https://ats.example.com/hooks","profile":"autotechjobs","events":["job.updated","application.status_updated"]}`),
		post("201-humansourcing", "One name for several events.", peopleHooksKey, `{"url":"https://ats.example.com/hooks","profile":"humansourcing","events":["job.creation","candidate.update"]}`),
		post("201-cloudevents", "Names with a prefix.", hooksKey, `{"url":"https://ats.example.com/hooks","profile":"cloudevents","events":["com.itmanagerjobs.job.published"]}`),
		post("201-erased", "The event that tells of an erasure.", hooksKey, `{"url":"https://ats.example.com/hooks","events":["candidate.erased"]}`),
		post("400-foreign-event", "An event that only another profile has; the answer lists those of this one.", hooksKey, `{"url":"https://ats.example.com/hooks","profile":"rejento","events":["job.published"]}`),
		post("403-people", "A profile that tells of people, and a key that may not see candidates.", hooksKey, `{"url":"https://ats.example.com/hooks","profile":"autotechjobs","events":["job.created"]}`),
		{
			operation: "patchWebhook", name: "403-people", shows: "Nor may such a key send what tells of people elsewhere.", given: []step{anEndpoint},
			key: hooksKey, call: "PATCH /api/v1/webhooks/1", body: `{"url":"https://elsewhere.example.com/hooks"}`,
		},
		{
			operation: "patchWebhook", name: "400-profile", shows: "A profile is for life.", given: []step{anEndpoint},
			key: peopleHooksKey, call: "PATCH /api/v1/webhooks/1", body: `{"profile":"native"}`,
		},
		{operation: "getWebhook", name: "200-autotechjobs", shows: "A webhook that was made elsewhere.", given: []step{anEndpoint}, key: hooksKey, call: "GET /api/v1/webhooks/1"},
	}
}
