package snapshots

import "strings"

// request tells whether a place belongs to what clients send. There a new constraint breaks them, while in
// what they receive it is one more thing to rely on.
func (k *keeper) request(p place) bool {
	if len(p.path) == 0 || p.path[0] == "x-webhooks" {
		return false
	}
	if p.path[0] == "components" && len(p.path) > 2 {
		switch p.path[1] {
		case "schemas":
			return k.requests[p.path[2]]
		case "responses", "headers":
			return false
		}
	}
	if p.path[0] == "paths" && len(p.path) > 3 && p.path[3] == "responses" {
		return false
	}
	return true
}

const schemaRef = "#/components/schemas/"

// requestSchemas are the names of the component schemas that requests use, directly or through others.
func requestSchemas(document any) map[string]bool {
	root, _ := document.(map[string]any)
	components, _ := root["components"].(map[string]any)
	schemas, _ := components["schemas"].(map[string]any)
	used := map[string]bool{}
	var follow func(any)
	follow = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				follow(e)
			}
		case map[string]any:
			for _, e := range v {
				follow(e)
			}
			ref, _ := v["$ref"].(string)
			if name, ok := strings.CutPrefix(ref, schemaRef); ok && !used[name] {
				used[name] = true
				follow(schemas[name])
			}
		}
	}
	follow(components["parameters"])
	follow(components["requestBodies"])
	paths, _ := root["paths"].(map[string]any)
	for _, item := range paths {
		item, _ := item.(map[string]any)
		follow(item["parameters"])
		for _, op := range item {
			op, _ := op.(map[string]any)
			follow(op["parameters"])
			follow(op["requestBody"])
		}
	}
	return used
}
