package snapshots_test

import (
	"strings"

	"itmanagerjobs/server/servertest"
)

var applicationCases = []exchangeCase{
	{operation: "listApplications", name: "200-empty", shows: "Nobody has applied yet.", key: liveKey, call: "GET /api/v1/applications"},
	{operation: "listApplications", name: "200-all", shows: "The latest first.", given: []step{manyApplications}, key: liveKey, call: "GET /api/v1/applications"},
	{operation: "listApplications", name: "200-filtered", shows: "Those of a job that were hired.", given: []step{manyApplications}, key: liveKey, call: "GET /api/v1/applications?jobId=1&status=Hired"},
	{operation: "listApplications", name: "200-statuses", shows: "Those of several statuses, the last changed first.", given: []step{manyApplications}, key: liveKey, call: "GET /api/v1/applications?status=New,Hired&sort=-updatedAt"},
	{operation: "listApplications", name: "200-updated-since", shows: "What has changed.", given: []step{manyApplications}, key: liveKey, call: "GET /api/v1/applications?sort=-updatedAt&pageSize=1"},
	{
		operation: "listApplications", name: "200-cursor", shows: "The list goes on where the first page ended.",
		given: []step{manyApplications, answered("GET", "/api/v1/applications?pageSize=2", "", nil)}, key: liveKey, call: "GET /api/v1/applications?cursor={cursor}&pageSize=2",
	},
	{operation: "listApplications", name: "200-test", shows: "A test key does not see live data.", given: []step{anApplication}, key: testKey, call: "GET /api/v1/applications"},
	{operation: "listApplications", name: "400-status", shows: "A status that does not exist; the answer lists those that do.", key: liveKey, call: "GET /api/v1/applications?status=Lost"},
	{operation: "listApplications", name: "400-cursor", shows: "A cursor that we never gave.", key: liveKey, call: "GET /api/v1/applications?cursor=eyJpZCI6MTIzNH0"},
	{operation: "listJobApplications", name: "200-page", shows: "The second page of those for a job.", given: []step{manyApplications}, key: liveKey, call: "GET /api/v1/jobs/1/applications?page=2&pageSize=2"},

	{operation: "getApplication", name: "200-new", shows: "An application with a CV.", given: []step{anApplication}, key: liveKey, call: "GET /api/v1/applications/1"},
	{operation: "getApplication", name: "200-rejected", shows: "Its history tells who moved it, and why.", given: []step{aRejected}, key: liveKey, call: "GET /api/v1/applications/1"},
	{operation: "getApplication", name: "200-withdrawn", shows: "The candidate has withdrawn it.", given: []step{anApplication, withdrawn}, key: liveKey, call: "GET /api/v1/applications/1"},
	{operation: "getApplication", name: "200-pushed", shows: "One that is posted to the employer's endpoint.", given: []step{aPushed}, key: liveKey, call: "GET /api/v1/applications/1"},
	{operation: "getApplication", name: "200-erased", shows: "One whose applicant was erased.", given: []step{aRejected, erasedCandidate}, key: liveKey, call: "GET /api/v1/applications/1"},
	{operation: "downloadApplicationCv", name: "200-whole", shows: "The CV, for saving.", given: []step{anApplication}, key: liveKey, call: "GET /api/v1/applications/1/cv"},
	{operation: "downloadApplicationCv", name: "206-part", shows: "The rest of a download that broke off.", given: []step{anApplication}, key: liveKey, call: "GET /api/v1/applications/1/cv", header: map[string]string{"Range": "bytes=13-"}},
	{operation: "downloadApplicationCv", name: "416-beyond", shows: "Bytes that the file does not have.", given: []step{anApplication}, key: liveKey, call: "GET /api/v1/applications/1/cv", header: map[string]string{"Range": "bytes=1000-"}},
	{operation: "downloadApplicationCv", name: "404-none", shows: "An application without a CV.", given: []step{aPushed}, key: liveKey, call: "GET /api/v1/applications/1/cv"},
	{operation: "downloadApplicationCv", name: "404-erased", shows: "A CV that was erased.", given: []step{anApplication, erasedCandidate}, key: liveKey, call: "GET /api/v1/applications/1/cv"},

	moving("200-forward", "From the status that the client has seen.", `{"status":"Interviewed","fromStatus":"New","reason":"Ten years of Kubernetes"}`, anApplication),
	moving("200-back", "One step back.", `{"status":"New","reason":null}`, anApplication, func(w *world) { w.move(1, "Screened", "") }),
	moving("200-unchanged", "It is there already, and nothing is noted.", `{"status":"New"}`, anApplication),
	moving("200-reopened", "Out of an exit, with a reason.", `{"status":"Interviewed","reason":"The first choice has declined"}`, aRejected),
	moving("400-no-reason", "Out of an exit without one.", `{"status":"Interviewed"}`, aRejected),
	moving("400-two-back", "Two steps back at once.", `{"status":"New"}`, anApplication, func(w *world) { w.move(1, "Interviewed", "") }),
	moving("400-status", "A status that does not exist; the answer lists those that do.", `{"status":"Lost"}`, anApplication),
	moving("200-earlier", "It moved in the client's own system a little before.", `{"status":"Screened","changedAt":"2026-03-02T11:00:00Z"}`, anApplication, anHourLater),
	moving("400-future", "It has not moved yet.", `{"status":"Screened","changedAt":"2026-12-24T00:00:00Z"}`, anApplication),
	moving("409-stale", "Somebody else was faster.", `{"status":"Interviewed","fromStatus":"New"}`, aRejected),
	{
		operation: "moveApplication", name: "200-replayed", shows: "A repetition changes nothing more.", key: liveKey, call: "POST /api/v1/applications/1/status", header: withKey, body: `{"status":"Screened"}`,
		given: []step{anApplication, answered("POST", "/api/v1/applications/1/status", `{"status":"Screened"}`, withKey)},
	},

	{operation: "eraseCandidate", name: "200-erased", shows: "What was reached.", given: []step{aRejected}, key: cvKey, call: "DELETE /api/v1/candidates/1"},
	{operation: "eraseCandidate", name: "404-again", shows: "It is gone.", given: []step{anApplication, erasedCandidate}, key: cvKey, call: "DELETE /api/v1/candidates/1"},

	{operation: "getApplicantRegions", name: "200-everywhere", shows: "Applications from everywhere are taken.", given: []step{aDraft}, key: liveKey, call: "GET /api/v1/jobs/1/applicant-regions"},
	{operation: "getApplicantRegions", name: "200-two", shows: "Two countries.", given: []step{aDraft, regionsSet}, key: liveKey, call: "GET /api/v1/jobs/1/applicant-regions"},
	{operation: "setApplicantRegions", name: "200-set", shows: "Codes are put into capitals, and each stands once.", given: []step{aDraft}, key: liveKey, call: "PUT /api/v1/jobs/1/applicant-regions", body: `{"countries":["gb","IE","GB"]}`},
	{operation: "setApplicantRegions", name: "200-everywhere", shows: "From everywhere again.", given: []step{aDraft, regionsSet}, key: liveKey, call: "PUT /api/v1/jobs/1/applicant-regions", body: `{"countries":[]}`},
	{operation: "setApplicantRegions", name: "400-code", shows: "What is no code of a country.", given: []step{aDraft}, key: liveKey, call: "PUT /api/v1/jobs/1/applicant-regions", body: `{"countries":["GB","G8","GBR"]}`},
	{operation: "setApplicantRegions", name: "400-no-country", shows: "A code that no country has is named.", given: []step{aDraft}, key: liveKey, call: "PUT /api/v1/jobs/1/applicant-regions", body: `{"countries":["GB","ZZ"]}`},
}

