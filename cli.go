package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"itmanagerjobs/openapi/companion"
	"itmanagerjobs/server/drain"
	"itmanagerjobs/snapshots/mock"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/pg"
)

const description = `A job board for IT managers: a partner API, webhooks and a portal over one PostgreSQL.

Every setting is a flag and an environment variable; a flag wins. A wrong value stops the program.`

// version is set by the linker, see .ci/release.
var version = unreleased

const unreleased = "unreleased"

// programVersion is that of the release, or else the commit that it was built from.
func programVersion() string {
	info, ok := debug.ReadBuildInfo()
	switch {
	case !ok:
		return version
	case version != unreleased:
		return version + ", " + info.GoVersion
	}
	version := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && (version == "" || version == "(devel)") {
			version = s.Value
		}
	}
	return version + ", " + info.GoVersion
}

// cli is the command line: kong reads names, help and environment variables from the tags.
type cli struct {
	settings `embed:""`

	Version kong.VersionFlag `help:"Print the version, and end."`

	Serve   serveCmd   `cmd:"" help:"Serve the platform until SIGTERM or SIGINT."`
	Demo    demoCmd    `cmd:"" help:"Serve the platform with a demo employer; print its login and keys."`
	Migrate migrateCmd `cmd:"" help:"Change the database schema, or look at it. Prints JSON."`
	Admin   adminCmd   `cmd:"" help:"Look after accounts and keys, beside a running server or without one. Prints JSON."`
	Mock    mockCmd    `cmd:"" group:"companion"                                                                         help:"Serve the frozen exchanges of the contract, without a database and without a network."`

	companion.Commands
}

type migrateCmd struct {
	Up     migrateUpCmd     `cmd:"" help:"Bring the schema up to what this program needs. Prints the steps taken."`
	Down   migrateDownCmd   `cmd:"" help:"Take the last step of the schema back, with the data in it. Prints the step taken."`
	Status migrateStatusCmd `cmd:"" help:"Print every step and when it was taken."`
}

type adminCmd struct {
	CreateEmployer   createEmployerCmd   `cmd:"" help:"Make an employer account and its first user, an EmployerAdmin."`
	CreateReviewer   createReviewerCmd   `cmd:"" help:"Make a reviewer of the platform, who signs in at /platform."`
	ListEmployers    listEmployersCmd    `cmd:"" help:"Print the employers, the newest first."`
	SetPassword      setPasswordCmd      `cmd:"" help:"Set the password of a user, or print a link to set one. Every session of the user ends."`
	DropSecondFactor dropSecondFactorCmd `cmd:"" help:"Turn off the second factor of a user who has lost it."`
	GrantCredits     grantCreditsCmd     `cmd:"" help:"Add credits to an employer's balance. Prints the new balance."`
	SetContract      setContractCmd      `cmd:"" help:"Give an employer an unlimited contract; a time in the past ends it."`
	MintKey          mintKeyCmd          `cmd:"" help:"Make an API key. Prints the key itself, which cannot be shown again."`
	ApproveKey       approveKeyCmd       `cmd:"" help:"Approve a key that waits for review."`
	RefuseKey        refuseKeyCmd        `cmd:"" help:"Refuse a key that waits for review. The admins of the employer get the reason by email."`
	ListKeys         listKeysCmd         `cmd:"" help:"Print the keys that wait for review, the oldest first."`
	ListWebhooks     listWebhooksCmd     `cmd:"" help:"Print the webhooks of an employer, live and test, with what disabled one."`
	RevokeKey        revokeKeyCmd        `cmd:"" help:"End a key for good, at once."`
	SetLimit         setLimitCmd         `cmd:"" help:"Agree another rate limit with an employer, for each of its keys."`
	CloseEmployer    closeEmployerCmd    `cmd:"" help:"End an employer's account for good, and erase everybody in its pipeline. Prints what was reached; progress goes to standard error."`
	CareerjetFeed    careerjetFeedCmd    `cmd:"" help:"Print the secret that Careerjet and an employer share, or change it. One is made when there is none."`
	ImportCandidates importCandidatesCmd `cmd:"" help:"Take candidates into the CV database. Bad lines are reported and left out; progress goes to standard error."`
	ExportCandidate  exportCandidateCmd  `cmd:"" help:"Print all that the CV database keeps of a person."`
	EraseCandidate   eraseCandidateCmd   `cmd:"" help:"Erase a person from the CV database for good, for every employer. Prints a receipt."`
	SetVisibility    setVisibilityCmd    `cmd:"" help:"Hide a person of the CV database from all employers, or show them again."`
	RefundUnlock     refundUnlockCmd     `cmd:"" help:"Give back the credit of an unlock that still runs, and end it. Prints the new balance."`
	Scrub            scrubCmd            `cmd:"" help:"Rewrite the tables that tell of people, so that what was erased leaves the disk. They are locked meanwhile."`
	ListEmails       listEmailsCmd       `cmd:"" help:"Print the newest emails, which are kept when no SMTP_URL is set."`
	Audit            auditCmd            `cmd:"" help:"Check that no entry of the audit log was changed or taken away. Exit status 1 when one was."`
	Doctor           doctorCmd           `cmd:"" help:"Look at settings, database, mail server, names and deliveries, and say what to do. Exit status 1 when something is wrong."`
	DatabaseURL      databaseURLCmd      `cmd:"" help:"Print the address of the database, for psql and the like."`
}

// runner is a command as it was written.
type runner struct {
	kong *kong.Context
}

// serves tells whether the command runs until it is stopped.
func (r runner) serves() bool {
	name := r.kong.Selected().Name
	return name == "serve" || name == "demo"
}

