package snapshots_test

const (
	simulateCall = "POST /api/v1/test/applications"
	simulateMove = "POST /api/v1/test/applications/1/status"
	expireCall   = "POST /api/v1/test/jobs/1/expire"
)

var testModeCases = []exchangeCase{
	{operation: "listMyRequests", name: "200-all", shows: "What the key has asked, the newest first.", given: []step{asked}, key: liveKey, call: "GET /api/v1/me/requests"},
	{operation: "listMyRequests", name: "200-failed", shows: "What went wrong in an operation.", given: []step{asked}, key: liveKey, call: "GET /api/v1/me/requests?status=4xx&operation=createJob"},
	{operation: "listMyRequests", name: "200-page", shows: "A page, and how to read on.", given: []step{asked}, key: liveKey, call: "GET /api/v1/me/requests?pageSize=1"},
	{operation: "listMyRequests", name: "400-operation", shows: "An operation that does not exist.", key: liveKey, call: "GET /api/v1/me/requests?operation=createOffice"},
	{operation: "listMyRequests", name: "403-address", shows: "The key is bound to other networks.", key: elsewhereKey, call: "GET /api/v1/me/requests"},
	{operation: "listMyDeprecations", name: "200-none", shows: "Nothing has to be done.", key: liveKey, call: "GET /api/v1/me/deprecations"},
	{operation: "listMyDeprecations", name: "403-address", shows: "The key is bound to other networks.", key: elsewhereKey, call: "GET /api/v1/me/deprecations"},
	{operation: "simulateApplication", name: "201-applied", shows: "Somebody applies, with a CV.", given: []step{anActiveTestJob}, key: testKey, call: simulateCall, body: `{"jobId":1}`},
	{operation: "simulateApplication", name: "201-another", shows: "Each time it is somebody else.", given: []step{aTestApplication}, key: testKey, call: simulateCall, body: `{"jobId":1}`},
	{
		operation: "simulateApplication", name: "201-replayed", shows: "A repetition brings nobody new.", header: withKey, key: testKey, call: simulateCall, body: `{"jobId":1}`,
		given: []step{anActiveTestJob, answeredWith(testKey, "POST", "/api/v1/test/applications", `{"jobId":1}`, withKey)},
	},
	{operation: "simulateApplication", name: "400-draft", shows: "A draft, for which nobody can apply.", given: []step{aTestJob}, key: testKey, call: simulateCall, body: `{"jobId":1}`},
	{operation: "simulateApplication", name: "400-live-job", shows: "A live job is not among the test data.", given: []step{anActiveJob}, key: testKey, call: simulateCall, body: `{"jobId":1}`},
	{operation: "simulateMove", name: "200-moved", shows: "A colleague moves it.", given: []step{aTestApplication}, key: testKey, call: simulateMove, body: `{"status":"Interviewed","reason":"Ten years of Kubernetes"}`},
	{operation: "simulateMove", name: "200-withdrawn", shows: "The applicant withdraws it.", given: []step{aTestApplication}, key: testKey, call: simulateMove, body: `{"status":"Withdrawn","reason":null}`},
	{operation: "simulateMove", name: "404-live", shows: "A live application is not among the test data.", given: []step{anApplication}, key: testKey, call: simulateMove, body: `{"status":"Screened"}`},
	{operation: "simulateExpiry", name: "200-expired", shows: "Its run has ended.", given: []step{anActiveTestJob}, key: testKey, call: expireCall},
	{operation: "simulateExpiry", name: "200-again", shows: "It has expired already.", given: []step{anActiveTestJob, answeredWith(testKey, "POST", "/api/v1/test/jobs/1/expire", "", nil)}, key: testKey, call: expireCall},
	{operation: "simulateExpiry", name: "400-draft", shows: "A draft does not run.", given: []step{aTestJob}, key: testKey, call: expireCall},
	{operation: "certifyWebhook", name: "202-begun", shows: "The check is under way.", given: []step{aTestWebhook}, key: testHooksKey, call: "POST /api/v1/webhooks/1/certify"},
	{operation: "certifyWebhook", name: "400-running", shows: "One at a time.", given: []step{aCertification}, key: testHooksKey, call: "POST /api/v1/webhooks/1/certify"},
	{operation: "getCertification", name: "200-running", shows: "There is no report yet.", given: []step{aCertification}, key: testHooksKey, call: "GET /api/v1/test/certifications/1"},
	{operation: "getCertification", name: "200-completed", shows: "The report says what to do.", given: []step{aReport}, key: testHooksKey, call: "GET /api/v1/test/certifications/1"},
	{operation: "createInbox", name: "201-created", shows: "An inbox, with its address.", key: testHooksKey, call: "POST /api/v1/test/inboxes", body: `{"name":"Trying out"}`},
	{operation: "createInbox", name: "201-bare", shows: "Nothing is needed.", key: testHooksKey, call: "POST /api/v1/test/inboxes", body: `{"name":null}`},
	{operation: "listInboxes", name: "200-empty", shows: "There is none.", key: testHooksKey, call: "GET /api/v1/test/inboxes"},
	{operation: "listInboxes", name: "200-one", shows: "One inbox.", given: []step{anInbox}, key: testHooksKey, call: "GET /api/v1/test/inboxes"},
	{operation: "listInboxRequests", name: "200-empty", shows: "Nothing has arrived yet.", given: []step{anInbox}, key: testHooksKey, call: "GET /api/v1/test/inboxes/1/requests"},
	{operation: "listInboxRequests", name: "200-arrived", shows: "A delivery.", given: []step{anArrival}, key: testHooksKey, call: "GET /api/v1/test/inboxes/1/requests"},
	{operation: "deleteInbox", name: "204-deleted", shows: "It is gone with what it has kept.", given: []step{anArrival}, key: testHooksKey, call: "DELETE /api/v1/test/inboxes/1"},
	{operation: "clearTestData", name: "200-cleared", shows: "What there was.", given: []step{aTestApplication}, key: testKey, call: "DELETE /api/v1/test/data"},
	{operation: "clearTestData", name: "200-empty", shows: "There is nothing, and live data does not count.", given: []step{anApplication}, key: testKey, call: "DELETE /api/v1/test/data"},
}
