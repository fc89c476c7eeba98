package pg

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"

	"github.com/lib/pq"
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
	encrypted, plain := with("require"), with("disable")
	err = ping(ctx, encrypted)
	if err != nil && (errors.Is(err, pq.ErrSSLNotSupported) || ping(ctx, plain) == nil) {
		return plain // which also says what else is wrong, such as the password
	}
	return encrypted
}

func ping(ctx context.Context, databaseURL string) error {
	db, err := sql.Open("postgres", databaseURL)
	if err != nil {
		return fmt.Errorf("read the address: %w", err)
	}
	defer func() { _ = db.Close() }()
	return db.PingContext(ctx) //nolint:wrapcheck // nobody reads it
}

// errNoTLS tells what to do about a server without TLS when the address demands it.
func errNoTLS(err error) error {
	if errors.Is(err, pq.ErrSSLNotSupported) {
		return fmt.Errorf("%w, and the address demands it: write sslmode=prefer in it, or sslmode=disable for a network that you trust", err)
	}
	return err
}
