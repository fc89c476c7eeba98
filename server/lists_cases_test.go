package server_test

import (
	"fmt"
	"net/http"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
)

// aList is a list of the API.
type aList struct {
	path string
	// sorts are pairs of an order and its reverse; the first is the usual one.
	sorts [][2]string
	// add adds an item, also while another request runs. mix changes some of six items, so that they differ in what the
	// list is filtered and sorted by.
	add, mix func()
	// filter takes the two values, of which there are items, and items that have neither.
	filter string
	values [2]string
}

// orders are all orders, and "" for the one that is not named.
func (l aList) orders() []string {
	all := []string{""}
	for _, pair := range l.sorts {
		all = append(all, pair[0], pair[1])
	}
	return all
}

var (
	byTimes     = [][2]string{{"-createdAt", "createdAt"}, {"-updatedAt", "updatedAt"}}
	noMix       = func() {}
	newScreened = [2]string{"New", "Screened"}
)

// allLists are the lists of the API, but for the search of the CV database, which has tests of its own.
var allLists = map[string]func(w *listWorld) aList{
	"listJobs": func(w *listWorld) aList {
		return aList{path: jobs, sorts: byTimes, filter: "status", values: [2]string{"Draft", "Active"},
			add: func() { createJob(w.t, w.API, w.key, map[string]any{"title": "Platform Lead"}) },
			mix: func() {
				w.Want(w.t, 200, servertest.Request{Method: http.MethodDelete, Path: path(2, ""), Key: w.key})
				w.patch(path(3, ""), map[string]any{"title": "Another"})
			}}
	},
	"listApplications": func(w *listWorld) aList {
		return aList{path: applications, sorts: byTimes, filter: "status", values: newScreened, add: func() { applied(w.t, w.API, w.job, w.email(), "") }, mix: w.change}
	},
	"listJobApplications": func(w *listWorld) aList {
		return aList{path: path(w.job.ID, "/applications"), sorts: byTimes, filter: "status", values: newScreened,
			add: func() { applied(w.t, w.API, w.job, w.email(), "") }, mix: w.change}
	},
	"listCandidates": func(w *listWorld) aList {
		return aList{path: candidates, sorts: byTimes, filter: "status", values: newScreened, add: func() { applied(w.t, w.API, w.job, w.email(), "") }, mix: w.change}
	},
	"listInterviews": func(w *listWorld) aList {
		candidate := applied(w.t, w.API, w.job, w.email(), "")
		return aList{path: interviews, sorts: [][2]string{{"-startsAt", "startsAt"}}, filter: "status", values: [2]string{"Scheduled", "NoShow"},
			add: func() { anInterview(w.t, w.API, w.key, candidate, w.job.ID) },
			mix: func() {
				w.patch(interviews+"/1", map[string]any{"status": "Cancelled"})
				w.patch(interviews+"/3", map[string]any{"status": "NoShow"})
			}}
	},
	"listAiCalls": func(w *listWorld) aList {
		candidate := applied(w.t, w.API, w.job, w.email(), "")
		return aList{path: calls, sorts: byTimes, filter: "status", values: [2]string{"InProgress", "Failed"},
			add: func() { aCall(w.t, w.API, w.key, candidate) },
			mix: func() {
				w.patch(calls+"/2", map[string]any{"status": "Completed"})
				w.patch(calls+"/3", map[string]any{"status": "Failed"})
			}}
	},
	"listMatches": func(w *listWorld) aList {
		return aList{path: "/api/v1/matches", sorts: [][2]string{{"-score", "score"}}, mix: noMix, add: func() {
			skills := []string{`["Kubernetes","Terraform"]`, `["Kubernetes"]`}[w.made.Load()%2]
			people(w.t, w.API, board.ModeLive, fmt.Sprintf(`{"firstName":"Ada","lastName":"Lovelace","email":%q,"title":"Site Reliability Engineer","skills":%s}`, w.email(), skills))
			matched(w.t, w.API)
		}}
	},
	"listWebhooks": func(w *listWorld) aList {
		return aList{path: webhooks, sorts: [][2]string{{"createdAt", "-createdAt"}, {"-updatedAt", "updatedAt"}},
			add: func() { createWebhook(w.t, w.API, w.key, "job.expired") },
			mix: func() { w.patch(hookPath(2, ""), map[string]any{"description": "The second"}) }}
	},
	"listWebhookDeliveries": func(w *listWorld) aList {
		hook := createWebhook(w.t, w.API, w.key, "job.expired")
		add := func() {
			w.Want(w.t, 202, servertest.Request{Method: http.MethodPost, Path: hookPath(hook.ID, "/test"), Key: w.key})
		}
		return aList{path: hookPath(hook.ID, "/deliveries"), sorts: [][2]string{{"-eventId", "eventId"}}, filter: "status", values: [2]string{"Pending", "DeadLetter"},
			add: add, mix: func() {
				w.Attempt(w.t, outbox.Attempt{Outcome: delivery.AttemptDelivered, Status: 200})
				add()
				w.Attempt(w.t, outbox.Attempt{Outcome: delivery.AttemptDead, Status: 500})
				add()
			}}
	},
	"listEventReplays": func(w *listWorld) aList {
		return aList{path: "/api/v1/events/replays", sorts: [][2]string{{"-createdAt", "createdAt"}}, mix: noMix, add: func() {
			r, err := w.Store.Outbox.CreateReplay(w.t.Context(), w.tenant, delivery.ReplayRequest{FromSequence: new(int64(1)), ToSequence: new(int64(1))})
			if err == nil {
				_, err = w.Store.Outbox.CancelReplay(w.t.Context(), w.tenant, r.ID, board.Precondition{}) // few may run
			}
			if err != nil {
				w.t.Error(err)
			}
		}}
	},
	"listEvents": func(w *listWorld) aList {
		return aList{path: "/api/v1/events", filter: "type", values: [2]string{"job.created", "job.updated"},
			add: func() { createJob(w.t, w.API, w.key, map[string]any{"title": "Another"}) },
			mix: func() { w.patch(path(2, ""), map[string]any{"title": "A third"}) }}
	},
}
