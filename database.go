package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/server/address"
	"itmanagerjobs/store"
	"itmanagerjobs/store/embedded"
	"itmanagerjobs/store/pg"
)

// database is a PostgreSQL that is there.
type database struct {
	url string
	// direct is where PostgreSQL itself is: url, or another address when url leads to a pooler.
	direct string
	// started lets other commands of the program go ahead with the same embedded server; it may be called twice.
	started func()
}

// pooledFrom is the address of PostgreSQL itself when url leads to a pooler, else empty.
func (d database) pooledFrom() string {
	if d.direct == d.url {
		return ""
	}
	return d.direct
}

// withDatabase calls do while the database is there: the one of DATABASE_URL, or the embedded one, which is adopted when
// another copy of the program runs it, else started and stopped.
//
// The copy that starts an embedded server also stops it, and copies that adopted it meanwhile see broken connections. A
// running serve lives through that, but a command would fail, and so would a start. So these take turns.
func (a *app) withDatabase(ctx context.Context, do func(database) error) (err error) {
	if a.cfg.DatabaseURL != "" {
		db := database{url: pg.PreferTLS(ctx, boundConnecting(a.cfg.DatabaseURL, connectTimeout)), started: func() {}}
		db.direct = db.url
		if a.cfg.DirectURL != "" {
			db.direct = pg.PreferTLS(ctx, boundConnecting(a.cfg.DirectURL, connectTimeout))
		}
		return do(db)
	}
	release, err := embedded.TakeTurn(ctx, a.cfg.DataDir)
	if err != nil {
		return settingError("DATA_DIR", err)
	}
	defer release()
	cluster, err := embedded.Start(ctx, embedded.Options{Dir: a.cfg.DataDir, Log: a.log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cluster.Stop()) }()
	return do(database{url: cluster.URL(), direct: cluster.URL(), started: release})
}

// withStore is withDatabase with the schema brought up to date and a store open on it. The database outlives the store.
func (a *app) withStore(ctx context.Context, do func(*store.Store, database) error) error {
	if a.cfg.DatabaseURL != "" && a.cfg.SecretKey == nil {
		return settingError("SECRET_KEY", errSecretKeyNeeded)
	}
	return a.withDatabase(ctx, func(db database) (err error) {
		secret, err := a.secretKey()
		if err != nil {
			return err
		}
		if err := a.refusePooler(ctx, db.direct); err != nil {
			return err
		}
		taken, err := pg.MigrateUp(ctx, db.direct)
		if err != nil {
			return a.databaseError(err)
		}
		for _, m := range taken {
			a.log.InfoContext(ctx, "migrated", "version", m.Version, "file", m.File)
		}
		if a.cfg.DirectURL != "" {
			if err := pg.SetDefaults(ctx, db.direct); err != nil {
				return settingError("DATABASE_DIRECT_URL", err)
			}
		}
		s, err := a.openStore(db, secret, a.rand, a.now, 0)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.Close()) }()
		if err := s.CheckSecretKey(ctx); errors.Is(err, store.ErrOtherSecretKey) {
			return settingError("SECRET_KEY", errOtherSecretKey)
		} else if err != nil {
			return a.databaseError(err)
		}
		if err := a.lookAtPooler(ctx, s); err != nil {
			return err
		}
		return do(s, db)
	})
}

// openStore opens a store on the database. patience is as in store.Options.
func (a *app) openStore(db database, secret []byte, random io.Reader, now func() time.Time, patience time.Duration) (*store.Store, error) {
	return store.Open(db.url, store.Options{
		Log: a.log, Now: now, Rand: random, SecretKey: secret, MaxConns: a.cfg.DBMaxConns, ReadText: a.readText, CVPatience: patience, PublicURL: a.linkBase(),
		Spent:     a.counts.spend,
		Waited:    a.counts.wait,
		DirectURL: db.pooledFrom(), Unprepared: !a.cfg.Prepare, StandbyURL: boundConnecting(a.cfg.ReadURL, standbyConnectTimeout),
	})
}

// checkDatabaseURL never repeats the value, which holds a password.
func checkDatabaseURL(s string) error {
	if s == "" {
		return nil
	}
	const example = "for example postgres://user:password@127.0.0.1:5432/itmanagerjobs"
	u, err := url.Parse(pg.HostsApart(s))
	switch {
	case err != nil:
		return fmt.Errorf("is not a URL (%w): write one, %s", address.WithoutURL(err), example)
	case u.Scheme != "postgres" && u.Scheme != "postgresql":
		return fmt.Errorf("does not begin with postgres://: write a URL, %s", example)
	case u.Host == "" && u.Query().Get("host") == "":
		return fmt.Errorf("names no host: write a URL, %s", example)
	}
	return nil
}

func (s settings) checkDirectURL() error {
	if s.DirectURL != "" && s.DatabaseURL == "" {
		return errors.New("is set without DATABASE_URL: set DATABASE_URL to the address of the pooler, or leave this one out")
	}
	return checkDatabaseURL(s.DirectURL)
}

func (s settings) checkReadURL() error {
	switch {
	case s.ReadURL == "":
		return nil
	case s.DatabaseURL == "":
		return errors.New("is set without DATABASE_URL: set that to the address of the primary, or leave this one out")
	case pg.HostsApart(s.ReadURL) != s.ReadURL:
		return errors.New("names several servers: name one standby, because what is read together must be of one moment, for example postgres://user:password@db2:5432/itmanagerjobs")
	}
	return checkDatabaseURL(s.ReadURL)
}

