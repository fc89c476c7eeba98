package snapshots_test

var listCases = []exchangeCase{
	{operation: "listJobs", name: "200-empty", shows: "There are no jobs yet.", key: liveKey, call: "GET /api/v1/jobs"},
	{operation: "listJobs", name: "200-all", shows: "The latest first; no descriptions.", given: []step{manyJobs}, key: liveKey, call: "GET /api/v1/jobs"},
	{operation: "listJobs", name: "200-first-page", shows: "A page with more behind it.", given: []step{manyJobs}, key: liveKey, call: "GET /api/v1/jobs?pageSize=3"},
	{operation: "listJobs", name: "200-last-page", shows: "The page that ends the list.", given: []step{manyJobs}, key: liveKey, call: "GET /api/v1/jobs?page=2&pageSize=3"},
	{operation: "listJobs", name: "200-beyond", shows: "A page behind the last one.", given: []step{manyJobs}, key: liveKey, call: "GET /api/v1/jobs?page=9"},
	{
		operation: "listJobs", name: "200-cursor", shows: "The list goes on where the first page ended.",
		given: []step{manyJobs, answered("GET", "/api/v1/jobs?pageSize=2", "", nil)}, key: liveKey,
		call: "GET /api/v1/jobs?cursor={cursor}&pageSize=1",
	},
	{
		operation: "listJobs", name: "200-cursor-end", shows: "The cursor leads to the end of the list.",
		given: []step{manyJobs, answered("GET", "/api/v1/jobs?pageSize=2", "", nil)}, key: liveKey, call: "GET /api/v1/jobs?cursor={cursor}&pageSize=2",
	},
	{operation: "listJobs", name: "200-status", shows: "Jobs of one status.", given: []step{manyJobs}, key: liveKey, call: "GET /api/v1/jobs?status=Active"},
	{operation: "listJobs", name: "200-statuses", shows: "Jobs of several statuses.", given: []step{manyJobs}, key: liveKey, call: "GET /api/v1/jobs?status=Draft,Expired"},
	{operation: "listJobs", name: "200-statuses-repeated", shows: "Several statuses in several parameters.", given: []step{manyJobs}, key: liveKey, call: "GET /api/v1/jobs?status=Expired&status=Draft&pageSize=1"},
	{operation: "listJobs", name: "200-reference", shows: "The job of one reference.", given: []step{manyJobs}, key: liveKey, call: "GET /api/v1/jobs?reference=HI-003"},
	{operation: "listJobs", name: "200-words", shows: "Jobs with all these words in title, reference or city.", given: []step{manyJobs}, key: liveKey, call: "GET /api/v1/jobs?q=platform+london"},
	{operation: "listJobs", name: "200-updated-since", shows: "Jobs that changed lately, the last change first.", given: []step{manyJobs}, key: liveKey, call: "GET /api/v1/jobs?updatedSince=2026-03-02T10:33:00Z&sort=-updatedAt"},
	{operation: "listJobs", name: "200-oldest-first", shows: "The other order.", given: []step{manyJobs}, key: liveKey, call: "GET /api/v1/jobs?sort=createdAt&pageSize=2"},
	{operation: "listJobs", name: "200-test", shows: "A test key sees test jobs alone.", given: []step{manyJobs, aTestJob}, key: testKey, call: "GET /api/v1/jobs"},
	{operation: "listJobs", name: "200-read-only", shows: "A read-only key may list.", given: []step{aDraft}, key: readOnlyKey, call: "GET /api/v1/jobs"},

	{operation: "listJobs", name: "400-status", shows: "An unknown status.", key: liveKey, call: "GET /api/v1/jobs?status=Open"},
	{operation: "listJobs", name: "400-many", shows: "All faults are named at once.", key: liveKey, call: "GET /api/v1/jobs?page=0&pageSize=201&status=Open&sort=title&updatedSince=2030-02-31T00:00:00Z&colour=red"},
	{operation: "listJobs", name: "400-huge-page", shows: "A page beyond all bounds.", key: liveKey, call: "GET /api/v1/jobs?page=1000000000000000000"},
	{operation: "listJobs", name: "400-not-a-number", shows: "A page that is no number.", key: liveKey, call: "GET /api/v1/jobs?page=two"},
	{operation: "listJobs", name: "400-page-and-cursor", shows: "Two ways to walk the list at once.", key: liveKey, call: "GET /api/v1/jobs?page=2&cursor=eyJpZCI6MTIzNH0"},
	{operation: "listJobs", name: "400-cursor", shows: "A cursor that we never gave.", key: liveKey, call: "GET /api/v1/jobs?cursor=eyJpZCI6MTIzNH0"},
	{
		operation: "listJobs", name: "400-cursor-of-another-sort", shows: "A cursor belongs to its sort.",
		given: []step{manyJobs, answered("GET", "/api/v1/jobs?pageSize=2", "", nil)}, key: liveKey, call: "GET /api/v1/jobs?cursor={cursor}&sort=createdAt",
	},
	{operation: "listJobs", name: "400-sort-twice", shows: "A parameter that stands twice.", key: liveKey, call: "GET /api/v1/jobs?sort=createdAt&sort=updatedAt"},
	{operation: "listJobs", name: "400-statuses", shows: "An unknown status among others: the answer names it.", key: liveKey, call: "GET /api/v1/jobs?status=Draft,Open"},
}

var getCases = []exchangeCase{
	{operation: "getJob", name: "200-draft", shows: "A draft with every field.", given: []step{aDraft}, key: liveKey, call: "GET /api/v1/jobs/1"},
	{operation: "getJob", name: "200-bare", shows: "A draft with a title alone: every property is there.", given: []step{aBareDraft}, key: liveKey, call: "GET /api/v1/jobs/1"},
	{operation: "getJob", name: "200-active", shows: "A public job.", given: []step{anActiveJob}, key: liveKey, call: "GET /api/v1/jobs/1"},
	{operation: "getJob", name: "200-expired", shows: "A job whose time is over.", given: []step{anExpiredJob}, key: liveKey, call: "GET /api/v1/jobs/1"},
	{operation: "getJob", name: "200-deactivated", shows: "A job that was closed.", given: []step{aClosedJob}, key: liveKey, call: "GET /api/v1/jobs/1"},
	{operation: "getJob", name: "404-live-job-test-key", shows: "A test key does not see live jobs.", given: []step{aDraft}, key: testKey, call: "GET /api/v1/jobs/1"},
	{operation: "getJob", name: "404-id-zero", shows: "An id below the first.", key: liveKey, call: "GET /api/v1/jobs/0"},
}
