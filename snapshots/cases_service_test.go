package snapshots_test

const me = "GET /api/v1/me"

var accountCases = []exchangeCase{
	{operation: "getMe", name: "200-live", shows: "A live key with both scopes.", key: bothKey, call: me},
	{operation: "getMe", name: "200-test", shows: "A key for test data.", key: testKey, call: me},
	{operation: "getMe", name: "200-read-only", shows: "A key that may only read has one limit for all it does.", key: readOnlyKey, call: me},
	{operation: "getMe", name: "200-contract", shows: "The employer has an unlimited contract.", given: []step{aContract}, key: liveKey, call: me},
	{
		operation: "getMe", name: "200-x-api-key", shows: "The key in its other header.", call: me,
		header: map[string]string{"X-Api-Key": "{" + liveKey + "}"},
	},
	{
		operation: "getMe", name: "200-request-id", shows: "The request brings its own id.", key: liveKey, call: me,
		header: map[string]string{"X-Request-Id": "bullhorn-4711"},
	},
	{
		operation: "getMe", name: "400-two-keys", shows: "Two different keys.", key: liveKey, call: me,
		header: map[string]string{"X-Api-Key": "{" + testKey + "}"},
	},
	{operation: "getMe", name: "403-address", shows: "A key that is bound to networks, and a request from another one.", key: elsewhereKey, call: me},
	{operation: "getMe", name: "401-unknown", shows: "A key that was never minted.", key: unknownKey, call: me},
	{operation: "getMe", name: "401-revoked", shows: "A key that was revoked.", key: revokedKey, call: me},
	{operation: "getMe", name: "401-expired", shows: "A key whose time is over.", key: expiredKey, call: me},
	{operation: "getMe", name: "401-pending", shows: "A key that was not reviewed yet.", key: pendingKey, call: me},
}

var serviceCases = []exchangeCase{
	{operation: "getLiveness", name: "200-ok", shows: "The process runs.", call: "GET /healthz/live"},
	{operation: "getLiveness", name: "200-no-database", shows: "It does so without the database.", given: []step{databaseGone}, call: "GET /healthz/live"},
	{operation: "getLiveness", name: "500-fault", shows: "A fault of ours.", given: []step{answerFails}, call: "GET /healthz/live"},
	{operation: "getReadiness", name: "200-ok", shows: "All is there.", call: "GET /healthz/ready"},
	{operation: "getReadiness", name: "503-no-database", shows: "The database is away.", given: []step{databaseGone}, call: "GET /healthz/ready"},
	{operation: "getReadiness", name: "503-stopping", shows: "This copy of the program is about to stop.", given: []step{draining}, call: "GET /healthz/ready"},
	{operation: "getReadiness", name: "500-fault", shows: "A fault of ours.", given: []step{answerFails}, call: "GET /healthz/ready"},
	{operation: "getOpenAPI", name: "200-contract", shows: "The contract itself.", call: "GET /swagger/v1/swagger.json"},
	{
		operation: "getOpenAPI", name: "304-unchanged", shows: "Nothing has changed since the client read it.", call: "GET /swagger/v1/swagger.json",
		given: []step{answeredWith("", "GET", "/swagger/v1/swagger.json", "", nil)}, header: map[string]string{"If-None-Match": "{etag}"},
	},
	{operation: "getOpenAPI", name: "500-fault", shows: "A fault of ours.", given: []step{answerFails}, call: "GET /swagger/v1/swagger.json"},
	{operation: "getOpenAPI31", name: "200-contract", shows: "The contract in OpenAPI 3.1.", call: "GET /swagger/v1/openapi-3.1.json"},
	{
		operation: "getOpenAPI31", name: "304-unchanged", shows: "Nothing has changed since the client read it.", call: "GET /swagger/v1/openapi-3.1.json",
		given: []step{answeredWith("", "GET", "/swagger/v1/openapi-3.1.json", "", nil)}, header: map[string]string{"If-None-Match": "{etag}"},
	},
	{operation: "getOpenAPI31", name: "500-fault", shows: "A fault of ours.", given: []step{answerFails}, call: "GET /swagger/v1/openapi-3.1.json"},
	{operation: "getPostmanCollection", name: "200-contract", shows: "The contract as a Postman collection.", call: "GET /swagger/v1/postman.json"},
	{
		operation: "getPostmanCollection", name: "304-unchanged", shows: "Nothing has changed since the client read it.", call: "GET /swagger/v1/postman.json",
		given: []step{answeredWith("", "GET", "/swagger/v1/postman.json", "", nil)}, header: map[string]string{"If-None-Match": "{etag}"},
	},
	{operation: "getPostmanCollection", name: "500-fault", shows: "A fault of ours.", given: []step{answerFails}, call: "GET /swagger/v1/postman.json"},
	{operation: "getIntakeOpenAPI", name: "200-contract", shows: "The contract itself.", call: "GET /swagger/intake/swagger.json"},
	{
		operation: "getIntakeOpenAPI", name: "304-unchanged", shows: "Nothing has changed since the client read it.", call: "GET /swagger/intake/swagger.json",
		given: []step{answeredWith("", "GET", "/swagger/intake/swagger.json", "", nil)}, header: map[string]string{"If-None-Match": "{etag}"},
	},
	{operation: "getIntakeOpenAPI", name: "500-fault", shows: "A fault of ours.", given: []step{answerFails}, call: "GET /swagger/intake/swagger.json"},

	{operation: "none", name: "404-no-such-path", shows: "Nothing is at this address.", key: liveKey, call: "GET /api/v1/vacancies"},
	{operation: "none", name: "404-no-such-path-no-key", shows: "Nor for someone without a key.", call: "GET /api/v1/vacancies"},
	{operation: "none", name: "405-method", shows: "The address takes other methods.", key: liveKey, call: "DELETE /api/v1/jobs"},
}
