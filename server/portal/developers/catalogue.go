package developers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/webhooks/profile"
)

// sampleEvent is an event as the contract describes it: a few words, and an example of its data.
type sampleEvent struct {
	summary string
	data    json.RawMessage
}

// readCatalogue reads the events and their examples out of the contract.
func readCatalogue(contract []byte) (map[event.Type]sampleEvent, error) {
	var document struct {
		Webhooks map[event.Type]struct {
			Post struct {
				Summary     string `json:"summary"`
				RequestBody struct {
					Content map[string]struct {
						Examples map[string]struct {
							Value json.RawMessage `json:"value"`
						} `json:"examples"`
					} `json:"content"`
				} `json:"requestBody"`
			} `json:"post"`
		} `json:"x-webhooks"`
	}
	if err := json.Unmarshal(contract, &document); err != nil {
		return nil, fmt.Errorf("read the events of the contract: %w", err)
	}
	catalogue := map[event.Type]sampleEvent{}
	for _, t := range event.AllTypes() {
		event, found := document.Webhooks[t]
		example := event.Post.RequestBody.Content["application/json"].Examples["event"].Value
		if !found || example == nil {
			return nil, fmt.Errorf("the contract has no example of %s", t)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, example); err != nil {
			return nil, fmt.Errorf("read the example of %s: %w", t, err)
		}
		catalogue[t] = sampleEvent{summary: event.Post.Summary, data: compact.Bytes()}
	}
	return catalogue, nil
}

// eventGroup is a part of the catalogue: events of one noun.
type eventGroup struct {
	id, name string
	types    []event.Type
}

// eventGroups are all events by their noun, in the order of the catalogue.
func eventGroups() []eventGroup {
	names := map[string]string{
		"job": "Jobs", "application": "Applications", "candidate": "Candidates", "interview": "Interviews", "ai_call": "AI calls", "employer": "Company",
	}
	var groups []eventGroup
	for _, t := range event.AllTypes() {
		noun, _, _ := strings.Cut(string(t), ".")
		if len(groups) == 0 || groups[len(groups)-1].id != noun {
			groups = append(groups, eventGroup{id: noun, name: names[noun]})
		}
		last := &groups[len(groups)-1]
		last.types = append(last.types, t)
	}
	return groups
}

// example is the body that a profile makes of the example of an event; empty for an event that it can't show without the
// objects that the event is about.
func (p *Pages) example(of profile.Profile, t event.Type) string {
	if of.NeedsDossier {
		return ""
	}
	body, err := of.Encode(profile.Event{
		ID: 1, Type: string(t), CreatedAt: time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC), Mode: string(board.ModeTest), EmployerID: 1,
		PublicURL: p.PublicURL, Data: p.catalogue[t].data,
	})
	if err != nil {
		return ""
	}
	return indented(body)
}

// indented is JSON as people read it; what is no JSON stays as it is.
func indented(body []byte) string {
	var out bytes.Buffer
	if err := json.Indent(&out, body, "", "  "); err != nil {
		return string(body)
	}
	return out.String()
}

// profileText is what people read about a profile.
func profileText(p profile.Profile) labelled {
	switch p.Name {
	case "native":
		return labelled{"Native", "Our own format: the event's fields as JSON, and a signature with its time."}
	case "autotechjobs":
		return labelled{"AutoTechJobs", "An envelope with job and candidate, for integrations that were made for AutoTechJobs."}
	case "rejento":
		return labelled{"rejento", "For integrations that were made for rejento: candidates, interviews, matches and calls."}
	case "humansourcing":
		return labelled{"Human Sourcing", "Whole jobs and candidates, for integrations that were made for Human Sourcing."}
	case "standardwebhooks":
		return labelled{"Standard Webhooks", "The open format that libraries in many languages verify."}
	case "cloudevents":
		return labelled{"CloudEvents", "The format of the CNCF, with its handshake."}
	}
	return labelled{label: p.Name}
}
