package snapshots_test

import "time"

var candidateCases = []exchangeCase{
	{operation: "listCandidates", name: "200-empty", shows: "Nobody has applied yet.", key: cvKey, call: "GET /api/v1/candidates"},
	{operation: "listCandidates", name: "200-all", shows: "The latest first.", given: []step{manyApplications}, key: cvKey, call: "GET /api/v1/candidates"},
	{operation: "listCandidates", name: "200-filtered", shows: "Those that were hired, by a word of their name.", given: []step{manyApplications}, key: cvKey, call: "GET /api/v1/candidates?jobId=1&status=Hired&q=hopper"},
	{operation: "listCandidates", name: "200-statuses", shows: "Those of several statuses, the first to come first.", given: []step{manyApplications}, key: cvKey, call: "GET /api/v1/candidates?status=New,Hired&sort=createdAt"},
	{operation: "listCandidates", name: "200-skills", shows: "By a skill under another name.", given: []step{aSkilled}, key: cvKey, call: "GET /api/v1/candidates?skills=k8s,golang"},
	{operation: "listCandidates", name: "200-skills-repeated", shows: "A list may also be given as several parameters.", given: []step{aSkilled}, key: cvKey, call: "GET /api/v1/candidates?skills=k8s&skills=golang"},
	{
		operation: "listCandidates", name: "200-cursor", shows: "The list goes on where the first page ended.", key: cvKey, call: "GET /api/v1/candidates?cursor={cursor}&pageSize=2",
		given: []step{manyApplications, answeredWith(cvKey, "GET", "/api/v1/candidates?pageSize=2", "", nil)},
	},
	{operation: "listCandidates", name: "200-test", shows: "A test key does not see live data.", given: []step{anApplication}, key: testCVKey, call: "GET /api/v1/candidates"},
	{operation: "listCandidates", name: "200-read-only", shows: "A read-only key reads.", given: []step{anApplication}, key: readOnlyCVKey, call: "GET /api/v1/candidates"},
	{operation: "listCandidates", name: "400-status", shows: "A status that does not exist; the answer lists those that do.", key: cvKey, call: "GET /api/v1/candidates?status=Lost"},
	{operation: "listCandidates", name: "400-cursor", shows: "A cursor that we never gave.", key: cvKey, call: "GET /api/v1/candidates?cursor=eyJpZCI6MTIzNH0"},

	{operation: "getCandidate", name: "200-own", shows: "Somebody who applied.", given: []step{anApplication}, key: cvKey, call: "GET /api/v1/candidates/1"},
	{operation: "getCandidate", name: "200-matches", shows: "The job that fits.", given: []step{aMatch}, key: cvKey, call: "GET /api/v1/candidates/1"},
	{operation: "getCandidate", name: "200-closed", shows: "Somebody in the CV database: no names, no contact data.", given: []step{aPerson}, key: cvKey, call: "GET /api/v1/candidates/1"},
	{operation: "getCandidate", name: "200-opened", shows: "Somebody in the CV database, unlocked.", given: []step{aPerson, opened}, key: cvKey, call: "GET /api/v1/candidates/1"},
	{operation: "getCandidate", name: "200-again", shows: "To unlock again has prolonged nothing.", given: []step{aPerson, opened, opened}, key: cvKey, call: "GET /api/v1/candidates/1"},
	{operation: "getCandidate", name: "200-test", shows: "A test key pays nothing.", given: []step{aMadeUpPerson, openedInTest}, key: testCVKey, call: "GET /api/v1/candidates/1"},
	{operation: "getCandidate", name: "200-test-closed", shows: "A test key unlocks as well, at no price.", given: []step{aMadeUpPerson}, key: testCVKey, call: "GET /api/v1/candidates/1"},
	{operation: "getCandidate", name: "200-read-only", shows: "A read-only key reads, and spends nothing.", given: []step{aPerson}, key: readOnlyCVKey, call: "GET /api/v1/candidates/1"},
	{operation: "getCandidate", name: "404-hidden", shows: "Somebody who does not want to be found any more, though the profile was opened.", given: []step{aPerson, opened, hidden}, key: cvKey, call: "GET /api/v1/candidates/1"},
	{operation: "getCandidate", name: "404-erased", shows: "Somebody who was erased.", given: []step{anApplication, erasedCandidate}, key: cvKey, call: "GET /api/v1/candidates/1"},
	{operation: "getCandidate", name: "404-test", shows: "A test key does not see living people.", given: []step{aPerson}, key: testCVKey, call: "GET /api/v1/candidates/1"},

	{operation: "downloadCandidateCv", name: "200-own", shows: "The latest CV of somebody who applied, for saving.", given: []step{anApplication}, key: cvKey, call: "GET /api/v1/candidates/1/cv"},
	{operation: "downloadCandidateCv", name: "200-opened", shows: "That of somebody in the CV database, unlocked.", given: []step{aPerson, opened}, key: cvKey, call: "GET /api/v1/candidates/1/cv"},
	{operation: "downloadCandidateCv", name: "206-part", shows: "The rest of a download that broke off.", given: []step{anApplication}, key: cvKey, call: "GET /api/v1/candidates/1/cv", header: map[string]string{"Range": "bytes=13-"}},
	{operation: "downloadCandidateCv", name: "402-unlock-required", shows: "That of somebody in the CV database whose profile is not open.", given: []step{aPerson}, key: cvKey, call: "GET /api/v1/candidates/1/cv"},
	{operation: "downloadCandidateCv", name: "404-none", shows: "A candidate without a CV.", given: []step{aPushed}, key: cvKey, call: "GET /api/v1/candidates/1/cv"},
	{operation: "downloadCandidateCv", name: "416-beyond", shows: "Bytes that the file does not have.", given: []step{anApplication}, key: cvKey, call: "GET /api/v1/candidates/1/cv", header: map[string]string{"Range": "bytes=1000-"}},

	unlocking("200-first", "Somebody in the CV database, for a credit.", cvKey, aPerson),
	unlocking("200-again", "Within 30 days it costs nothing, and prolongs nothing.", cvKey, aPerson, opened),
	unlocking("200-own", "Somebody who applied is open, and costs nothing.", cvKey, anApplication),
	unlocking("200-test", "A test key pays nothing.", testCVKey, aMadeUpPerson),
	{operation: "unlockCandidate", name: "402-no-credits", shows: "The balance is empty.", given: []step{noCVCredits}, key: cvKey, call: "POST /api/v1/candidates/6/unlock"},
	unlocking("404-hidden", "Somebody who does not want to be found any more.", cvKey, aPerson, hidden),

	{operation: "exportCandidate", name: "200-everything", shows: "All that is kept of somebody.", given: []step{anInterview, movedCandidate, recordedCall, endedCall}, key: cvKey, call: "GET /api/v1/candidates/1/export"},

	movingCandidate("200-forward", "From the status that the client has seen.", `{"status":"Interviewed","fromStatus":"New","reason":"Ten years of Kubernetes"}`, anApplication),
	movingCandidate("200-earlier", "The candidate moved in the client's own system a little before.", `{"status":"Screened","changedAt":"2026-03-02T11:00:00Z"}`, anApplication, anHourLater),
	movingCandidate("400-future", "The candidate has not moved yet.", `{"status":"Screened","changedAt":"2026-12-24T00:00:00Z"}`, anApplication),
	movingCandidate("200-unchanged", "The candidate is there already, and nothing is noted.", `{"status":"New"}`, anApplication),
	movingCandidate("200-reopened", "Out of an exit, with a reason.", `{"status":"Interviewed","reason":"The first choice has declined"}`, anApplication, movedCandidate),
	movingCandidate("400-no-reason", "Out of an exit without one.", `{"status":"Interviewed"}`, anApplication, movedCandidate),
	movingCandidate("400-status", "A status that does not exist; the answer lists those that do.", `{"status":"Lost"}`, anApplication),
	movingCandidate("409-stale", "Somebody else was faster.", `{"status":"Interviewed","fromStatus":"New"}`, anApplication, movedCandidate),
	movingCandidate("404-cv-database", "Somebody in the CV database, though the profile was opened.", `{"status":"Interviewed"}`, aPerson, opened),
}