func (s settings) parsePrepare() (bool, error) {
	prepare, err := strconv.ParseBool(s.Prepare)
	switch {
	case err != nil:
		return false, errors.New("must be true or false")
	case !prepare && s.DirectURL == "":
		return false, errors.New("is false, which is for poolers: set DATABASE_DIRECT_URL to the address of PostgreSQL itself, which migrations, deliveries and listening need")
	}
	return prepare, nil
}

var errPooler = errors.New("leads to a pooler in transaction mode, such as PgBouncer's, where nothing of a session lasts: set " +
	"DATABASE_DIRECT_URL, too, to the address of PostgreSQL itself, or DATABASE_URL to it")

// refusePooler looks whether the address that must lead to PostgreSQL itself does.
func (a *app) refusePooler(ctx context.Context, direct string) error {
	if a.cfg.DatabaseURL == "" {
		return nil
	}
	pooled, err := pg.Pooled(ctx, direct)
	switch {
	case err != nil:
		return a.databaseError(err)
	case !pooled:
		return nil
	case a.cfg.DirectURL != "":
		return settingError("DATABASE_DIRECT_URL", errors.New("leads to a pooler, too: set it to the address of PostgreSQL itself"))
	}
	return settingError("DATABASE_URL", errPooler)
}

// lookAtPooler warns of sessions that a pooler keeps from before they had the settings that the program needs.
func (a *app) lookAtPooler(ctx context.Context, s *store.Store) error {
	if a.cfg.DirectURL == "" {
		return nil
	}
	other, err := s.OtherSettings(ctx)
	if err != nil {
		return a.databaseError(err)
	}
	if len(other) > 0 {
		a.log.WarnContext(ctx, "the pooler of DATABASE_URL keeps sessions that were begun before the account's settings were made; let it reconnect, with PgBouncer by RECONNECT",
			"settings", strings.Join(other, " "))
	}
	return nil
}

func (a *app) secretKey() ([]byte, error) {
	if a.cfg.SecretKey != nil {
		return a.cfg.SecretKey, nil
	}
	return keptSecretKey(a.cfg.DataDir, a.rand)
}

// cvCacheDirs is where the compiled reader of PDF files may be kept: the cache directory of the user, or DATA_DIR for a user
// without one. Where neither can be written, each process that reads CVs compiles it.
func cvCacheDirs(dataDir string) string {
	var dirs []string
	if dir, err := os.UserCacheDir(); err == nil {
		dirs = append(dirs, filepath.Join(dir, "itmanagerjobs"))
	}
	if dir, err := filepath.Abs(dataDir); err == nil {
		dirs = append(dirs, filepath.Join(dir, "cache"))
	}
	return strings.Join(dirs, string(filepath.ListSeparator))
}

// databaseError says which setting leads to a database that does not work.
func (a *app) databaseError(err error) error {
	if a.cfg.DatabaseURL == "" {
		return err
	}
	if sentence := pg.PoolerProblem(err); sentence != "" {
		return settingError("DATABASE_URL", fmt.Errorf("leads to a pooler: %s (%w)", sentence, err))
	}
	return settingError("DATABASE_URL", fmt.Errorf("leads to no usable database: %w", err))
}

// How long, in seconds, a connection may take when the URL itself does not say. The primary is there when a standby is not.
const (
	connectTimeout        = "10"
	standbyConnectTimeout = "2"
)

// boundConnecting keeps a database host that swallows packets from holding the program up for minutes.
func boundConnecting(databaseURL, timeout string) string {
	u, err := url.Parse(databaseURL)
	if err != nil || databaseURL == "" || u.Query().Has("connect_timeout") {
		return databaseURL
	}
	q := u.Query()
	q.Set("connect_timeout", timeout)
	u.RawQuery = q.Encode()
	return u.String()
}

// secretKeyFile is where the key of the embedded database is kept, in DATA_DIR: base64 on one line.
const secretKeyFile = "secret.key"

// keptSecretKey reads the key of a data directory, and makes it the first time. Copies of the program that start at
// once agree on one: the file is written under another name and then linked, which fails for all but the first.
func keptSecretKey(dir string, random io.Reader) ([]byte, error) {
	path := filepath.Join(dir, secretKeyFile)
	key, err := readSecretKey(path)
	if !errors.Is(err, os.ErrNotExist) {
		return key, err
	}
	key = make([]byte, store.SecretKeySize)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, fmt.Errorf("make a secret key: %w", err)
	}
	if err := linkNewFile(path, []byte(base64.StdEncoding.EncodeToString(key)+"\n")); err != nil {
		return nil, fmt.Errorf("keep the secret key: %w", err)
	}
	return readSecretKey(path)
}

func readSecretKey(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the secret key: %w", err)
	}
	key, err := parseSecretKey(string(text))
	if err == nil && key == nil {
		err = errors.New("is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("the secret key in %s is damaged: restore the file, for without it no API key of this data works any more (it %w)", path, err)
	}
	return key, nil
}

// linkNewFile makes a file of mode 0600 that is complete from the moment it has its name. A file of that name that is
// there already stays, and is no error.
func linkNewFile(path string, content []byte) (err error) {
	draft, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp") // 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(draft.Name())) }()
	_, err = draft.Write(content)
	if err = errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	if err = os.Link(draft.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a directory survive a power cut.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
