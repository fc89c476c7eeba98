package snapshots_test

// changeCases are those of PUT and PATCH, which are one operation under two names.
func changeCases(operation, method string) []exchangeCase {
	change := func(name, shows, body string, given ...step) exchangeCase {
		return exchangeCase{operation: operation, name: name, shows: shows, given: given, key: liveKey, call: method + " /api/v1/jobs/1", body: body}
	}
	ifMatch := change("200-if-match", "The job is at the version that the client has read.", `{"city":"Leeds"}`, aDraft)
	ifMatch.header = map[string]string{"If-Match": `"1"`}
	mergePatch := change("200-merge-patch", "The body may be called what it is, a merge patch.", `{"city":"Leeds"}`, aDraft)
	mergePatch.header = map[string]string{"Content-Type": "application/merge-patch+json"}
	return []exchangeCase{
		ifMatch, mergePatch,
		change("200-changed", "Fields that are left out stay.", `{"city":"Leeds","salary":{"min":500,"currency":"GBP","period":"Day"}}`, aDraft),
		change("200-cleared", "Null empties a field.", `{"city":null,"salary":null,"requiredSkills":null,"reference":null}`, aDraft),
		change("200-no-country", "Without a code there is no country.", `{"countryCode":null}`, aDraft),
		change("200-unchanged", "Nothing is different, and the ETag stays.", `{}`, aDraft),
		change("200-active", "A public job may be changed.", `{"title":"Head of Platform"}`, anActiveJob),
		change("200-expired", "So may an expired one.", `{"title":"Head of Platform"}`, anExpiredJob),
		change("400-incomplete", "A public job must stay complete.", `{"city":null,"applyEmailAddress":null}`, anActiveJob),
		change("400-deactivated", "A closed job can't be changed.", `{"city":"Leeds"}`, aClosedJob),
		change("400-null-title", "A job has a title.", `{"title":null}`, aDraft),
		change("400-read-only-field", "A field that is not for clients to set.", `{"status":"Active"}`, aDraft),
		change("409-reference", "Another job has the reference.", `{"reference":"DM-002"}`, aDraft, anotherJob),
	}
}

var deleteCases = []exchangeCase{
	{operation: "deleteJob", name: "200-closed", shows: "The job is closed, not gone.", given: []step{anActiveJob}, key: liveKey, call: "DELETE /api/v1/jobs/1"},
	{operation: "deleteJob", name: "200-again", shows: "A closed job stays as it is.", given: []step{aClosedJob}, key: liveKey, call: "DELETE /api/v1/jobs/1"},
	{
		operation: "deleteJob", name: "200-if-match", shows: "The job is at the version that the client has read.", given: []step{aDraft},
		key: liveKey, call: "DELETE /api/v1/jobs/1", header: map[string]string{"If-Match": `"1"`},
	},
}

var closeCases = []exchangeCase{
	{operation: "closeJob", name: "200-closed", shows: "The job is closed, as by DELETE.", given: []step{anActiveJob}, key: liveKey, call: "POST /api/v1/jobs/1/close"},
	{operation: "closeJob", name: "200-again", shows: "A closed job stays as it is.", given: []step{aClosedJob}, key: liveKey, call: "POST /api/v1/jobs/1/close"},
	{
		operation: "closeJob", name: "200-if-match", shows: "The job is at the version that the client has read.", given: []step{aDraft},
		key: liveKey, call: "POST /api/v1/jobs/1/close", header: map[string]string{"If-Match": `"1"`},
	},
	{
		operation: "closeJob", name: "200-replayed", shows: "A repetition gets the same answer.", key: liveKey, call: "POST /api/v1/jobs/1/close", header: withKey,
		given: []step{aDraft, answeredWith(liveKey, "POST", "/api/v1/jobs/1/close", "", withKey)},
	},
	referring("getJobByReference", "200-active", "The job that has the reference.", anActiveJob),
	referring("getJobByReference", "200-closed", "A closed job is found when no other has the reference.", aClosedJob),
	referring("getJobByReference", "404-absent", "No job has the reference."),
	referring("getJobByReference", "404-of-another", "A job of another employer is answered as one that is not there.", anothersJob),
	referring("deleteJobByReference", "200-closed", "The job is closed, not gone.", anActiveJob),
	referring("deleteJobByReference", "200-again", "A closed job stays as it is.", aClosedJob),
	referring("deleteJobByReference", "404-absent", "No job has the reference."),
}

