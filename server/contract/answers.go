package contract

import (
	"net/http"
	"path"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// answered is an object that operations answer with, and what may be sent for it.
type answered struct {
	// bodies are the names of the schemas of these operations' bodies.
	bodies map[string]bool
	// changed tells that one of them is a PUT or a PATCH of the object. So what no body has is set by the platform: of an object that is
	// only moved, as an application is, others have set the rest.
	changed bool
}

// answersOf finds what the operations of a document with a body answer with, by the names of schemas.
func answersOf(doc map[string]any) map[string]*answered {
	found := map[string]*answered{}
	paths, _ := doc["paths"].(map[string]any)
	for _, item := range paths {
		item, _ := item.(map[string]any)
		for method, op := range item {
			op, ok := op.(map[string]any)
			if !ok || !isMethod(method) {
				continue
			}
			body := jsonSchema(op["requestBody"])
			answers, _ := op["responses"].(map[string]any)
			for _, status := range []string{"200", "201"} {
				name := jsonSchema(answers[status])
				if body == "" || name == "" {
					continue
				}
				if found[name] == nil {
					found[name] = &answered{bodies: map[string]bool{}}
				}
				found[name].bodies[body] = true
				method := strings.ToUpper(method)
				found[name].changed = found[name].changed || method == http.MethodPut || method == http.MethodPatch
			}
		}
	}
	return found
}

// jsonSchema is the name of the schema that a body or an answer has as JSON, "" when it has none with a name.
func jsonSchema(part any) string {
	object, _ := part.(map[string]any)
	content, _ := object["content"].(map[string]any)
	media, _ := content[jsonMedia].(map[string]any)
	schema, _ := media["schema"].(map[string]any)
	ref, _ := schema["$ref"].(string)
	if ref == "" {
		return ""
	}
	return path.Base(ref)
}

const (
	setByPlatform = "is set by the platform: leave it out"
	notSetHere    = "cannot be set by this request: leave it out"
)

// refusedFields are, for each schema of a body, the fields that answers have and the body does not take, with what to do. A program that
// reads an object, changes it and sends all of it back sends them.
func refusedFields(answers map[string]*answered, schemas openapi3.Schemas) map[*openapi3.Schema]map[string]string {
	refused := map[*openapi3.Schema]map[string]string{}
	for name, answer := range answers {
		taken := map[string]bool{}
		for body := range answer.bodies {
			for field := range schemas[body].Value.Properties {
				taken[field] = true
			}
		}
		for sent := range answer.bodies {
			body := schemas[sent].Value
			if refused[body] == nil {
				refused[body] = map[string]string{}
			}
			for field := range enclosed(schemas[name].Value).Properties {
				switch {
				case body.Properties[field] != nil:
				case taken[field] || !answer.changed:
					refused[body][field] = notSetHere
				case refused[body][field] == "":
					refused[body][field] = setByPlatform
				}
			}
		}
	}
	return refused
}

// enclosed is what an answer is about: of one in an envelope that has nothing but data, that.
func enclosed(answer *openapi3.Schema) *openapi3.Schema {
	if data := answer.Properties["data"]; data != nil && len(answer.Properties) == 1 {
		return data.Value
	}
	return answer
}
