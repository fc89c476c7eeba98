package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// The parts of a collection of version 2.1, https://schema.getpostman.com/json/collection/v2.1.0/collection.json.
type (
	collection struct {
		Info     info       `json:"info"`
		Auth     auth       `json:"auth"`
		Event    []event    `json:"event"`
		Variable []variable `json:"variable"`
		Item     []folder   `json:"item"`
	}
	info struct {
		Name        string `json:"name"`
		Description string `json:"description"`
		Version     string `json:"version"`
		Schema      string `json:"schema"`
	}
	auth struct {
		Type   string     `json:"type"`
		Bearer []variable `json:"bearer,omitempty"`
	}
	// variable is also a header, a part of an address, and a setting of auth.
	variable struct {
		Key         string `json:"key"`
		Value       string `json:"value"`
		Type        string `json:"type,omitempty"`
		Description string `json:"description,omitempty"`
		Disabled    bool   `json:"disabled,omitempty"`
	}
	folder struct {
		Name        string `json:"name"`
		Description string `json:"description"`
		Item        []item `json:"item"`
	}
	item struct {
		Name    string  `json:"name"`
		Event   []event `json:"event"`
		Request request `json:"request"`
	}
	event struct {
		Listen string `json:"listen"`
		Script script `json:"script"`
	}
	script struct {
		Type string   `json:"type"`
		Exec []string `json:"exec"`
	}
	request struct {
		Method      string     `json:"method"`
		Auth        *auth      `json:"auth,omitempty"`
		Header      []variable `json:"header"`
		Body        *body      `json:"body,omitempty"`
		URL         address    `json:"url"`
		Description string     `json:"description"`
	}
	body struct {
		Mode    string         `json:"mode"`
		Raw     string         `json:"raw"`
		Options map[string]any `json:"options"`
	}
	address struct {
		Raw      string     `json:"raw"`
		Host     []string   `json:"host"`
		Path     []string   `json:"path"`
		Query    []variable `json:"query,omitempty"`
		Variable []variable `json:"variable,omitempty"`
	}
)

const help = `Every operation of the API, in an order in which each request finds what it needs. Set ` + "`baseUrl` and `apiKey`" + ` among the
variables of the collection; the key needs all three scopes. To run it to the end, set ` + "`webhookUrl`" + ` to an address of yours that answers
POST with 200, and use an account with an application of status New and two other applicants. The run publishes a job and opens a profile,
which costs one credit each with a live key, and it erases the data of one applicant.`

func collect(c *contract) (*collection, error) {
	made := &collection{
		Info: info{c.title, help, c.version, "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
		Auth: auth{Type: "bearer", Bearer: []variable{{Key: "token", Value: "{{apiKey}}", Type: "string"}}},
		Event: []event{newEvent("prerequest", []string{
			`pm.collectionVariables.set("inAWeek", new Date(Date.now() + 7 * 24 * 3600e3).toISOString());`,
			`pm.collectionVariables.set("anHourAgo", new Date(Date.now() - 3600e3).toISOString());`,
		})},
		Variable: []variable{
			{Key: "baseUrl", Value: "http://127.0.0.1:8080", Description: "Address of the platform, without a slash at its end."},
			{Key: "apiKey", Description: "A key that was approved, with the scopes JobPosting, CvSearch and Webhooks."},
			{Key: "webhookUrl", Value: "https://ats.example.com/hooks", Description: "Where webhooks are sent to; it must answer POST with 200."},
		},
	}
	left := maps.Clone(steps)
	for _, t := range c.tags {
		f := folder{Name: t.Name, Description: t.Description}
		for _, op := range c.operations {
			if op.Tags[0] != t.Name {
				continue
			}
			i, err := newItem(op, left[op.ID])
			if err != nil {
				return nil, err
			}
			delete(left, op.ID)
			f.Item = append(f.Item, i)
		}
		sort(f.Item)
		made.Item = append(made.Item, f)
	}
	for id := range left {
		return nil, fmt.Errorf("steps.go is about %s, which the contract lacks", id)
	}
	return made, nil
}

// sort puts the requests of a folder into the order of their steps.
func sort(items []item) {
	slices.SortStableFunc(items, func(a, b item) int { return steps[a.operation()].place - steps[b.operation()].place })
}

// operation is the id that the name of a request ends with.
func (i item) operation() string {
	_, id, _ := strings.Cut(i.Name, " · ")
	return id
}

func newEvent(listen string, lines []string) event {
	return event{listen, script{"text/javascript", lines}}
}

// newItem is the request of an operation.
func newItem(op operation, s step) (item, error) {
	i := item{Name: op.Summary + " · " + op.ID, Request: request{Method: op.method, Header: []variable{}, Description: op.Description}}
	if op.public() {
		i.Request.Auth = &auth{Type: "noauth"}
	}
	i.Request.URL = newAddress(op, s)
	for _, p := range op.Parameters {
		if p.In == "header" {
			h := variable{Key: p.Name, Value: fmt.Sprint(p.Example), Description: p.Description, Disabled: true}
			if p.Name == "Idempotency-Key" {
				h.Value, h.Disabled = "{{$guid}}", false
			}
			i.Request.Header = append(i.Request.Header, h)
		}
	}
	if op.RequestBody != nil {
		text, err := op.body()
		if err != nil {
			return item{}, err
		}
		if s.body != "" {
			text = s.body
		}
		i.Request.Header = append(i.Request.Header, variable{Key: "Content-Type", Value: "application/json"})
		i.Request.Body = &body{"raw", withVariables(text), map[string]any{"raw": map[string]string{"language": "json"}}}
	}
	if len(s.before) > 0 {
		i.Event = append(i.Event, newEvent("prerequest", s.before))
	}
	i.Event = append(i.Event, newEvent("test", newTest(op, s)))
	return i, nil
}

func newAddress(op operation, s step) address {
	a := address{Host: []string{"{{baseUrl}}"}}
	for segment := range strings.SplitSeq(strings.Trim(op.path, "/"), "/") {
		a.Path = append(a.Path, strings.NewReplacer("{", ":", "}", "").Replace(segment))
	}
	a.Raw = "{{baseUrl}}/" + strings.Join(a.Path, "/")
	var sent []string
	for _, p := range op.Parameters {
		switch p.In {
		case "path":
			value := "{{" + noun(op.path, p.Name) + "}}"
			if s.at != "" {
				value = s.at
			}
			a.Variable = append(a.Variable, variable{Key: p.Name, Value: value, Description: p.Description})
		case "query":
			// Optional parameters exclude one another (page, cursor), so that a person chooses.
			q := variable{Key: p.Name, Value: exampleText(p), Description: p.Description, Disabled: !p.Required}
			if value, ok := s.query[p.Name]; ok {
				q.Value, q.Disabled = value, false
			}
			if !q.Disabled {
				sent = append(sent, q.Key+"="+q.Value)
			}
			a.Query = append(a.Query, q)
		}
	}
	if len(sent) > 0 {
		a.Raw += "?" + strings.Join(sent, "&")
	}
	return a
}

// exampleText is how the example of a query parameter is written; of a list that is repeated, it is one value.
func exampleText(p parameter) string {
	list, ok := p.Example.([]any)
	if !ok {
		return fmt.Sprint(p.Example)
	}
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = fmt.Sprint(v)
	}
	if p.Explode == nil || *p.Explode {
		return texts[0]
	}
	return strings.Join(texts, ",")
}