var searchCases = []exchangeCase{
	searching("200-nobody", "The CV database is empty.", ""),
	searching("200-everybody", "Without a question everybody is found.", "", manyPeople),
	searching("200-words", "A skill under another name, without what is not wanted.", "?q=k8s+NOT+terraform", manyPeople),
	searching("200-signs", "C++ is found as it is written.", "?q=C%2B%2B", manyPeople),
	searching("200-near", "Around a place, with filters.", "?location=London&radiusKm=25&skills=Kubernetes&seniority=Lead&remoteType=HybridRemote&availability=OneMonth&minYears=10", manyPeople),
	searching("200-recency", "The last updated first.", "?sort=recency&pageSize=2", manyPeople),
	searching("200-cursor", "The list goes on where the first page ended.", "?cursor={cursor}&sort=recency&pageSize=2", manyPeople, answeredWith(cvKey, "GET", "/api/v1/candidates/search?sort=recency&pageSize=2", "", nil)),
	searching("200-cursor-relevance", "By relevance, too.", "?sort=relevance&cursor={cursor}&pageSize=2", manyPeople, answeredWith(cvKey, "GET", "/api/v1/candidates/search?sort=relevance&pageSize=2", "", nil)),
	searching("200-levels", "Of one of several levels.", "?seniority=Lead,Senior&remoteType=HybridRemote&remoteType=OnSite&availability=OneMonth", manyPeople),
	searching("200-did-you-mean", "A word with a letter missing.", "?q=kuberntes", manyPeople),
	searching("200-unlocked", "A profile that was opened.", "?q=kubernetes+go", aPerson, opened),
	searching("400-query", "A parenthesis that is not closed; the answer says where.", "?q=kubernetes+AND+(terraform+OR+ansible"),
	searching("400-location", "A place that nobody knows.", "?location=Atlantis"),
	searching("400-radius", "A radius around nothing.", "?radiusKm=10"),
	searching("400-many", "All faults are named at once.", "?seniority=Boss&skills=go,,java&minYears=61&sort=best"),
	searching("400-cursor", "A cursor that we never gave.", "?cursor=eyJpZCI6MTIzNH0&sort=recency"),
}

