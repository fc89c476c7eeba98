package snapshots_test

const (
	webhooksCall = "POST /api/v1/webhooks"
	fullWebhook  = `{"url":"https://ats.example.com/hooks/itmanagerjobs","events":["job.published","job.expired"],` +
		`"profile":"native","description":"Applicant tracking, production"}`
)

var webhookListCases = []exchangeCase{
	{operation: "listWebhooks", name: "200-empty", shows: "There are no webhooks yet.", key: hooksKey, call: "GET /api/v1/webhooks"},
	{operation: "listWebhooks", name: "200-all", shows: "The oldest first; no secrets.", given: []step{manyWebhooks}, key: hooksKey, call: "GET /api/v1/webhooks"},
	{operation: "listWebhooks", name: "200-newest-first", shows: "The other order.", given: []step{manyWebhooks}, key: hooksKey, call: "GET /api/v1/webhooks?sort=-createdAt&pageSize=2"},
	{operation: "listWebhooks", name: "200-last-page", shows: "The page that ends the list.", given: []step{manyWebhooks}, key: hooksKey, call: "GET /api/v1/webhooks?page=2&pageSize=2"},
	{
		operation: "listWebhooks", name: "200-cursor", shows: "The list goes on where the first page ended.",
		given: []step{manyWebhooks, answeredWith(hooksKey, "GET", "/api/v1/webhooks?pageSize=2", "", nil)}, key: hooksKey,
		call: "GET /api/v1/webhooks?cursor={cursor}&pageSize=2",
	},
	{operation: "listWebhooks", name: "200-test", shows: "A test key does not see webhooks for live data.", given: []step{aWebhook}, key: testHooksKey, call: "GET /api/v1/webhooks"},
	{operation: "listWebhooks", name: "200-read-only", shows: "A read-only key may list.", given: []step{aWebhook}, key: readOnlyHooksKey, call: "GET /api/v1/webhooks"},
	{operation: "listWebhooks", name: "400-cursor", shows: "A cursor that we never gave.", key: hooksKey, call: "GET /api/v1/webhooks?cursor=eyJpZCI6MTIzNH0"},
	{operation: "listWebhooks", name: "400-page-and-cursor", shows: "Two ways to walk the list at once.", key: hooksKey, call: "GET /api/v1/webhooks?page=2&cursor=eyJpZCI6MTIzNH0"},
}

func subscribing(name, shows, body string, given ...step) exchangeCase {
	return exchangeCase{operation: "createWebhook", name: name, shows: shows, given: given, key: hooksKey, call: webhooksCall, body: body}
}

var webhookCreateCases = []exchangeCase{
	subscribing("201-full", "A webhook with every field; its secret is shown this once.", fullWebhook),
	subscribing("201-minimal", "A URL and an event are enough.", `{"url":"https://ats.example.com/hooks","events":["job.expired"]}`),
	subscribing("201-every-event", "Every event that there is.", `{"url":"https://ats.example.com/hooks","events":["job.created","job.updated","job.published","job.expired","job.deleted",`+
		`"application.submitted","application.status_changed","application.withdrawn","candidate.registered","candidate.profile_updated","candidate.created",`+
		`"candidate.matched","candidate.status_changed","interview.scheduled","interview.completed","ai_call.completed","employer.registered","employer.profile_updated"],"description":null}`),
	{operation: "createWebhook", name: "201-test", shows: "A test key makes a webhook for test data.", key: testHooksKey, call: webhooksCall, body: fullWebhook},
	{
		operation: "createWebhook", name: "201-replayed", shows: "A repetition gets the same answer, secret included.", key: hooksKey, call: webhooksCall,
		header: withKey, body: fullWebhook, given: []step{answeredWith(hooksKey, "POST", "/api/v1/webhooks", fullWebhook, withKey)},
	},
	subscribing("400-empty-object", "What is needed is named.", `{}`),
	subscribing("400-no-events", "A webhook without events.", `{"url":"https://ats.example.com/hooks","events":[]}`),
	subscribing("400-unknown-event", "An event that does not exist; the answer lists those that do.", `{"url":"https://ats.example.com/hooks","events":["job.published","job.lost"]}`),
	subscribing("400-event-twice", "An event that stands twice.", `{"url":"https://ats.example.com/hooks","events":["job.published","job.published"]}`),
	subscribing("400-http", "An address without TLS.", `{"url":"http://ats.example.com/hooks","events":["job.published"]}`),
	subscribing("400-password", "An address with a password.", `{"url":"https://user:password@ats.example.com/hooks","events":["job.published"]}`),
	subscribing("400-profile", "A profile that does not exist.", `{"url":"https://ats.example.com/hooks","events":["job.published"],"profile":"xml"}`),
	subscribing("400-secret", "A secret of one's own.", `{"url":"https://ats.example.com/hooks","events":["job.published"],"secret":"whsec_mine"}`),
	subscribing("400-many", "All faults are named at once.", `{"colour":"red","url":"http://ats.example.com","events":["job.lost"],"description":"two\nlines"}`),
	subscribing("400-too-many", "There are as many webhooks as there may be.", fullWebhook, tooManyWebhooks),
}

var webhookGetCases = []exchangeCase{
	{operation: "getWebhook", name: "200-active", shows: "A webhook, without its secret.", given: []step{aWebhook}, key: hooksKey, call: "GET /api/v1/webhooks/1"},
	{operation: "getWebhook", name: "200-disabled", shows: "One that was disabled, and why.", given: []step{aDisabledWebhook}, key: hooksKey, call: "GET /api/v1/webhooks/1"},
	{operation: "getWebhook", name: "200-rotating", shows: "One with a next secret.", given: []step{aRotation}, key: hooksKey, call: "GET /api/v1/webhooks/1"},
	{operation: "getWebhook", name: "404-live-webhook-test-key", shows: "A test key does not see webhooks for live data.", given: []step{aWebhook}, key: testHooksKey, call: "GET /api/v1/webhooks/1"},
}