// noun is the variable of what a path names by a parameter: jobId for the id of /jobs/{id}, and reference for {reference}.
func noun(path, name string) string {
	if name != "id" {
		return name
	}
	before, _, _ := strings.Cut(path, "/{id}")
	return singular(before[strings.LastIndex(before, "/")+1:]) + "Id"
}

// singular is one of what a segment of a path names: aiCall of ai-calls.
func singular(segment string) string {
	var b strings.Builder
	for i, word := range strings.Split(segment, "-") {
		if i > 0 {
			word = strings.ToUpper(word[:1]) + word[1:]
		}
		b.WriteString(word)
	}
	if text, ok := strings.CutSuffix(b.String(), "ies"); ok {
		return text + "y"
	}
	return strings.TrimSuffix(b.String(), "s")
}

// What in the example of a body has to be another value in every run, or the id of something that was made before.
var replacements = []struct {
	old *regexp.Regexp
	new string
}{
	{regexp.MustCompile(`"(jobId|candidateId|webhookId)": \d+`), `"$1": {{$1}}`},
	{regexp.MustCompile(`"(reference)": "[^"]*"`), `"$1": "{{$1}}"`},
	{regexp.MustCompile(`"(externalId)": "[^"]*"`), `"$1": "{{$$guid}}"`},
	{regexp.MustCompile(`"(startsAt)": "[^"]*"`), `"$1": "{{inAWeek}}"`},
	{regexp.MustCompile(`"(url)": "[^"]*"`), `"$1": "{{webhookUrl}}"`},
}

func withVariables(text string) string {
	for _, r := range replacements {
		text = r.old.ReplaceAllString(text, r.new)
	}
	return text
}

// newTest asserts the status, and keeps the id of what was made, or of the first one of a list.
func newTest(op operation, s step) []string {
	status := op.success()
	lines := []string{fmt.Sprintf("pm.test(%q, () => pm.response.to.have.status(%s));", op.ID+" answers "+status, status)}
	if s.statuses != "" {
		lines = []string{fmt.Sprintf("pm.test(%q, () => pm.expect(pm.response.code).to.be.oneOf([%s]));", op.ID+" answers "+s.statuses, s.statuses)}
	}
	if s.then != nil {
		return append(lines, s.then...)
	}
	segment := op.path[strings.LastIndex(op.path, "/")+1:]
	if strings.HasPrefix(segment, "{") || !strings.HasPrefix(op.path, "/api/") {
		return lines
	}
	id := singular(segment) + "Id"
	switch {
	case status == "201":
		lines = append(lines, fmt.Sprintf("pm.collectionVariables.set(%q, pm.response.json().id);", id))
	case strings.HasPrefix(op.ID, "list"):
		lines = append(lines, "const [first] = pm.response.json().items ?? []; // a refusal has none",
			fmt.Sprintf("if (first && !pm.collectionVariables.get(%q)) pm.collectionVariables.set(%q, first.id);", id, id))
	}
	return lines
}
