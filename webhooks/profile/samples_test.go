package profile

import (
	"encoding/json"
	"path"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"itmanagerjobs/store/board/event"
)

// TestSamplesAreOfTheContract checks that the data of the samples are valid by x-webhooks of the contract,
// and are formatted as the store records them.
func TestSamplesAreOfTheContract(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromFile("../../openapi/v1/swagger.json")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(doc.Extensions["x-webhooks"])
	if err != nil {
		t.Fatal(err)
	}
	var webhooks map[string]struct {
		Post struct {
			RequestBody struct {
				Content map[string]struct{ Schema map[string]string }
			}
		}
	}
	if err := json.Unmarshal(raw, &webhooks); err != nil {
		t.Fatal(err)
	}
	fit := map[string]bool{}
	for _, s := range readSamples(t) {
		schema := doc.Components.Schemas[path.Base(webhooks[s.Event.Type].Post.RequestBody.Content["application/json"].Schema["$ref"])]
		if schema == nil {
			t.Errorf("%s: the contract has no %s", s.Name, s.Event.Type)
			continue
		}
		var data map[string]any
		if err := json.Unmarshal([]byte(s.Event.Data), &data); err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
		var problems []string
		if strings.ContainsAny(s.Event.Data, "<>&") {
			problems = append(problems, "data are recorded with these escaped")
		}
		for name := range data {
			if schema.Value.Properties[name] == nil {
				problems = append(problems, name+" is not documented")
			}
		}
		if err := schema.Value.VisitJSON(data); err != nil {
			problems = append(problems, err.Error())
		}
		if odd := len(problems) > 0; odd != (s.Odd != "") {
			t.Errorf("%s: odd is %q, but there are the problems %q", s.Name, s.Odd, problems)
		}
		fit[s.Event.Type] = fit[s.Event.Type] || s.Odd == ""
	}
	for _, e := range append(event.AllTypes(), event.WebhookTest) {
		if !fit[string(e)] {
			t.Errorf("no sample is a common %s", e)
		}
	}
}
