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
//go:generate go tool -modfile=../.tools/go.mod oapi-codegen -config intake/types.yaml intake/swagger.json
//go:generate go tool -modfile=../.tools/go.mod oapi-codegen -config autotechjobs/types.yaml autotechjobs/swagger.json
//go:generate go tool -modfile=../.tools/go.mod oapi-codegen -config autotechjobs/server.yaml autotechjobs/swagger.json

// V1 is the OpenAPI 3.0 document of the native API, version 1, as it is
// published at /swagger/v1/swagger.json. It must not be modified.
//
//go:embed v1/swagger.json
var V1 []byte

// Intake is the OpenAPI 3.0 document of the ways by which applications come in:
// pages for everybody, job boards and mail providers. It is published at
// /swagger/intake/swagger.json, apart from what clients of partners are
// generated from. It must not be modified.
//
//go:embed intake/swagger.json
var Intake []byte

// AutoTechJobs is the OpenAPI 3.0 document of the webhook management that
// clients of AutoTechJobs know, as it is published at
// /swagger/autotechjobs/swagger.json. It must not be modified.
//
//go:embed autotechjobs/swagger.json
var AutoTechJobs []byte

// Contract is a published document. What it is called is the same in its
// address, in the folders of generated code and among the snapshots.
type Contract struct {
	Name     string
	Document []byte
}

// Path is where the contract is published.
func (c Contract) Path() string { return "/swagger/" + c.Name + "/swagger.json" }

// All lists the contracts. No operation or schema of one is called like a
// different one of another.
func All() []Contract {
	return []Contract{{"v1", V1}, {"autotechjobs", AutoTechJobs}, {"intake", Intake}}
}
