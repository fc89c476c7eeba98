package pg

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"slices"

	_ "github.com/lib/pq" // the driver of this package
)

// PreferTLS decides for a database's address without an sslmode, or with one that the driver does not know, what libpq's default
// "prefer" does: TLS where the server has it, else none. The result has an sslmode that the driver knows.
func PreferTLS(ctx context.Context, databaseURL string) string {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return databaseURL
	}
	q := u.Query()
	mode := q.Get("sslmode")
	if mode == "" {
		mode = os.Getenv("PGSSLMODE")
	}
	if !slices.Contains([]string{"", "prefer", "allow"}, mode) {
		return databaseURL
	}
	with := func(mode string) string {
		q.Set("sslmode", mode)
		u.RawQuery = q.Encode()
		return u.String()
	}
	encrypted := with("require")
	if answers(ctx, encrypted) {
		return encrypted
	}
	if plain := with("disable"); answers(ctx, plain) {
		return plain
	}
	return encrypted // which says what is wrong
}

// answers tells whether a connection can be made.
func answers(ctx context.Context, databaseURL string) bool {
	db, err := sql.Open("postgres", databaseURL)
	if err != nil {
		return false
	}
	defer func() { _ = db.Close() }()
	return db.PingContext(ctx) == nil
}
