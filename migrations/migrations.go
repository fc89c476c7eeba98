// Package migrations holds the database schema as goose SQL files, embedded in the program.
//
// The first files are the baseline: one for each room of the store, with the tables that the room owns. A file refers only to
// tables of its own and of files before it, and adds the references from tables of earlier files to its own.
//
// From the first release on files are append only: one that has been released is never edited. The code of a release must
// run before and after its migration, so that several copies can be replaced one by one.
package migrations

import "embed"

// FS holds the SQL files at its root, in the order of their numbers.
//
//go:embed *.sql
var FS embed.FS

// Foreign is a query that returns true for a database with tables that the baseline did not make. That is one without a
// record of migrations, or one that was made before the first release by migrations of the same numbers: those gave
// employers its column website last, and cv_search is gone since.
const Foreign = `
SELECT to_regclass('employers') IS NOT NULL AND (
       to_regclass('goose_db_version') IS NULL OR to_regclass('cv_search') IS NOT NULL
       OR NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('employers') AND attname = 'website'))`