// webhookChangeCases are those of PUT and PATCH, which are one operation under two names.
func webhookChangeCases(operation, method string) []exchangeCase {
	change := func(name, shows, body string, given ...step) exchangeCase {
		return exchangeCase{operation: operation, name: name, shows: shows, given: given, key: hooksKey, call: method + " /api/v1/webhooks/1", body: body}
	}
	ifMatch := change("200-if-match", "The webhook is at the version that the client has read.", `{"events":["job.deleted"]}`, aWebhook)
	ifMatch.header = map[string]string{"If-Match": `"1"`}
	return []exchangeCase{
		ifMatch,
		change("200-changed", "Fields that are left out stay.", `{"url":"https://ats.example.com/hooks/v2","events":["job.deleted"]}`, aWebhook),
		change("200-cleared", "Null empties the description.", `{"description":null}`, aWebhook),
		change("200-unchanged", "Nothing is different, and the ETag stays.", `{"profile":"native"}`, aWebhook),
		change("200-disabled", "A disabled webhook may be changed.", `{"url":"https://ats.example.com/hooks/v2"}`, aDisabledWebhook),
		change("400-null-url", "A webhook has a URL.", `{"url":null}`, aWebhook),
		change("400-http", "An address without TLS.", `{"url":"http://ats.example.com/hooks"}`, aWebhook),
		change("400-unknown-event", "An event that does not exist; the answer lists those that do.", `{"events":["job.lost"]}`, aWebhook),
		change("400-read-only-field", "A field that is not for clients to set.", `{"status":"Disabled"}`, aWebhook),
	}
}

var webhookStateCases = []exchangeCase{
	{operation: "deleteWebhook", name: "204-gone", shows: "The webhook is gone.", given: []step{aWebhook}, key: hooksKey, call: "DELETE /api/v1/webhooks/1"},
	{
		operation: "deleteWebhook", name: "204-if-match", shows: "The webhook is at the version that the client has read.", given: []step{aWebhook},
		key: hooksKey, call: "DELETE /api/v1/webhooks/1", header: map[string]string{"If-Match": `"1"`},
	},
	{operation: "testWebhook", name: "202-sent", shows: "A test event is on its way.", given: []step{aWebhook}, key: hooksKey, call: "POST /api/v1/webhooks/1/test"},
	{
		operation: "testWebhook", name: "202-replayed", shows: "A repetition sends nothing more.", key: hooksKey, call: "POST /api/v1/webhooks/1/test", header: withKey,
		given: []step{aWebhook, answeredWith(hooksKey, "POST", "/api/v1/webhooks/1/test", "", withKey)},
	},
	{operation: "testWebhook", name: "400-disabled", shows: "Nothing is sent to a disabled webhook.", given: []step{aDisabledWebhook}, key: hooksKey, call: "POST /api/v1/webhooks/1/test"},
	{operation: "disableWebhook", name: "200-disabled", shows: "Nothing is sent any more.", given: []step{aWebhook}, key: hooksKey, call: "POST /api/v1/webhooks/1/disable"},
	{operation: "disableWebhook", name: "200-again", shows: "A disabled webhook stays as it is.", given: []step{aDisabledWebhook}, key: hooksKey, call: "POST /api/v1/webhooks/1/disable"},
	{operation: "enableWebhook", name: "200-from-now", shows: "From the next event on; the body may be left out.", given: []step{aDisabledWebhook}, key: hooksKey, call: "POST /api/v1/webhooks/1/enable"},
	{operation: "enableWebhook", name: "200-replay", shows: "With the publication that was missed.", given: []step{aDisabledWebhook}, key: hooksKey, call: "POST /api/v1/webhooks/1/enable", body: `{"replay":true}`},
	{operation: "enableWebhook", name: "200-active", shows: "An active webhook stays as it is.", given: []step{aWebhook}, key: hooksKey, call: "POST /api/v1/webhooks/1/enable", body: `{"replay":true}`},
	{operation: "enableWebhook", name: "400-type", shows: "A value of another type.", given: []step{aDisabledWebhook}, key: hooksKey, call: "POST /api/v1/webhooks/1/enable", body: `{"replay":"yes"}`},
}

var webhookSecretCases = []exchangeCase{
	{operation: "nextWebhookSecret", name: "200-begun", shows: "The next secret; it is shown this once.", given: []step{aWebhook}, key: hooksKey, call: "POST /api/v1/webhooks/1/secret/next"},
	{operation: "nextWebhookSecret", name: "200-anew", shows: "A rotation that was begun is begun anew.", given: []step{aRotation}, key: hooksKey, call: "POST /api/v1/webhooks/1/secret/next"},
	{
		operation: "nextWebhookSecret", name: "200-replayed", shows: "A repetition gets the same secret.", key: hooksKey, call: "POST /api/v1/webhooks/1/secret/next", header: withKey,
		given: []step{aWebhook, answeredWith(hooksKey, "POST", "/api/v1/webhooks/1/secret/next", "", withKey)},
	},
	{operation: "activateWebhookSecret", name: "200-done", shows: "The next secret is the secret.", given: []step{aRotation}, key: hooksKey, call: "POST /api/v1/webhooks/1/secret/activate"},
	{operation: "activateWebhookSecret", name: "400-nothing", shows: "There is no next secret.", given: []step{aWebhook}, key: hooksKey, call: "POST /api/v1/webhooks/1/secret/activate"},
}