func searching(name, shows, query string, given ...step) exchangeCase {
	return exchangeCase{operation: "searchCandidates", name: name, shows: shows, given: given, key: cvKey, call: "GET /api/v1/candidates/search" + query}
}

func unlocking(name, shows, key string, given ...step) exchangeCase {
	return exchangeCase{operation: "unlockCandidate", name: name, shows: shows, given: given, key: key, call: "POST /api/v1/candidates/1/unlock"}
}

func anHourLater(w *world) { w.Clock.Advance(time.Hour) }

func movingCandidate(name, shows, body string, given ...step) exchangeCase {
	return exchangeCase{operation: "moveCandidate", name: name, shows: shows, given: given, key: cvKey, call: "POST /api/v1/candidates/1/status", body: body}
}

var matchCases = []exchangeCase{
	{operation: "listMatches", name: "200-empty", shows: "Nothing has been matched yet.", key: cvKey, call: "GET /api/v1/matches"},
	{operation: "listMatches", name: "200-ranked", shows: "The best first, with what speaks for each.", given: []step{aMatch}, key: cvKey, call: "GET /api/v1/matches"},
	{operation: "listMatches", name: "200-filtered", shows: "Those of a job and a candidate that score high.", given: []step{aMatch}, key: cvKey, call: "GET /api/v1/matches?jobId=1&candidateId=2&minScore=70"},
	{operation: "listMatches", name: "200-worst-first", shows: "The other order.", given: []step{aMatch}, key: cvKey, call: "GET /api/v1/matches?sort=score"},
	{operation: "listMatches", name: "400-sort", shows: "An order that there is not.", key: cvKey, call: "GET /api/v1/matches?sort=computedAt"},
	{operation: "listMatches", name: "400-score", shows: "A score that there is not.", key: cvKey, call: "GET /api/v1/matches?minScore=101"},
	{operation: "getJob", name: "200-broadcasts", shows: "Where the job can be found now.", given: []step{anActiveJob}, key: liveKey, call: "GET /api/v1/jobs/1"},
	{operation: "getJob", name: "200-matches", shows: "A key that may see candidates gets those that fit best.", given: []step{aMatch}, key: bothKey, call: "GET /api/v1/jobs/1"},
}

