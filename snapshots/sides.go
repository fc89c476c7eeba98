package snapshots

import (
	"maps"
	"strings"
)

// sides are the component schemas that requests use and those that answers and webhooks use, in either contract.
type sides struct {
	requests, answers map[string]bool
}

func sidesOf(frozen, now any) sides {
	s := sides{requests: requestSchemas(frozen), answers: answerSchemas(frozen)}
	maps.Copy(s.requests, requestSchemas(now))
	maps.Copy(s.answers, answerSchemas(now))
	return s
}

// request tells whether a place belongs to what clients send. There a new constraint breaks them, while in
// what they receive it is one more thing to rely on.
func (s sides) request(p place) bool {
	if len(p.path) == 0 || p.path[0] == "x-webhooks" {
		return false
	}
	if p.path[0] == "components" && len(p.path) > 2 {
		switch p.path[1] {
		case "schemas":
			return s.requests[p.path[2]]
		case "responses", "headers":
			return false
		}
	}
	if p.path[0] == "paths" && len(p.path) > 3 && p.path[3] == "responses" {
		return false
	}
	return true
}

// requestAlone tells whether a place belongs to what clients send, and to nothing that they receive. There it harms nobody
// when more is taken.
func (s sides) requestAlone(p place) bool {
	if len(p.path) < 3 {
		return false
	}
	switch p.path[0] {
	case "components":
		switch p.path[1] {
		case "schemas":
			return s.requests[p.path[2]] && !s.answers[p.path[2]]
		case "parameters", "requestBodies":
			return true
		}
	case "paths":
		return p.path[2] == "parameters" || len(p.path) > 3 && (p.path[3] == "parameters" || p.path[3] == "requestBody")
	}
	return false
}

const schemaRef = "#/components/schemas/"

// requestSchemas are the names of the component schemas that requests use, directly or through others.
func requestSchemas(document any) map[string]bool {
	f := newFollower(document)
	f.follow(f.components["parameters"])
	f.follow(f.components["requestBodies"])
	f.operations(func(op map[string]any) {
		f.follow(op["parameters"])
		f.follow(op["requestBody"])
	})
	return f.used
}

// answerSchemas are the names of the component schemas that answers and webhooks use, directly or through others.
func answerSchemas(document any) map[string]bool {
	f := newFollower(document)
	f.follow(f.components["responses"])
	f.follow(f.components["headers"])
	f.follow(f.root["x-webhooks"])
	f.operations(func(op map[string]any) {
		f.follow(op["responses"])
		f.follow(op["callbacks"])
	})
	return f.used
}

// follower notes the component schemas that parts of a document refer to.
type follower struct {
	root, components, schemas map[string]any
	used                      map[string]bool
}

func newFollower(document any) *follower {
	f := &follower{used: map[string]bool{}}
	f.root, _ = document.(map[string]any)
	f.components, _ = f.root["components"].(map[string]any)
	f.schemas, _ = f.components["schemas"].(map[string]any)
	return f
}

func (f *follower) follow(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			f.follow(e)
		}
	case map[string]any:
		for _, e := range v {
			f.follow(e)
		}
		ref, _ := v["$ref"].(string)
		if name, ok := strings.CutPrefix(ref, schemaRef); ok && !f.used[name] {
			f.used[name] = true
			f.follow(f.schemas[name])
		}
	}
}

// operations visits every operation, and every path as what its operations have in common.
func (f *follower) operations(visit func(map[string]any)) {
	paths, _ := f.root["paths"].(map[string]any)
	for _, item := range paths {
		item, _ := item.(map[string]any)
		visit(item)
		for _, op := range item {
			op, _ := op.(map[string]any)
			visit(op)
		}
	}
}
