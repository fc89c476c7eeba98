package mock

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"itmanagerjobs/webhooks/profile"
)

// object is a JSON object.
type object map[string]any

// frozenNow is when everything happens, as in the exchanges; frozenExpiry is when a job expires that was published then.
const (
	frozenNow    = "2026-03-02T09:30:00Z"
	frozenExpiry = "2026-04-01T09:30:00Z"
)

// state is what clients have made since the start.
type state struct {
	touched                      bool
	jobs, applications, webhooks []object
	events                       []object
}

func newState() state { return state{events: []object{}} }

// play answers what the state knows, and nil for everything else.
func (m *Mock) play(operation string, ids []int64, q request) *response {
	s := &m.state
	switch operation {
	case "createJob":
		return m.createJob(q)
	case "getJob":
		if job := find(s.jobs, ids); job != nil {
			return m.like("getJob", "200-draft", job)
		}
	case "publishJob":
		if job := find(s.jobs, ids); job != nil {
			job["status"], job["postedDate"], job["expiryDate"] = "Active", frozenNow, frozenExpiry
			m.emit("job.published", object{
				"jobPostId": job["id"], "reference": job["reference"], "jobTitle": job["title"], "postedDate": frozenNow, "expiryDate": frozenExpiry,
			})
			return m.like("publishJob", "200", job)
		}
	case "simulateExpiry":
		if job := find(s.jobs, ids); job != nil {
			job["status"], job["expiryDate"] = "Expired", frozenNow
			m.emit("job.expired", object{"jobPostId": job["id"], "expiredAt": frozenNow})
			return m.like("simulateExpiry", "200", job)
		}
	case "listJobs":
		if s.touched {
			return m.list("listJobs", s.jobs)
		}
	case "simulateApplication":
		return m.apply(q)
	case "getApplication":
		if a := find(s.applications, ids); a != nil {
			return m.like("getApplication", "200", a)
		}
	case "simulateMove":
		return m.moveApplication(ids, q)
	case "createWebhook":
		return m.createWebhook(q)
	case "deleteWebhook":
		if w := find(s.webhooks, ids); w != nil {
			s.webhooks = slices.DeleteFunc(s.webhooks, func(o object) bool { return o["id"] == w["id"] })
			return m.named("deleteWebhook", "204")
		}
	case "testWebhook":
		if w := find(s.webhooks, ids); w != nil {
			body, err := json.Marshal(object{"subscriptionId": w["id"], "sentAt": frozenNow, "message": "This is a test event. Nothing happened."})
			if err != nil {
				return nil
			}
			m.deliver(w, "webhook.test", int64(len(s.events)+1), body)
			return m.named("testWebhook", "202")
		}
	case "listEvents":
		return m.listEvents(q)
	}
	return nil
}

// like is an exchange's answer with another body.
func (m *Mock) like(operation, name string, body any) *response {
	frozen := m.named(operation, name)
	if frozen == nil {
		return nil
	}
	r := *frozen
	r.Headers = maps.Clone(frozen.Headers)
	var err error
	if r.Body, err = json.Marshal(body); err != nil {
		return nil
	}
	return &r
}

// template is the body of an exchange, to be filled in.
func (m *Mock) template(operation, name string) object {
	var o object
	if frozen := m.named(operation, name); frozen != nil {
		d := json.NewDecoder(bytes.NewReader(frozen.Body))
		d.UseNumber()
		_ = d.Decode(&o) // an exchange is JSON
	}
	return o
}

func find(objects []object, ids []int64) object {
	for _, o := range objects {
		if len(ids) > 0 && o["id"] == ids[0] {
			return o
		}
	}
	return nil
}

func (q request) object() object {
	var o object
	d := json.NewDecoder(bytes.NewReader(q.body))
	d.UseNumber()
	if d.Decode(&o) != nil {
		return nil
	}
	return o
}

func (m *Mock) createJob(q request) *response {
	body, job := q.object(), m.template("createJob", "201-title")
	if title, ok := body["title"].(string); !ok || strings.TrimSpace(title) == "" {
		return nil
	}
	for name, value := range body {
		if _, known := job[name]; !known {
			return nil
		}
		if value != nil {
			job[name] = value
		}
	}
	job["id"] = int64(len(m.state.jobs) + 1)
	m.state.jobs = append(m.state.jobs, job)
	m.emit("job.created", object{
		"jobPostId": job["id"], "reference": job["reference"], "jobTitle": job["title"], "status": "Draft", "createdAt": frozenNow,
	})
	return m.located("createJob", "201-title", job, "/api/v1/jobs/")
}

// located is like, with the address of the new object.
func (m *Mock) located(operation, name string, o object, base string) *response {
	r := m.like(operation, name, o)
	if r != nil {
		id, _ := o["id"].(int64)
		r.Headers["Location"] = frozenURL + base + strconv.FormatInt(id, 10)
	}
	return r
}