func moving(name, shows, body string, given ...step) exchangeCase {
	return exchangeCase{operation: "moveApplication", name: name, shows: shows, given: given, key: liveKey, call: "POST /api/v1/applications/1/status", body: body}
}

var formHeader = map[string]string{"Content-Type": "multipart/form-data; boundary=x", "Accept": "application/json"}

// multipart is a body with the boundary x, of names and values in turn. A name with a colon is that of a file.
func multipart(parts ...string) string {
	var b strings.Builder
	for i := 0; i < len(parts); i += 2 {
		name, file, isFile := strings.Cut(parts[i], ":")
		b.WriteString("--x\r\nContent-Disposition: form-data; name=\"" + name + "\"")
		if isFile {
			b.WriteString("; filename=\"" + file + "\"\r\nContent-Type: application/octet-stream")
		}
		b.WriteString("\r\n\r\n" + parts[i+1] + "\r\n")
	}
	return b.String() + "--x--\r\n"
}

var (
	minimalForm = multipart("firstName", "Ada", "lastName", "Lovelace", "email", "ada@example.com")
	fullForm    = multipart("firstName", "Ada", "lastName", "Lovelace", "email", "ada@example.com", "phone", "+44 20 7946 0000",
		"cv:ada-lovelace.txt", cvText, "coverLetter", "Dear team,\r\nI have run platforms for ten years.")
)

