package snapshots_test

const (
	replayCall  = "POST /api/v1/events/replay"
	previewCall = "POST /api/v1/events/replay/preview"
	fullReplay  = `{"webhookId":1,"since":"2026-03-01T00:00:00Z","until":"2026-04-01T00:00:00Z","types":["job.published"],"perSecond":10}`
)

func replaying(name, shows, body string, given ...step) exchangeCase {
	return exchangeCase{operation: "replayEvents", name: name, shows: shows, given: given, key: hooksKey, call: replayCall, body: body}
}

func countingReplay(name, shows, body string, given ...step) exchangeCase {
	return exchangeCase{operation: "previewEventReplay", name: name, shows: shows, given: given, key: hooksKey, call: previewCall, body: body}
}

var replayCases = []exchangeCase{
	replaying("202-since", "What happened within a time, of one type, to one webhook.", fullReplay, aDelivered),
	replaying("202-range", "A stretch of the log, to every webhook that asks for its events.", `{"fromSequence":1,"toSequence":100}`, manyDeliveries),
	replaying("202-ids", "Events one by one.", `{"eventIds":[2]}`, aDelivered),
	replaying("202-nothing", "Nothing to send.", `{"webhookId":1,"fromSequence":50,"toSequence":60}`, aDelivered),
	{
		operation: "replayEvents", name: "202-replayed", shows: "A repetition begins nothing more.", key: hooksKey, call: replayCall, header: withKey, body: fullReplay,
		given: []step{aDelivered, answeredWith(hooksKey, "POST", "/api/v1/events/replay", fullReplay, withKey)},
	},
	replaying("400-dry-run", "A replay is counted at an address of its own.", `{"fromSequence":1,"toSequence":100,"dryRun":true}`, manyDeliveries),
	replaying("400-empty-object", "What is needed is named.", `{}`),
	replaying("400-two-ways", "Events chosen in two ways.", `{"eventIds":[1],"since":"2026-03-01T00:00:00Z"}`, aDelivered),
	replaying("400-half-a-range", "A stretch without an end.", `{"fromSequence":1}`, aDelivered),
	replaying("400-backwards", "A stretch that ends before it begins.", `{"fromSequence":2,"toSequence":1}`, aDelivered),
	replaying("400-no-such-event", "Events that are not in the log are named.", `{"eventIds":[2,4711]}`, aDelivered),
	replaying("400-rate", "A rate that is too high.", `{"eventIds":[2],"perSecond":1001}`, aDelivered),
	replaying("400-unknown-type", "A type of event that does not exist.", `{"eventIds":[2],"types":["job.lost"]}`, aDelivered),
	replaying("400-disabled", "Nothing is sent to a disabled webhook.", `{"webhookId":1,"eventIds":[2]}`, aDelivered, disabled),
	replaying("400-too-many", "There are as many replays under way as there may be.", `{"eventIds":[2]}`, manyReplays),
	replaying("404-another-employers", "A webhook of another employer's.", `{"webhookId":1,"fromSequence":1,"toSequence":2}`, anothersWebhook),

	countingReplay("200-counted", "Counted, and nothing more.", `{"fromSequence":1,"toSequence":100}`, manyDeliveries),
	countingReplay("200-nothing", "Nothing to send.", `{"webhookId":1,"fromSequence":50,"toSequence":60}`, aDelivered),
	{operation: "previewEventReplay", name: "200-test", shows: "A test key counts test events.", given: []step{aDelivered}, key: testHooksKey, call: previewCall, body: `{"fromSequence":1,"toSequence":100}`},
	countingReplay("400-empty-object", "What is needed is named.", `{}`),
	countingReplay("404-another-employers", "A webhook of another employer's.", `{"webhookId":1,"fromSequence":1,"toSequence":2}`, anothersWebhook),

	{operation: "listEventReplays", name: "200-empty", shows: "There are no replays yet.", key: hooksKey, call: "GET /api/v1/events/replays"},
	{operation: "listEventReplays", name: "200-all", shows: "The newest first.", given: []step{manyReplays}, key: hooksKey, call: "GET /api/v1/events/replays"},
	{operation: "listEventReplays", name: "200-oldest-first", shows: "The other order.", given: []step{manyReplays}, key: hooksKey, call: "GET /api/v1/events/replays?sort=createdAt&pageSize=2"},
	{operation: "listEventReplays", name: "200-last-page", shows: "The page that ends the list.", given: []step{manyReplays}, key: hooksKey, call: "GET /api/v1/events/replays?page=2&pageSize=3"},
	{
		operation: "listEventReplays", name: "200-cursor", shows: "The list goes on where the first page ended.",
		given: []step{manyReplays, answeredWith(hooksKey, "GET", "/api/v1/events/replays?pageSize=2", "", nil)}, key: hooksKey,
		call: "GET /api/v1/events/replays?cursor={cursor}&pageSize=2",
	},
	{operation: "listEventReplays", name: "400-cursor", shows: "A cursor that we never gave.", key: hooksKey, call: "GET /api/v1/events/replays?cursor=eyJpZCI6MTIzNH0"},

	{operation: "getEventReplay", name: "200-running", shows: "A replay that has just begun.", given: []step{aReplay}, key: hooksKey, call: "GET /api/v1/events/replays/1"},
	{operation: "getEventReplay", name: "200-completed", shows: "A replay that has queued all it had.", given: []step{aReplay, stepped}, key: hooksKey, call: "GET /api/v1/events/replays/1"},
	{operation: "getEventReplay", name: "200-skipped", shows: "The delivery waits already.", given: []step{aWaitingReplay, stepped}, key: hooksKey, call: "GET /api/v1/events/replays/1"},
	{operation: "getEventReplay", name: "200-read-only", shows: "A read-only key may look.", given: []step{aReplay}, key: readOnlyHooksKey, call: "GET /api/v1/events/replays/1"},

	{operation: "cancelEventReplay", name: "200-cancelled", shows: "The replay ends where it is.", given: []step{aReplay}, key: hooksKey, call: "POST /api/v1/events/replays/1/cancel"},
	{operation: "cancelEventReplay", name: "200-again", shows: "A cancelled replay stays as it is.", given: []step{aReplay, cancelled}, key: hooksKey, call: "POST /api/v1/events/replays/1/cancel"},
	{operation: "cancelEventReplay", name: "400-completed", shows: "There is nothing left to cancel.", given: []step{aReplay, stepped}, key: hooksKey, call: "POST /api/v1/events/replays/1/cancel"},
}
