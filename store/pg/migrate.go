package pg

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"itmanagerjobs/migrations"
)

// Migration is one step of the schema. AppliedAt is nil when the step has not been taken.
type Migration struct {
	Version   int64      `json:"version"`
	File      string     `json:"file"`
	AppliedAt *time.Time `json:"appliedAt"`
}

// ErrForeignDatabase is the error of all functions for a database whose tables this program can't bring up to date.
var ErrForeignDatabase = errors.New("this database was made by an unreleased version of this program, or by another program, " +
	"and can't be brought up to date; create a new one: an empty database, or for the embedded database another data directory")

// MigrateUp brings the schema at url up to what this program needs and returns the steps it took. Copies that start
// at the same time take turns. Errors: ErrForeignDatabase.
func MigrateUp(ctx context.Context, url string) ([]Migration, error) {
	return migrate(ctx, url, func(p *goose.Provider) ([]*goose.MigrationResult, error) { return p.Up(ctx) })
}

// MigrateDown takes the last step back and returns it. Errors: ErrForeignDatabase.
func MigrateDown(ctx context.Context, url string) ([]Migration, error) {
	return migrate(ctx, url, func(p *goose.Provider) ([]*goose.MigrationResult, error) {
		r, err := p.Down(ctx)
		if r == nil {
			return nil, err
		}
		return []*goose.MigrationResult{r}, err
	})
}

func migrate(ctx context.Context, url string, run func(*goose.Provider) ([]*goose.MigrationResult, error)) ([]Migration, error) {
	taken := []Migration{}
	err := withProvider(ctx, url, func(p *goose.Provider) error {
		results, err := run(p)
		if err != nil {
			return err
		}
		all, err := statuses(ctx, p)
		for _, r := range results {
			at := slices.IndexFunc(all, func(m Migration) bool { return m.Version == r.Source.Version })
			if at >= 0 {
				taken = append(taken, all[at])
			}
		}
		return err
	})
	return taken, err
}

// MigrationStatus lists every step. Errors: ErrForeignDatabase.
func MigrationStatus(ctx context.Context, url string) (all []Migration, err error) {
	err = withProvider(ctx, url, func(p *goose.Provider) error {
		all, err = statuses(ctx, p)
		return err
	})
	return all, err
}

func statuses(ctx context.Context, p *goose.Provider) ([]Migration, error) {
	found, err := p.Status(ctx)
	all := make([]Migration, 0, len(found))
	for _, st := range found {
		m := Migration{Version: st.Source.Version, File: st.Source.Path}
		if st.State == goose.StateApplied {
			m.AppliedAt = UTC(&st.AppliedAt)
		}
		all = append(all, m)
	}
	return all, err
}

func withProvider(ctx context.Context, url string, fn func(*goose.Provider) error) error {
	db, err := sql.Open("postgres", url)
	if err != nil {
		return fmt.Errorf("database URL: %w", err)
	}
	defer db.Close()
	if err := refuseForeign(ctx, db); err != nil {
		return err
	}
	// It tries every second for up to five minutes, because another copy may be migrating.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return fmt.Errorf("migration lock: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS, goose.WithSessionLocker(locker))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if err := fn(p); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// refuseForeign keeps the steps from running on tables that they did not make: they would fail in the middle, or find
// nothing to do and leave the program with the wrong tables.
func refuseForeign(ctx context.Context, db *sql.DB) error {
	var foreign bool
	if err := db.QueryRowContext(ctx, migrations.Foreign).Scan(&foreign); err != nil {
		return fmt.Errorf("look at the tables: %w", errNoTLS(err))
	}
	if foreign {
		return ErrForeignDatabase
	}
	return nil
}