func applying(name, shows, body string, given ...step) exchangeCase {
	return exchangeCase{operation: "applyToJob", name: name, shows: shows, given: given, call: "POST /jobs/1/apply", header: formHeader, body: body}
}

func applyCases() []exchangeCase {
	large := applying("413-too-large", "The body is a byte longer than it may be.", strings.Repeat("x", 12<<20+1), anActiveJob)
	large.sends = "{12582913 bytes}"
	media := applying("415-media-type", "A body that is no form.", `{"firstName":"Ada"}`, anActiveJob)
	media.header = map[string]string{"Content-Type": "application/json", "Accept": "application/json"}
	absent := applying("404-absent", "There is no such job.", minimalForm)
	cases := []exchangeCase{
		applying("201-full", "An application with a CV.", fullForm, anActiveJob),
		applying("201-minimal", "A name and an address are enough.", minimalForm, anActiveJob),
		applying("303-elsewhere", "The job is applied for at the employer's own address.", minimalForm, aJobElsewhere),
		applying("400-empty", "What is needed is named.", multipart(), anActiveJob),
		applying("400-many", "All faults are named at once.", multipart("colour", "red", "firstName", "", "email", "ada", "email", "eve", "cv:cv.exe", "MZ"), anActiveJob),
		applying("400-cv-content", "A file that is not what its name says.", multipart("firstName", "Ada", "lastName", "Lovelace", "email", "ada@example.com", "cv:cv.pdf", "I am a text."), anActiveJob),
		applying("400-truncated", "A form that ends too early.", minimalForm[:len(minimalForm)-20], anActiveJob),
		absent,
		applying("404-draft", "A draft is nobody's business.", minimalForm, aDraft),
		applying("201-unnamed-cv", "A CV without a file name is known by its content.", multipart("firstName", "Ada", "lastName", "Lovelace", "email", "ada@example.com", "cv", cvText), anActiveJob),
		applying("201-twice", "The same address a second time is answered like the first time.", minimalForm, anApplication),
		applying("410-closed", "The job is closed.", minimalForm, aClosedJob),
		applying("410-expired", "The job has expired.", minimalForm, anExpiredJob),
		applying("429-limit", "Too many applications from one network.", minimalForm, anActiveJob, addressLimited),
		applying("503-database", "The database is away.", minimalForm, databaseGone),
		applying("500-fault", "A fault of ours.", minimalForm, databaseBroken),
		large, media,
	}
	open := func(name, shows string, given ...step) exchangeCase {
		return exchangeCase{operation: "openApplyForm", name: name, shows: shows, given: given, call: "GET /jobs/1/apply"}
	}
	told := open("200-told", "A program is told the address of the form.", anActiveJob)
	told.header = map[string]string{"Accept": "application/json"}
	return append(cases, told,
		open("303-form", "To the form of the job.", anActiveJob), open("303-elsewhere", "To the employer's own address; it is counted.", aJobElsewhere),
		open("404-absent", "There is no such job."), open("410-closed", "The job is closed.", aClosedJob), open("410-expired", "The job has expired.", anExpiredJob),
		open("503-database", "The database is away.", databaseGone),
		open("500-fault", "A fault of ours.", databaseBroken))
}

