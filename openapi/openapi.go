// Package openapi holds the published contracts and the settings by which code
// is generated from them. A contract is the source of truth: the server serves
// it byte for byte, validates against it and reads scopes and limits from it.
//
// The package must not know how a contract is carried out: it imports nothing
// of this module.
package openapi

import _ "embed" // for the contracts

//go:generate go tool -modfile=../.tools/go.mod oapi-codegen -config v1/types.yaml v1/swagger.json
//go:generate go tool -modfile=../.tools/go.mod oapi-codegen -config v1/server.yaml v1/swagger.json

// V1 is the OpenAPI 3.0 document of the native API, version 1, as it is
// published at /swagger/v1/swagger.json. It must not be modified.
//
//go:embed v1/swagger.json
var V1 []byte
