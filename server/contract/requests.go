package contract

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// withoutAnswers is an OpenAPI document with what requests are checked by and nothing else: no responses and no prose. Both are most of
// it, and the parser of kin-openapi goes over a nested object again at every level, which would be most of a start. It changes doc.
func withoutAnswers(doc map[string]any) ([]byte, error) {
	paths, _ := doc["paths"].(map[string]any)
	for _, item := range paths {
		item, _ := item.(map[string]any)
		for method, op := range item {
			if op, ok := op.(map[string]any); ok && isMethod(method) {
				op["responses"] = map[string]any{"default": map[string]any{"description": ""}}
			}
		}
	}
	if components, ok := doc["components"].(map[string]any); ok {
		delete(components, "responses")
		delete(components, "headers")
		delete(components, "examples")
	}
	cutProse(doc["paths"])
	cutProse(doc["components"])
	short, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("write: %w", err)
	}
	return short, nil
}

func isMethod(name string) bool {
	switch strings.ToUpper(name) {
	case http.MethodGet, http.MethodPut, http.MethodPost, http.MethodDelete, http.MethodOptions, http.MethodHead, http.MethodPatch, http.MethodTrace:
		return true
	}
	return false
}

// cutProse empties the descriptions in a part of a document. A property that is called so is an object, and stays.
func cutProse(part any) {
	switch part := part.(type) {
	case map[string]any:
		for name, value := range part {
			if text, ok := value.(string); ok && text != "" && (name == "description" || name == "summary") {
				part[name] = ""
				continue
			}
			cutProse(value)
		}
	case []any:
		for _, value := range part {
			cutProse(value)
		}
	}
}