// asks tells whether the command talks to the API of a platform, which may be any: it has no settings of a server.
func (r runner) asks() bool {
	first, _, _ := strings.Cut(r.kong.Command(), " ")
	return !slices.Contains([]string{"serve", "demo", "migrate", "admin"}, first)
}

func (r runner) run(ctx context.Context, a *app) error {
	if group, command, found := strings.Cut(r.kong.Command(), " "); found && group == "admin" {
		ctx = account.Operating(ctx, actionOf(command))
	}
	r.kong.BindTo(ctx, (*context.Context)(nil))
	return r.kong.Run(a, a.terminal())
}

type mockCmd struct {
	Address string `default:"127.0.0.1:4010" help:"Address to serve on, as host:port. Port 0 takes a free one."`
}

// Help explains the command further.
func (mockCmd) Help() string {
	return `Every request that was frozen with the contract has its frozen answer; any key will do. "Prefer: code=429" or
"Prefer: example=429-limit" asks for another answer to it. Beyond that the mock remembers jobs, applications and webhooks, and delivers
their events, signed: enough to play the first steps of an integration. The times in its answers stand still.`
}

// Run serves until the context ends.
func (c mockCmd) Run(ctx context.Context, a *app) error {
	l, err := drain.Listen(c.Address)
	if err != nil {
		return fmt.Errorf("--address: %w", err)
	}
	url := localURL("http://", l.Addr())
	m, err := mock.New(mock.Config{Log: newLogger(a.stderr, slog.LevelInfo), Now: a.now, URL: url, Deliver: &http.Client{Timeout: mockPatience}})
	if err != nil {
		return err
	}
	defer m.Close()
	return drain.Serve(ctx, l, drain.Service{Handler: m, Drain: func() {}, Log: a.log, Listening: func() error {
		_, err := fmt.Fprintf(a.stdout, "The mock is listening on %s; take any key, such as pk_test_mock.\n", url)
		return err
	}})
}

// terminal is what the companion's commands run in.
func (a *app) terminal() *companion.Terminal {
	return &companion.Terminal{
		In: os.Stdin, Out: a.stdout, Err: a.stderr, Now: a.now, Tick: ticks, HTTP: &http.Client{Timeout: companionPatience},
		ConfigDir: os.UserConfigDir,
	}
}

const (
	// companionPatience is how long a command waits for an answer of the API. A platform that has just started reads its first CV
	// when its reader is compiled, which takes long on a busy machine.
	companionPatience = 2 * time.Minute
	// mockPatience is how long the mock waits for an endpoint, as the platform does.
	mockPatience = 10 * time.Second
)

// actionOf is what the audit log calls a command: createEmployer for create-employer.
func actionOf(command string) string {
	words := strings.Split(command, "-")
	for i, word := range words[1:] {
		words[i+1] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "")
}

// parseCommand reads the arguments and the environment. --help prints and exits.
func parseCommand(args []string, stdout, stderr io.Writer) (runner, Config, error) {
	var c cli
	parser, err := kong.New(&c,
		kong.Name("itmanagerjobs"), kong.Vars{"version": version}, kong.Description(description), kong.Writers(stdout, stderr),
		kong.ConfigureHelp(kong.HelpOptions{WrapUpperBound: 120}), kong.Help(help),
		kong.ExplicitGroups([]kong.Group{
			{Key: "companion", Title: "For integrators, over the API of a platform that runs:"},
			{Key: "database", Title: "Database and log:"},
			{Key: "server", Title: "Server (serve and demo):"},
			{Key: "webhooks", Title: "Webhooks (serve and demo):"},
			{Key: "tracing", Title: "OpenTelemetry tracing (serve and demo):"},
		}),
	)
	if err != nil {
		return runner{}, Config{}, fmt.Errorf("command line: %w", err)
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return runner{}, Config{}, fmt.Errorf("%w; see itmanagerjobs --help", err)
	}
	cfg, err := c.parse()
	return runner{kong: parsed}, cfg, err
}

// help leaves the settings of a server out of the help of commands that do not serve.
func help(o kong.HelpOptions, ctx *kong.Context) error {
	if command := ctx.Selected(); command != nil && !(runner{ctx}).serves() {
		for _, flag := range ctx.Model.Flags {
			if flag.Group != nil && (flag.Group.Key != "database" || (runner{ctx}).asks()) {
				flag.Hidden = true
			}
		}
	}
	return kong.DefaultHelpPrinter(o, ctx)
}

// moment is a time on the command line.
type moment struct{ time.Time }

// UnmarshalText reads RFC 3339.
func (m *moment) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		return fmt.Errorf("\"%s\" is not a time in RFC 3339, for example 2027-01-31T00:00:00Z", text)
	}
	// JSON holds no later year, in whatever zone it is written.
	if year := t.UTC().Year(); year < 1 || year > 9999 {
		return fmt.Errorf("\"%s\" is not between the years 1 and 9999 in UTC", text)
	}
	m.Time = t
	return nil
}

type (
	migrateUpCmd     struct{}
	migrateDownCmd   struct{}
	migrateStatusCmd struct{}
)

// Run takes the missing steps.
func (migrateUpCmd) Run(ctx context.Context, a *app) error {
	return a.migrate(ctx, pg.MigrateUp)
}

// Run takes the last step back.
func (migrateDownCmd) Run(ctx context.Context, a *app) error {
	return a.migrate(ctx, pg.MigrateDown)
}

// Run lists the steps.
func (migrateStatusCmd) Run(ctx context.Context, a *app) error {
	return a.migrate(ctx, pg.MigrationStatus)
}

func (a *app) migrate(ctx context.Context, do func(context.Context, string) ([]pg.Migration, error)) error {
	return a.withDatabase(ctx, func(db database) error {
		steps, err := do(ctx, db.direct)
		if err != nil {
			return err
		}
		return a.print(steps)
	})
}