const (
	fullInterview = `{"candidateId":1,"jobId":1,"startsAt":"2026-03-12T13:00:00Z","durationMinutes":45,"timeZone":"Europe/London","location":"1 High Street, London",` +
		`"meetingUrl":"https://meet.example.com/pl-001","interviewers":[{"name":"Barbara Liskov","email":"barbara@employer.example"}],"notes":"Ask about the move to Go."}`
	minimalInterview = `{"candidateId":1,"jobId":1,"startsAt":"2026-03-12T13:00:00Z"}`
	fullCall         = `{"candidateId":1,"jobId":1,"purpose":"Screening","provider":"Voicebot","externalId":"call-8f31"}`
)

var interviewCases = []exchangeCase{
	{operation: "listInterviews", name: "200-empty", shows: "None is scheduled.", key: cvKey, call: "GET /api/v1/interviews"},
	{operation: "listInterviews", name: "200-all", shows: "The latest first.", given: []step{manyInterviews}, key: cvKey, call: "GET /api/v1/interviews"},
	{operation: "listInterviews", name: "200-statuses", shows: "Those of several statuses.", given: []step{manyInterviews}, key: cvKey, call: "GET /api/v1/interviews?status=Scheduled,Cancelled"},
	{operation: "listInterviews", name: "200-ahead", shows: "What is to come, the next first.", given: []step{manyInterviews}, key: cvKey, call: "GET /api/v1/interviews?sort=startsAt&status=Scheduled&candidateId=1&jobId=1&from=2026-01-01T00:00:00Z&pageSize=1"},
	{
		operation: "listInterviews", name: "200-cursor", shows: "The list goes on where the first page ended.", key: cvKey, call: "GET /api/v1/interviews?cursor={cursor}&pageSize=2",
		given: []step{manyInterviews, answeredWith(cvKey, "GET", "/api/v1/interviews?pageSize=2", "", nil)},
	},
	scheduling("201-full", "With all that can be said.", fullInterview, anApplication),
	scheduling("201-minimal", "As little as possible.", minimalInterview, anApplication),
	scheduling("400-many", "All faults are named at once.", `{"candidateId":1,"jobId":1,"startsAt":"2020-01-01T00:00:00Z","timeZone":"Mars/Olympus","meetingUrl":"http://meet.example.com"}`, anApplication),
	scheduling("400-unknown", "Neither candidate nor job are the employer's.", `{"candidateId":999,"jobId":999,"startsAt":"2026-03-12T13:00:00Z"}`),
	scheduling("400-cv-database", "Somebody in the CV database can't be invited.", minimalInterview, aPerson, opened, anActiveJob),
	{operation: "getInterview", name: "200-scheduled", shows: "One that is to come.", given: []step{anInterview}, key: cvKey, call: "GET /api/v1/interviews/1"},
	{operation: "getInterview", name: "200-erased", shows: "One with somebody who was erased.", given: []step{anInterview, erasedCandidate}, key: cvKey, call: "GET /api/v1/interviews/1"},
	changingInterview("200-moved", "Another time, and nobody but the candidate.", `{"startsAt":"2026-03-13T09:30:00Z","durationMinutes":30,"interviewers":[],"meetingUrl":null}`, anInterview),
	changingInterview("200-notes", "What nobody is told of.", `{"notes":null}`, anInterview),
	changingInterview("200-held", "It was held.", `{"status":"Completed"}`, anInterview, begun),
	changingInterview("400-ahead", "Nothing was held before it begins.", `{"status":"Completed"}`, anInterview),
	changingInterview("200-cancelled", "It was called off.", `{"status":"Cancelled"}`, anInterview),
	changingInterview("200-unchanged", "Nothing is different.", `{"status":"Scheduled","timeZone":"Europe/London"}`, anInterview),
	changingInterview("400-held", "What was held can't be called off.", `{"status":"Cancelled"}`, anInterview, held),
	changingInterview("400-status", "A status that does not exist; the answer lists those that do.", `{"status":"Lost"}`, anInterview),
}

