// Package v1 holds the frozen exchanges of the contract v1, for the program that serves them: snapshots/mock.
package v1

import "embed"

// Exchanges has a file frozen/OPERATION/STATUS-CASE.json for each exchange.
//
//go:embed frozen
var Exchanges embed.FS
