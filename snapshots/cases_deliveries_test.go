package snapshots_test

const deliveriesCall = "GET /api/v1/webhooks/1/deliveries"

var deliveryCases = []exchangeCase{
	{operation: "listWebhookDeliveries", name: "200-empty", shows: "Nothing was sent yet.", given: []step{aWebhook}, key: hooksKey, call: deliveriesCall},
	{operation: "listWebhookDeliveries", name: "200-all", shows: "Those of the newest events first.", given: []step{manyDeliveries}, key: hooksKey, call: deliveriesCall},
	{operation: "listWebhookDeliveries", name: "200-status", shows: "Deliveries of one status.", given: []step{manyDeliveries}, key: hooksKey, call: deliveriesCall + "?status=DeadLetter"},
	{operation: "listWebhookDeliveries", name: "200-statuses", shows: "Deliveries of several statuses, those of the oldest events first.", given: []step{manyDeliveries}, key: hooksKey, call: deliveriesCall + "?status=DeadLetter,Pending&sort=eventId"},
	{operation: "listWebhookDeliveries", name: "200-cancelled", shows: "One that was dropped.", given: []step{aCancelled}, key: hooksKey, call: deliveriesCall + "?status=Cancelled"},
	{operation: "listWebhookDeliveries", name: "200-last-page", shows: "The page that ends the list.", given: []step{manyDeliveries}, key: hooksKey, call: deliveriesCall + "?page=2&pageSize=3"},
	{
		operation: "listWebhookDeliveries", name: "200-cursor", shows: "The list goes on where the first page ended.",
		given: []step{manyDeliveries, answeredWith(hooksKey, "GET", "/api/v1/webhooks/1/deliveries?pageSize=2", "", nil)}, key: hooksKey,
		call: deliveriesCall + "?cursor={cursor}&pageSize=1",
	},
	{operation: "listWebhookDeliveries", name: "400-status", shows: "An unknown status.", given: []step{aWebhook}, key: hooksKey, call: deliveriesCall + "?status=Lost"},
	{operation: "listWebhookDeliveries", name: "400-cursor", shows: "A cursor that we never gave.", given: []step{aWebhook}, key: hooksKey, call: deliveriesCall + "?cursor=eyJpZCI6MTIzNH0"},

	{operation: "getDelivery", name: "200-pending", shows: "One that waits to be sent.", given: []step{aDelivery}, key: hooksKey, call: "GET /api/v1/deliveries/1"},
	{operation: "getDelivery", name: "200-delivered", shows: "One that arrived.", given: []step{aDelivered}, key: hooksKey, call: "GET /api/v1/deliveries/1"},
	{operation: "getDelivery", name: "200-failing", shows: "One that is tried again.", given: []step{aFailing}, key: hooksKey, call: "GET /api/v1/deliveries/1"},
	{operation: "getDelivery", name: "200-dead-letter", shows: "One that was given up.", given: []step{aDeadLetter}, key: hooksKey, call: "GET /api/v1/deliveries/1"},
	{operation: "getDelivery", name: "200-cancelled", shows: "One that was dropped.", given: []step{aCancelled}, key: hooksKey, call: "GET /api/v1/deliveries/1"},

	{operation: "resendDelivery", name: "202-dead-letter", shows: "One that was given up begins anew.", given: []step{aDeadLetter}, key: hooksKey, call: "POST /api/v1/deliveries/1/resend"},
	{operation: "resendDelivery", name: "202-delivered", shows: "One that arrived is sent once more.", given: []step{aDelivered}, key: hooksKey, call: "POST /api/v1/deliveries/1/resend"},
	{
		operation: "resendDelivery", name: "202-replayed", shows: "A repetition resends nothing more.", key: hooksKey, call: "POST /api/v1/deliveries/1/resend", header: withKey,
		given: []step{aDeadLetter, answeredWith(hooksKey, "POST", "/api/v1/deliveries/1/resend", "", withKey)},
	},
	{operation: "resendDelivery", name: "400-pending", shows: "One that is tried again by itself.", given: []step{aFailing}, key: hooksKey, call: "POST /api/v1/deliveries/1/resend"},
	{operation: "resendDelivery", name: "400-disabled", shows: "Nothing is sent to a disabled webhook.", given: []step{aDeadLetter, disabled}, key: hooksKey, call: "POST /api/v1/deliveries/1/resend"},
}

var eventCases = []exchangeCase{
	{operation: "listEvents", name: "200-empty", shows: "Nothing has happened yet.", key: hooksKey, call: "GET /api/v1/events"},
	{operation: "listEvents", name: "200-all", shows: "The life of a job, in order.", given: []step{aLife}, key: hooksKey, call: "GET /api/v1/events"},
	{operation: "listEvents", name: "200-page", shows: "A stretch with more behind it.", given: []step{aLife}, key: hooksKey, call: "GET /api/v1/events?pageSize=1"},
	{operation: "listEvents", name: "200-after", shows: "What has happened since.", given: []step{aLife}, key: hooksKey, call: "GET /api/v1/events?after=3"},
	{operation: "listEvents", name: "200-type", shows: "Events of one type.", given: []step{aLife}, key: hooksKey, call: "GET /api/v1/events?type=job.expired"},
	{operation: "listEvents", name: "200-types", shows: "Events of several types.", given: []step{aLife}, key: hooksKey, call: "GET /api/v1/events?type=job.expired,job.published"},
	{
		operation: "listEvents", name: "200-cursor", shows: "The log goes on where the first stretch ended, to its end.",
		given: []step{aLife, answeredWith(hooksKey, "GET", "/api/v1/events?pageSize=2", "", nil)}, key: hooksKey, call: "GET /api/v1/events?cursor={cursor}",
	},
	{operation: "listEvents", name: "400-after-and-cursor", shows: "Two places at once.", given: []step{aLife, answeredWith(hooksKey, "GET", "/api/v1/events?pageSize=2", "", nil)}, key: hooksKey, call: "GET /api/v1/events?after=1&cursor={cursor}"},
	{operation: "listEvents", name: "400-cursor", shows: "A cursor that we never gave.", key: hooksKey, call: "GET /api/v1/events?cursor=eyJpZCI6MTIzNH0"},
	{operation: "listEvents", name: "200-nothing-new", shows: "Nothing has happened since.", given: []step{aLife}, key: hooksKey, call: "GET /api/v1/events?after=5"},
	{operation: "listEvents", name: "200-test", shows: "Test data has a log of its own.", given: []step{aDraft, aTestJob}, key: testHooksKey, call: "GET /api/v1/events"},
	{operation: "listEvents", name: "400-after", shows: "A place before the first.", key: hooksKey, call: "GET /api/v1/events?after=-1"},
	{operation: "listEvents", name: "400-type", shows: "An event that does not exist.", key: hooksKey, call: "GET /api/v1/events?type=job.lost"},
	{operation: "listEvents", name: "400-many", shows: "All faults are named at once.", key: hooksKey, call: "GET /api/v1/events?after=x&type=webhook.test&pageSize=0&limit=5"},
}