func scheduling(name, shows, body string, given ...step) exchangeCase {
	return exchangeCase{operation: "createInterview", name: name, shows: shows, given: given, key: cvKey, call: "POST /api/v1/interviews", body: body}
}

func changingInterview(name, shows, body string, given ...step) exchangeCase {
	return exchangeCase{operation: "patchInterview", name: name, shows: shows, given: given, key: cvKey, call: "PATCH /api/v1/interviews/1", body: body}
}

var callCases = []exchangeCase{
	{operation: "listAiCalls", name: "200-empty", shows: "None was made.", key: cvKey, call: "GET /api/v1/ai-calls"},
	{operation: "listAiCalls", name: "200-all", shows: "The latest first, without transcripts.", given: []step{manyCalls}, key: cvKey, call: "GET /api/v1/ai-calls"},
	{operation: "listAiCalls", name: "200-statuses", shows: "Those of several statuses, the oldest first.", given: []step{manyCalls}, key: cvKey, call: "GET /api/v1/ai-calls?status=Completed,InProgress&sort=createdAt"},
	{operation: "listAiCalls", name: "200-filtered", shows: "By the provider's identifier.", given: []step{manyCalls}, key: cvKey, call: "GET /api/v1/ai-calls?externalId=call-8f32&status=InProgress"},
	calling("201-full", "With all that can be said.", fullCall, anApplication),
	calling("201-minimal", "As little as possible.", `{"candidateId":1,"purpose":"Reminder"}`, anApplication),
	calling("400-unknown", "The candidate is not the employer's.", `{"candidateId":999,"purpose":"Screening"}`),
	calling("409-known", "The provider's identifier is known.", fullCall, aCall),
	{operation: "getAiCall", name: "200-in-progress", shows: "One that goes on.", given: []step{aCall}, key: cvKey, call: "GET /api/v1/ai-calls/1"},
	{operation: "getAiCall", name: "200-completed", shows: "One that was held, with its transcript.", given: []step{aCall, endedCall}, key: cvKey, call: "GET /api/v1/ai-calls/1"},
	{operation: "getAiCall", name: "200-erased", shows: "One with somebody who was erased.", given: []step{aCall, endedCall, erasedCandidate}, key: cvKey, call: "GET /api/v1/ai-calls/1"},
	changingCall("200-completed", "It was held.", `{"status":"Completed","durationSeconds":540,"outcome":"Interested","summary":"Can begin in May.","transcript":"Hello, is this a good moment?"}`, aCall),
	changingCall("200-failed", "Nobody answered.", `{"status":"Failed","outcome":"NoAnswer"}`, aCall),
	changingCall("200-later", "A summary that came later.", `{"summary":"Can begin in June."}`, aCall, endedCall),
	changingCall("400-ended", "What has ended does not go on.", `{"status":"InProgress"}`, aCall, endedCall),
	changingCall("400-many", "All faults are named at once.", `{"status":"Lost","durationSeconds":-1,"outcome":""}`, aCall),
}

func calling(name, shows, body string, given ...step) exchangeCase {
	return exchangeCase{operation: "createAiCall", name: name, shows: shows, given: given, key: cvKey, call: "POST /api/v1/ai-calls", body: body}
}

func changingCall(name, shows, body string, given ...step) exchangeCase {
	return exchangeCase{operation: "patchAiCall", name: name, shows: shows, given: given, key: cvKey, call: "PATCH /api/v1/ai-calls/1", body: body}
}
