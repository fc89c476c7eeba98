package main

// step says of an operation what the contract can't: what it works on, and what of its answer later requests need.
type step struct {
	// place is where among its folder the request stands. Those without one stand first, as the contract has them.
	place int
	// at is what the parameter of the path is, instead of the id that was kept last.
	at string
	// query are parameters that are sent.
	query map[string]string
	// body is sent instead of the first example.
	body string
	// statuses are allowed instead of the first status of success.
	statuses string
	// before runs before the request, then behind the assertion of its status.
	before, then []string
}

// steps are by operation. An operation without one sends the first example of its body to the id that was kept last.
var steps = map[string]step{
	// Most keys do what they ask for, and there is no proposal.
	"getProposal": {at: "1", statuses: "200, 404"},

	"createJob": {before: []string{`pm.collectionVariables.set("reference", "postman-" + Date.now());`}},
	"createJobsBatch": {
		body: `{"jobs": [{"title": "Delivery Manager"}, {"title": "Head of IT"}]}`,
		then: []string{
			`const { items } = pm.response.json();`,
			`pm.collectionVariables.set("jobToCloseId", items[0].job.id);`,
			`pm.collectionVariables.set("jobToDeleteId", items[1].job.id);`,
		},
	},
	"upsertJobByReference": {at: "{{reference}}-2", body: `{"title": "Service Manager", "city": "Leeds"}`, statuses: "200, 201"},
	"getJobByReference":    {at: "{{reference}}-2", place: 1},
	"deleteJobByReference": {at: "{{reference}}-2", place: 2},
	"closeJob":             {at: "{{jobToCloseId}}"},
	"deleteJob":            {at: "{{jobToDeleteId}}", place: 2},

	"listApplications": {
		query: map[string]string{"status": "New"},
		then: []string{
			`const [first] = pm.response.json().items;`,
			`pm.test("there is a new application", () => pm.expect(first).to.be.an("object"));`,
			`if (first) pm.collectionVariables.set("applicationId", first.id);`,
			`if (first) pm.collectionVariables.set("candidateId", first.candidateId);`,
		},
	},
	"listJobApplications": {then: []string{}},
	"moveApplication":     {place: 1, body: `{"status": "Screened", "fromStatus": "New", "reason": "Ten years of Kubernetes"}`},

	"listCandidates": {then: []string{
		`const other = pm.response.json().items.find((c) => c.id !== pm.collectionVariables.get("candidateId"));`,
		`if (other) pm.collectionVariables.set("candidateToEraseId", other.id);`,
	}},
	"searchCandidates": {then: []string{
		`const [first] = pm.response.json().items;`,
		`if (first) pm.collectionVariables.set("profileId", first.id);`,
	}},
	"unlockCandidate": {at: "{{profileId}}"},
	"moveCandidate":   {body: `{"status": "Rejected"}`, place: 1},
	"eraseCandidate":  {at: "{{candidateToEraseId}}", place: 2},

	"listWebhookDeliveries": {place: 1, then: []string{
		`const [first] = pm.response.json().items;`,
		`if (first) pm.collectionVariables.set("deliveryId", first.id);`,
		`// What was sent a moment ago may still be on its way: ask again until there is an answer.`,
		`const asked = Number(pm.collectionVariables.get("asked") || 0);`,
		`if (asked < 40 && (!first || first.status === "Pending")) {`,
		`  pm.collectionVariables.set("asked", asked + 1);`,
		`  setTimeout(() => {}, 250);`,
		`  pm.execution.setNextRequest(pm.info.requestName);`,
		`}`,
	}},
	"certifyWebhook": {statuses: "202, 400, 403", place: 1, then: []string{
		`if (pm.response.code === 202) pm.collectionVariables.set("certificationId", pm.response.json().id);`,
	}},
	"getCertification": {at: "{{certificationId}}", statuses: "200, 400, 403, 404"},
	"getDelivery":      {place: 1},
	// One that has failed and will be tried again by itself is not sent anew.
	"resendDelivery": {place: 1, statuses: "202, 409"},
	"disableWebhook": {place: 2},
	"enableWebhook":  {place: 3},
	"deleteWebhook":  {place: 4},

	"replayEvents":       {body: `{"since": "{{anHourAgo}}"}`},
	"previewEventReplay": {body: `{"since": "{{anHourAgo}}"}`},
	// A small one may have ended by itself.
	"cancelEventReplay": {statuses: "200, 409"},

	// With a live key each of these is refused; with a test key the job may be closed by now.
	"simulateApplication": {statuses: "201, 400, 403", then: []string{
		`if (pm.response.code === 201) pm.collectionVariables.set("applicationId", pm.response.json().id);`,
	}},
	"simulateMove":   {statuses: "200, 400, 403, 404"},
	"simulateExpiry": {statuses: "200, 400, 403, 404", place: 1},
	"clearTestData":  {statuses: "200, 403", place: 5},

	"listInboxes":       {statuses: "200, 403", place: 3},
	"createInbox":       {statuses: "201, 403", place: 2},
	"listInboxRequests": {statuses: "200, 403, 404", place: 3},
	"deleteInbox":       {statuses: "204, 403, 404", place: 4},

	"patchInterview": {body: `{"startsAt": "{{inAWeek}}", "durationMinutes": 45}`, place: 1},
	"patchAiCall":    {body: `{"status": "Completed", "outcome": "Interested"}`, place: 1},
}
