package storetest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"sync"
	"testing"

	_ "github.com/lib/pq" // the driver "postgres"
	"github.com/pressly/goose/v3"

	"itmanagerjobs/migrations"
	"itmanagerjobs/store/pg"
)

// URL makes a database with all migrations applied, and drops it when the test ends.
func URL(t testing.TB) string {
	t.Helper()
	return clone(t, migrated)
}

// EmptyURL makes a database without anything in it, for tests of the migrations themselves.
func EmptyURL(t testing.TB) string {
	t.Helper()
	return clone(t, func() (string, error) { return "template0", nil })
}

// migrated is the template of this test process's migrations.
var migrated = sync.OnceValues(func() (string, error) {
	base, err := serverURL()
	if err != nil {
		return "", err
	}
	// The context is nobody's: the template outlives the test that happens to come first.
	return template(context.Background(), base, migrations.FS)
})

// admin is one small pool per test process for CREATE and DROP DATABASE.
var admin = sync.OnceValues(func() (*sql.DB, error) {
	base, err := serverURL()
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("postgres", base)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(4)
	return db, nil
})

func clone(t testing.TB, source func() (string, error)) string {
	t.Helper()
	base := mustServerURL(t)
	db, err := admin()
	if err != nil {
		t.Fatal(err)
	}
	from, err := source()
	if err != nil {
		t.Fatalf("make the template database: %v", err)
	}
	name := "t_" + strings.ToLower(rand.Text())
	// FILE_COPY is faster than the default as long as the template is larger than a few pages and lies in memory.
	if _, err := db.ExecContext(t.Context(), fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s STRATEGY FILE_COPY", name, from)); err != nil {
		t.Fatalf("clone the template database: %v", err)
	}
	t.Cleanup(func() {
		// Not t.Context(), which has ended by now. FORCE, because a test that failed may not have closed its pool.
		if _, err := db.ExecContext(context.Background(), fmt.Sprintf("DROP DATABASE %s WITH (FORCE)", name)); err != nil {
			t.Errorf("drop the test database: %v", err)
		}
	})
	u, err := withDatabase(base, name)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// template returns the name of a database to which the migrations have been applied, and makes it when it is missing. The name
// follows from the migrations, so all test processes share it and a changed migration gives another. It is made under another
// name first, so a half-migrated one is never taken for a template.
func template(ctx context.Context, base string, files fs.FS) (name string, err error) {
	hash, err := hashFiles(files)
	if err != nil {
		return "", err
	}
	name = "tmpl_" + hash
	db, err := sql.Open("postgres", base)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, conn.Close()) }() // the lock goes with the session

	if err := pg.LockSession(ctx, conn, pg.LockTemplate); err != nil {
		return "", err
	}
	var exists bool
	if err := conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name).Scan(&exists); err != nil {
		return "", err
	}
	if exists {
		return name, nil
	}
	draft := name + "_draft"
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + draft + " WITH (FORCE)", "CREATE DATABASE " + draft} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return "", err
		}
	}
	draftURL, err := withDatabase(base, draft)
	if err != nil {
		return "", err
	}
	if err := migrate(ctx, draftURL, files); err != nil {
		return "", err
	}
	for _, statement := range []string{
		// VACUUM later would hold up a clone; there is nothing to vacuum when nobody can connect.
		"ALTER DATABASE " + draft + " ALLOW_CONNECTIONS false",
		"ALTER DATABASE " + draft + " RENAME TO " + name,
	} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return "", err
		}
	}
	return name, nil
}

func migrate(ctx context.Context, databaseURL string, files fs.FS) (err error) {
	db, err := sql.Open("postgres", databaseURL)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files)
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}

// hashFiles is a name for the content of the SQL files at the root.
func hashFiles(files fs.FS) (string, error) {
	names, err := fs.Glob(files, "*.sql") // sorted
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, name := range names {
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n%s", name, len(b), b)
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

// withDatabase is the same server's URL for another database.
func withDatabase(base, name string) (string, error) {
	u, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}
