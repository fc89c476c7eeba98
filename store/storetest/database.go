package storetest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/lib/pq" // the driver "postgres" too
	"github.com/pressly/goose/v3"

	"itmanagerjobs/migrations"
	"itmanagerjobs/store/pg"
)

// testPrefix and templatePrefix begin the names of the databases of tests and of what they are copied from.
const (
	testPrefix     = "t_"
	templatePrefix = "tmpl_"
)

// URL gives the test a database with all migrations applied and nothing else in it, and takes it back when the test
// ends.
func URL(t testing.TB) string {
	t.Helper()
	mustServerURL(t)
	address, giveBack, err := borrow(t.Context())
	if err != nil {
		t.Fatalf("make the test database: %v", err)
	}
	t.Cleanup(func() {
		// Not t.Context(), which has ended by now.
		if err := giveBack(context.Background()); err != nil {
			t.Errorf("give the test database back: %v", err)
		}
	})
	return address
}

// borrow finds or makes a database like URL's.
func borrow(ctx context.Context) (address string, giveBack func(context.Context) error, err error) {
	base, err := serverURL()
	if err != nil {
		return "", nil, err
	}
	db, err := admin()
	if err != nil {
		return "", nil, err
	}
	from, err := migrated()
	if err != nil {
		return "", nil, fmt.Errorf("make the template: %w", err)
	}
	name, waiting, err := takeSpare(ctx, db, from.name)
	if err != nil {
		return "", nil, err
	}
	if address, err = withDatabase(base, name); err != nil {
		return "", nil, err
	}
	beginLease(name, waiting)
	return address, func(ctx context.Context) error {
		if handBack(ctx, db, name, address) == nil {
			spares.put(spare{name, endLease(name)})
			return nil
		}
		closeSessions(endLease(name))
		return drop(ctx, db, name)
	}, nil
}

// EmptyURL makes a database without anything in it, for tests of the migrations themselves, and drops it when the test
// ends.
func EmptyURL(t testing.TB) string {
	t.Helper()
	base := mustServerURL(t)
	db, err := admin()
	if err != nil {
		t.Fatal(err)
	}
	name := newName("empty")
	if err := create(t.Context(), db, name, "template0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// Not t.Context(), which has ended by now.
		if err := drop(context.Background(), db, name); err != nil {
			t.Error(err)
		}
	})
	address, err := withDatabase(base, name)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// source is a database to copy, and what it holds.
type source struct {
	name     string
	pristine *pristine
}

// migrated is the template of this test process's migrations.
var migrated = sync.OnceValues(func() (source, error) {
	base, err := serverURL()
	if err != nil {
		return source{}, err
	}
	// The context is nobody's: the template outlives the test that happens to come first.
	ctx := context.Background()
	name, err := template(ctx, base, migrations.FS)
	if err != nil {
		return source{}, err
	}
	db, err := admin()
	if err != nil {
		return source{}, err
	}
	var description []byte
	err = db.QueryRowContext(ctx, `SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1`, name).Scan(&description)
	if err != nil {
		return source{}, err
	}
	p := &pristine{}
	return source{name: name, pristine: p}, json.Unmarshal(description, p)
})

// admin is one small pool per test process for making, adopting and dropping databases.
var admin = sync.OnceValues(func() (*sql.DB, error) {
	base, err := serverURL()
	if err != nil {
		return nil, err
	}
	config, err := pq.NewConfig(base)
	if err != nil {
		return nil, err
	}
	config.ApplicationName = owner
	connector, err := pq.NewConnectorConfig(config)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(4)
	return db, nil
})

// owner is the name of this process. The sessions of admin have it: while there is one, the process lives.
var owner = strings.ToLower(rand.Text()[:10])

// newName names a database of this process, of the kind that the hash of its template tells.
func newName(kind string) string {
	return testPrefix + kind + "_" + owner + "_" + strings.ToLower(rand.Text()[:12])
}

func create(ctx context.Context, admin *sql.DB, name, template string) error {
	// FILE_COPY is faster than the default as long as the template is larger than a few pages and lies in memory.
	_, err := admin.ExecContext(ctx, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s STRATEGY FILE_COPY", name, template))
	if err != nil {
		return fmt.Errorf("copy the template database: %w", err)
	}
	return nil
}

// drop uses force, because a test that failed may not have closed its pool.
func drop(ctx context.Context, admin *sql.DB, name string) error {
	if _, err := admin.ExecContext(ctx, fmt.Sprintf("DROP DATABASE %s WITH (FORCE)", name)); err != nil {
		return fmt.Errorf("drop the test database: %w", err)
	}
	return nil
}

// template returns the name of a database to which the migrations have been applied, and makes it when it is missing. The name
// follows from the migrations, so all test processes share it and a changed migration gives another. It is made under another
// name first, so a half-migrated one is never taken for a template.
func template(ctx context.Context, base string, files fs.FS) (name string, err error) {
	hash, err := hashFiles(files)
	if err != nil {
		return "", err
	}
	name = templatePrefix + hash
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
	description, err := describeAt(ctx, draftURL)
	if err != nil {
		return "", err
	}
	for _, statement := range []string{
		"COMMENT ON DATABASE " + draft + " IS " + pq.QuoteLiteral(description),
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
