package snapshots_test

import "strings"

const (
	createCall = "POST /api/v1/jobs"
	batchCall  = "POST /api/v1/jobs/batch"
)

var withKey = map[string]string{"Idempotency-Key": idempotencyKey}

func creating(name, shows, body string, given ...step) exchangeCase {
	return exchangeCase{operation: "createJob", name: name, shows: shows, given: given, key: liveKey, call: createCall, body: body}
}

var createCases = []exchangeCase{
	creating("201-full", "A draft with every field.", fullJob),
	creating("201-title", "A draft needs a title alone.", `{"title":"Platform Lead"}`),
	creating("201-nulls", "Null is the same as leaving out.", `{"title":"Platform Lead","city":null,"salary":null,"requiredSkills":null}`),
	creating("201-country-code", "A country by its code has its name as well.", `{"title":"Platform Lead","countryCode":"IE"}`),
	creating("201-country-alias", "A common name of a country, and a code that says the same.", `{"title":"Platform Lead","country":"England","countryCode":"GB"}`),
	creating("400-country", "What is no country.", `{"title":"Platform Lead","country":"Worldwide"}`),
	creating("400-two-countries", "Name and code of two countries.", `{"title":"Platform Lead","country":"Spain","countryCode":"GB"}`),
	creating("201-sanitised", "Markup that could do harm goes.", `{"title":"Platform Lead","description":"<p onclick=\"x()\">Lead.</p><script>alert(1)</script><ul><li>On call</li></ul>"}`),
	{
		operation: "createJob", name: "201-test", shows: "A test key makes a test job.", key: testKey, call: createCall,
		body: `{"title":"Platform Lead"}`,
	},
	{
		operation: "createJob", name: "201-first-of-key", shows: "The first request with an Idempotency-Key.", key: liveKey, call: createCall,
		header: withKey, body: `{"title":"Platform Lead"}`,
	},
	{
		operation: "createJob", name: "201-replayed", shows: "Its repetition gets the same answer.", key: liveKey, call: createCall,
		header: withKey, body: `{"title":"Platform Lead"}`,
		given: []step{answered("POST", "/api/v1/jobs", `{"title":"Platform Lead"}`, withKey)},
	},
	creating("415-no-body", "A body is needed, and named.", ""),
	{
		operation: "createJob", name: "400-no-body", shows: "A body that was announced and is not there.", key: liveKey, call: createCall,
		header: map[string]string{"Content-Type": "application/json"},
	},
	creating("400-empty-object", "So is a title.", `{}`),
	creating("400-null-title", "Null is no title.", `{"title":null}`),
	creating("400-long-title", "A title that is too long.", `{"title":"`+strings.Repeat("Lead ", 41)+`"}`),
	creating("400-enum", "A value that is not allowed.", `{"title":"Platform Lead","remoteType":"Hybrid"}`),
	creating("400-types", "Values of other types.", `{"title":5,"city":["London"],"salary":"much"}`),
	creating("400-many", "All faults are named at once.", `{"colour":"red","reference":"","employmentType":"Fulltime","remoteType":"Remote","applyEmailAddress":"jobs","applyUrl":"example.com","applyPushUrl":"http://example.com/push","salary":{"min":-1,"currency":"Pounds"},"requiredSkills":["Go","go",""]}`),
	creating("400-salary", "A salary that contradicts itself.", `{"title":"Platform Lead","salary":{"min":50000,"max":40000,"currency":"GBP","period":"Year"}}`),
	creating("400-decimals", "An amount finer than a penny.", `{"title":"Platform Lead","salary":{"min":37.505,"currency":"GBP","period":"Hour"}}`),
	creating("400-nul", "A character that no text may hold.", `{"title":"Platform\u0000Lead"}`),
	{
		operation: "createJob", name: "400-duplicate-key", shows: "A field that stands twice.", key: liveKey, call: createCall,
		body:  `{"title":"Platform Lead","title":"Delivery Manager"}`,
		sends: `{"title":"Platform Lead","title":"Delivery Manager"}`,
	},
	creating("409-reference", "Another job has the reference.", fullJob, aDraft),
}

func inBatch(name, shows, body string, given ...step) exchangeCase {
	return exchangeCase{operation: "createJobsBatch", name: name, shows: shows, given: given, key: liveKey, call: batchCall, body: body}
}

var batchCases = []exchangeCase{
	inBatch("207-mixed", "Each job is judged by itself, with the words of the single call.",
		`{"jobs":[`+fullJob+`,{"title":"Delivery Manager","reference":"DM-002"},{"city":"London","remoteType":"Hybrid"},`+
			`{"title":"Platform Lead II","reference":"PL-001"},{"title":"Head of IT","colour":"red"}]}`, anotherJob),
	inBatch("207-all", "All are made.", `{"jobs":[{"title":"Platform Lead"},{"title":"Delivery Manager"}]}`),
	{
		operation: "createJobsBatch", name: "207-replayed", shows: "A repetition gets the same answer.", key: liveKey, call: batchCall,
		header: withKey, body: `{"jobs":[{"title":"Platform Lead"}]}`,
		given: []step{answered("POST", "/api/v1/jobs/batch", `{"jobs":[{"title":"Platform Lead"}]}`, withKey)},
	},
	inBatch("400-not-objects", "What is no object is no job.", `{"jobs":["Platform Lead",null]}`),
	inBatch("400-empty", "A batch without jobs.", `{"jobs":[]}`),
	inBatch("400-no-jobs", "The list is missing.", `{}`),
	{
		operation: "createJobsBatch", name: "400-too-many", shows: "More jobs than a batch may have.", key: liveKey, call: batchCall,
		body:  `{"jobs":[` + strings.TrimSuffix(strings.Repeat(`{"title":"Platform Lead"},`, 101), ",") + `]}`,
		sends: "{a batch of 101 jobs}",
	},
}

func upserting(name, shows, body string, given ...step) exchangeCase {
	return exchangeCase{operation: "upsertJobByReference", name: name, shows: shows, given: given, key: liveKey, call: byReference, body: body}
}

var upsertCases = []exchangeCase{
	upserting("201-new", "No job has the reference yet.", `{"title":"Platform Lead","city":"London"}`),
	upserting("201-after-closed", "A closed job does not keep its reference.", `{"title":"Platform Lead"}`, aClosedJob),
	upserting("200-changed", "The job of the reference is changed.", `{"reference":"PL-001","city":"Leeds","salary":null}`, aDraft),
	upserting("200-unchanged", "Nothing is different, and the ETag stays.", `{"title":"Platform Lead"}`, aDraft),
	{
		operation: "upsertJobByReference", name: "201-encoded", shows: "A reference with characters that a path must encode.", key: liveKey,
		call: "PUT /api/v1/jobs/by-reference/PL%2F001%20b", body: `{"title":"Platform Lead"}`,
	},
	upserting("400-no-title", "A new job needs a title.", `{"city":"London"}`),
	upserting("400-other-reference", "The body contradicts the path.", `{"title":"Platform Lead","reference":"PL-002"}`),
	{
		operation: "upsertJobByReference", name: "412-absent", shows: "No job has the reference, so none is at the version.", key: liveKey,
		call: byReference, header: map[string]string{"If-Match": `"1"`}, body: `{"title":"Platform Lead"}`,
	},
}
