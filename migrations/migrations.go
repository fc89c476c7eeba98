// Package migrations holds the database schema as goose SQL files, embedded in the program.
//
// Files are append only: one that has been released is never edited. The code of a release must run before and
// after its migration, so that several copies can be replaced one by one.
package migrations

import "embed"

// FS holds the SQL files at its root, in the order of their numbers.
//
//go:embed *.sql
var FS embed.FS