func withdrawing(name, shows, body string, given ...step) exchangeCase {
	return exchangeCase{
		operation: "withdrawApplication", name: name, shows: shows, given: given, call: "POST /applications/withdraw", body: body,
		header: map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
	}
}

func withdrawCases() []exchangeCase {
	show := func(name, shows, query string, given ...step) exchangeCase {
		return exchangeCase{operation: "showWithdrawal", name: name, shows: shows, given: given, call: "GET /applications/withdraw" + query}
	}
	large := withdrawing("413-too-large", "The body is a byte longer than it may be.", strings.Repeat("x", 1<<20+1))
	large.sends = "{1048577 bytes}"
	media := withdrawing("415-media-type", "A body that is no form.", `{"token":"x"}`)
	media.header = map[string]string{"Content-Type": "application/json"}
	browser := withdrawing("303-browser", "A browser is led to the page of the link.", "token={token}", anApplication)
	browser.header = map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
	return []exchangeCase{
		browser,
		show("200-asks", "What the link is for; nothing changes.", "?token={token}", anApplication),
		show("200-withdrawn", "It was withdrawn before.", "?token={token}", anApplication, withdrawn),
		show("404-token", "A link that we never gave.", "?token=AAAA", anApplication),
		show("404-no-token", "A link that was cut off.", ""),
		show("410-over", "A link whose time is over.", "?token={token}", anApplication, linkOver),
		show("503-database", "The database is away.", "?token={token}", anApplication, databaseGone),
		show("500-fault", "A fault of ours.", "?token={token}", anApplication, databaseBroken),
		withdrawing("200-withdrawn", "It is withdrawn.", "token={token}", anApplication),
		withdrawing("200-again", "Once is as good as twice.", "token={token}", anApplication, withdrawn),
		withdrawing("400-no-token", "A form without the token.", "colour=red", anApplication),
		withdrawing("404-token", "A token that we never gave.", "token=AAAA", anApplication),
		withdrawing("410-over", "A token whose time is over.", "token={token}", anApplication, linkOver),
		withdrawing("503-database", "The database is away.", "token={token}", anApplication, databaseGone),
		withdrawing("500-fault", "A fault of ours.", "token={token}", anApplication, databaseBroken),
		large, media,
	}
}

func pushing(name, shows string, parts []string, given ...step) exchangeCase {
	return exchangeCase{
		operation: "receiveCareerjetApplication", name: name, shows: shows, given: given, call: "POST /apply/careerjet",
		header: map[string]string{"Content-Type": "multipart/form-data; boundary=x"}, body: multipart(parts...),
	}
}

func careerjetCases() []exchangeCase {
	withCV := append(signed(), "cv:ada-lovelace.txt", cvText)
	before := func(w *world) {
		w.Want(w.t, 200, servertest.Request{Method: "POST", Path: "/apply/careerjet", Body: multipart(signed()...), Header: map[string]string{"Content-Type": "multipart/form-data; boundary=x"}})
	}
	return []exchangeCase{
		pushing("200-accepted", "An application with a CV.", withCV, anActiveJob, aFeed),
		pushing("200-again", "The same uuid with the same content is taken once.", signed(), anActiveJob, aFeed, before),
		pushing("403-signature", "The signature is wrong.", signed("source_signature", "00000000000000000000000000000000"), anActiveJob, aFeed),
		pushing("403-unsigned", "There is no signature.", signed("source_signature", ""), anActiveJob, aFeed),
		pushing("403-other-content", "The uuid came with other content before.", signed("cover_letter", "Hello"), anActiveJob, aFeed, before),
		pushing("409-closed", "The job is closed.", signed(), aClosedJob, aFeed),
		pushing("409-expired", "The job has expired.", signed(), anExpiredJob, aFeed),
		pushing("410-job", "There is no such job.", signed("job_id", "PL-999"), anActiveJob, aFeed),
		pushing("200-one-name", "An applicant with one name.", signed("firstname", ""), anActiveJob, aFeed),
		pushing("418-database", "The database is away.", signed(), databaseGone),
		pushing("451-region", "The candidate lives where the job takes no applications from.", signed("candidate_ip", servertest.AddressInFrance), anActiveJob, aFeed, regionsSet),
	}
}
