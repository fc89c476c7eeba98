// Package documenttest reads contracts for tests, and must not know what they say.
package documenttest

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"
)

// Load reads a document without the white space that makes half of it. The parser of kin-openapi goes over a nested object again at
// every level, which makes reading the difference of a second with the race detector.
func Load(document []byte) (*openapi3.T, error) {
	var b bytes.Buffer
	if err := json.Compact(&b, document); err != nil {
		return nil, fmt.Errorf("read a contract: %w", err)
	}
	return openapi3.NewLoader().LoadFromData(b.Bytes())
}
