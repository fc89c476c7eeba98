// Package room takes locks past the registry.
package room

const shared = `WITH kept AS (SELECT pg_advisory_xact_lock_shared($1)) SELECT 1` // want `past the registry`

func sql(name string) []string {
	return []string{
		"SELECT pg_try_advisory_lock(" + name + ")", // want `past the registry`
		//house:lock nobody else knows this database
		"SELECT PG_ADVISORY_UNLOCK(1)",
		"SELECT pg_notify('advisory', '')",
	}
}