func referring(operation, name, shows string, given ...step) exchangeCase {
	method := "GET"
	if operation == "deleteJobByReference" {
		method = "DELETE"
	}
	return exchangeCase{operation: operation, name: name, shows: shows, given: given, key: liveKey, call: method + " /api/v1/jobs/by-reference/PL-001"}
}

func publishing(name, shows, body string, given ...step) exchangeCase {
	return exchangeCase{operation: "publishJob", name: name, shows: shows, given: given, key: liveKey, call: "POST /api/v1/jobs/1/publish", body: body}
}

var publishCases = []exchangeCase{
	publishing("200-default", "For 30 days, for one credit; the body may be left out.", "", aDraft),
	publishing("200-null", "Null is a body that is left out.", `null`, aDraft),
	publishing("200-null-date", "Null is a date that is left out.", `{"expiryDate":null}`, aDraft),
	publishing("200-until", "Until a date.", `{"expiryDate":"2026-06-01T00:00:00Z"}`, aDraft),
	publishing("200-expired", "An expired job is public again, for one more credit.", `{}`, anExpiredJob),
	publishing("200-contract", "A contract pays.", `{}`, aDraft, noCredits, aContract),
	{
		operation: "publishJob", name: "200-test", shows: "Test jobs are free.", given: []step{aTestJob}, key: testKey,
		call: "POST /api/v1/jobs/1/publish", body: `{}`,
	},
	{
		operation: "publishJob", name: "200-replayed", shows: "A repetition gets the same answer and costs nothing.", key: liveKey,
		call: "POST /api/v1/jobs/1/publish", header: withKey, body: `{}`,
		given: []step{aDraft, answered("POST", "/api/v1/jobs/1/publish", `{}`, withKey)},
	},
	{
		operation: "publishJob", name: "200-if-match", shows: "The job is at the version that the client has read.", given: []step{aDraft}, key: liveKey,
		call: "POST /api/v1/jobs/1/publish", header: map[string]string{"If-Match": `"1"`}, body: `{}`,
	},
	publishing("400-incomplete", "All that is missing is named.", `{}`, aBareDraft),
	publishing("400-active", "The job is public already.", `{}`, anActiveJob),
	publishing("400-deactivated", "A closed job stays closed.", `{}`, aClosedJob),
	publishing("400-past", "A date in the past.", `{"expiryDate":"2026-03-01T00:00:00Z"}`, aDraft),
	publishing("400-too-far", "A date more than a year ahead.", `{"expiryDate":"2027-03-03T00:00:00Z"}`, aDraft),
	publishing("400-no-date", "A day that does not exist.", `{"expiryDate":"2030-02-31T00:00:00Z"}`, aDraft),
	publishing("402-no-credits", "The balance is empty; nothing was consumed.", `{}`, aDraft, noCredits),
}

func previewing(name, shows, body string, given ...step) exchangeCase {
	return exchangeCase{operation: "previewJob", name: name, shows: shows, given: given, key: liveKey, call: "POST /api/v1/jobs/1/preview", body: body}
}

var previewCases = []exchangeCase{
	previewing("200-publishable", "How the job would look; the body may be left out.", "", aDraft),
	previewing("200-until", "With a date of the client's choice.", `{"expiryDate":"2026-06-01T00:00:00Z"}`, aDraft),
	previewing("200-problems", "What stands in the way of publishing.", `{"expiryDate":"2026-03-01T00:00:00Z"}`, aBareDraft),
	previewing("200-active", "A job that is public already.", `{}`, anActiveJob),
	previewing("200-free", "Under a contract it costs nothing.", `{}`, aDraft, aContract),
}