func (m *Mock) list(operation string, objects []object) *response {
	newest := slices.Clone(objects)
	slices.Reverse(newest)
	return m.like(operation, "200-empty", object{"total": len(objects), "page": 1, "pageSize": 50, "items": newest})
}

func (m *Mock) apply(q request) *response {
	number, _ := q.object()["jobId"].(json.Number)
	id, _ := number.Int64()
	job := find(m.state.jobs, []int64{id})
	if job == nil || job["status"] != "Active" {
		return nil
	}
	a := m.template("getApplication", "200-new")
	a["id"], a["jobId"], a["status"] = int64(len(m.state.applications)+1), job["id"], "New"
	m.state.applications = append(m.state.applications, a)
	m.emit("application.submitted", object{
		"applicationId": a["id"], "jobPostId": job["id"], "jobTitle": job["title"], "candidateId": a["candidateId"], "appliedAt": frozenNow,
		"applicationType": "DirectApply",
	})
	return m.located("simulateApplication", "201", a, "/api/v1/applications/")
}

func (m *Mock) moveApplication(ids []int64, q request) *response {
	a := find(m.state.applications, ids)
	to, ok := q.object()["status"].(string)
	if a == nil || !ok {
		return nil
	}
	m.emit("application.status_changed", object{"applicationId": a["id"], "previousStatus": a["status"], "newStatus": to, "changedAt": frozenNow})
	a["status"] = to
	return m.like("simulateMove", "200", a)
}

func (m *Mock) createWebhook(q request) *response {
	body := q.object()
	address, _ := body["url"].(string)
	events, ok := body["events"].([]any)
	if u, err := url.Parse(address); err != nil || u.Host == "" || !ok || len(events) == 0 || body["profile"] != nil && body["profile"] != "native" {
		return nil
	}
	w := m.template("createWebhook", "201-minimal")
	w["id"], w["url"], w["events"] = int64(len(m.state.webhooks)+1), address, events
	if body["description"] != nil {
		w["description"] = body["description"]
	}
	m.state.touched = true
	m.state.webhooks = append(m.state.webhooks, w)
	return m.located("createWebhook", "201-minimal", w, "/api/v1/webhooks/")
}

// emit records an event and sends it to the webhooks that want it.
func (m *Mock) emit(name string, data object) {
	number := int64(len(m.state.events) + 1)
	m.state.touched = true
	m.state.events = append(m.state.events, object{"id": number, "sequence": number, "type": name, "createdAt": frozenNow, "data": data})
	body, err := json.Marshal(data)
	if err != nil {
		return
	}
	for _, w := range m.state.webhooks {
		if wanted, ok := w["events"].([]any); ok && slices.Contains(wanted, any(name)) {
			m.deliver(w, name, number, body)
		}
	}
}

// listEvents answers the log after a number, of some types or all. Until something has happened the exchanges are the log.
func (m *Mock) listEvents(q request) *response {
	address, err := url.Parse(q.target)
	if err != nil || !m.state.touched && address.RawQuery == "" {
		return nil
	}
	query := address.Query()
	after, err := strconv.ParseInt(query.Get("after"), 10, 64)
	if err != nil && query.Has("after") || query.Has("cursor") {
		return nil
	}
	page := object{"pageSize": 50, "hasMore": false, "nextAfter": max(after, int64(len(m.state.events)))}
	items := []object{}
	for _, e := range m.state.events {
		name, _ := e["type"].(string)
		if number, ok := e["sequence"].(int64); ok && number > after && (!query.Has("type") || slices.Contains(strings.Split(query.Get("type"), ","), name)) {
			items = append(items, e)
		}
	}
	page["items"] = items
	return m.like("listEvents", "200-all", page)
}

// deliver posts an event as the profile native has it, once, and does not wait for the answer.
func (m *Mock) deliver(w object, name string, id int64, body []byte) {
	address, _ := w["url"].(string)
	secret, _ := w["secret"].(string)
	headers, err := profile.Native().Headers(profile.Attempt{
		DeliveryID: id, EventID: id, EventType: name, Number: 1, At: m.config.Now(), Secret: secret,
	}, body)
	if err != nil {
		m.config.Log.Error("delivery", "event", name, "error", err)
		return
	}
	m.going.Go(func() {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, address, bytes.NewReader(body))
		if err != nil {
			m.config.Log.Error("delivery", "event", name, "error", err)
			return
		}
		req.Header = headers
		res, err := m.config.Deliver.Do(req)
		if err != nil {
			m.config.Log.Warn("delivery", "event", name, "error", err)
			return
		}
		defer res.Body.Close()
		m.config.Log.Info("delivery", "event", name, "status", res.StatusCode)
	})
}
