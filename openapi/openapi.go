// Package openapi holds the published contracts and the settings by which code
// is generated from them. A contract is the source of truth: the server serves
// it byte for byte, validates against it and reads scopes and limits from it.
//
// The package must not know how a contract is carried out: it imports nothing
// of this module.
package openapi

import _ "embed" // for the contracts

//go:generate go run ./upgrade v1/swagger.json v1/openapi-3.1.json
//go:generate go run ./postman v1/swagger.json v1/postman.json
//go:generate go run ./changes v1/changelog.json v1/releases/1.0.0-rc.1.json.gz v1/swagger.json
//go:generate go tool -modfile=../.tools/go.mod oapi-codegen -config v1/types.yaml v1/swagger.json
//go:generate go tool -modfile=../.tools/go.mod oapi-codegen -config v1/server.yaml v1/swagger.json
//go:generate go tool -modfile=../.tools/go.mod oapi-codegen -config v1/client.yaml v1/swagger.json
//go:generate go tool -modfile=../.tools/go.mod oapi-codegen -config intake/types.yaml intake/swagger.json
//go:generate go tool -modfile=../.tools/go.mod oapi-codegen -config autotechjobs/types.yaml autotechjobs/swagger.json
//go:generate go tool -modfile=../.tools/go.mod oapi-codegen -config autotechjobs/server.yaml autotechjobs/swagger.json

// V1 is the OpenAPI 3.0 document of the native API, version 1, as it is
// published at /swagger/v1/swagger.json. It must not be modified.
//
//go:embed v1/swagger.json
var V1 []byte

// V1In31 says in OpenAPI 3.1 what V1 says in 3.0, as it is published at
// /swagger/v1/openapi-3.1.json. It is generated from V1, and for readers alone:
// nothing here reads it. It must not be modified.
//
//go:embed v1/openapi-3.1.json
var V1In31 []byte

// V1Postman is V1 as a Postman collection, as it is published at
// /swagger/v1/postman.json. It is generated from V1, and for readers alone:
// nothing here reads it. It must not be modified.
//
//go:embed v1/postman.json
var V1Postman []byte

// V1Changelog is what V1 has changed since each of its releases, as oasdiff
// sees it. It is generated from V1 and from v1/releases, and published at
// /swagger/v1/changelog.json.
//
//go:embed v1/changelog.json
var V1Changelog []byte

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
	// In31 is the same in OpenAPI 3.1; nil when it is not published.
	In31 []byte
	// Postman is the same as a collection; nil when it is not published.
	Postman []byte
}

// Path is where the contract is published.
func (c Contract) Path() string { return "/swagger/" + c.Name + "/swagger.json" }

// File is what is served at an address, byte for byte.
type File struct {
	Path    string
	Content []byte
}

// Files are the forms in which the contract is published.
func (c Contract) Files() []File {
	files := []File{{c.Path(), c.Document}}
	if c.In31 != nil {
		files = append(files, File{"/swagger/" + c.Name + "/openapi-3.1.json", c.In31})
	}
	if c.Postman != nil {
		files = append(files, File{"/swagger/" + c.Name + "/postman.json", c.Postman})
	}
	return files
}

// All lists the contracts. No operation or schema of one is called like a
// different one of another.
func All() []Contract {
	return []Contract{
		{Name: "v1", Document: V1, In31: V1In31, Postman: V1Postman},
		{Name: "autotechjobs", Document: AutoTechJobs},
		{Name: "intake", Document: Intake},
	}
}
