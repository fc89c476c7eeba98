// Package pg has the registry.
package pg

const lock = `SELECT pg_advisory_xact_lock($1, 0)`
