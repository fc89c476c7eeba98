package pg

// Seen is what a statement has seen of a row that it did not read.
type Seen struct {
	// Looked is false when it has not looked.
	Looked bool
	// Row tells one version of the row from another, see RowVersion; 0 when there is no row.
	Row int64
}

// RowVersion is an expression over a table that has updated_at. It tells one version of a row from another: a transaction that writes the
// row leaves its own number in xmin. A standby that is promoted may use a number again, of a transaction of the old primary that never
// reached it; by the microseconds of the minute of the last change the two versions differ all the same. It is never 0.
const RowVersion = `(xmin::text::bigint << 32 | date_part('microseconds', updated_at)::bigint)`
