// Package companion is what an integrator has in a terminal: commands that list and publish jobs, trigger events, forward
// them to a program on the same machine, and show what the API was asked.
//
// It talks to the public API alone, through a client that is generated from the contract as a partner would generate it.
// It must not import the server or the store: whatever it can do, a partner can do.
package companion

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"itmanagerjobs/gen/client"
)

// Commands are the commands as kong reads them from the tags. They are embedded in the command line of the program.
type Commands struct {
	Login      loginCmd      `cmd:"" group:"companion"                          help:"Keep an API key and the address of the platform for the commands below."`
	Quickstart quickstartCmd `cmd:"" group:"companion"                          help:"Go from a key to a verified webhook, step by step, and print the code to verify it."`
	Listen     listenCmd     `cmd:"" group:"companion"                          help:"Forward events to a program on this machine as they happen, signed like a webhook."`
	Trigger    triggerCmd    `cmd:"" group:"companion"                          help:"Make an event happen, with a test key."`
	Jobs       jobsCmd       `cmd:"" group:"companion"                          help:"List, create and publish jobs."`
	Events     eventsCmd     `cmd:"" group:"companion"                          help:"Read the log of events, or have some sent to your webhooks once more."`
	Logs       logsCmd       `cmd:"" group:"companion"                          help:"Show what your key has asked of the API."`
	Completion completionCmd `cmd:"" group:"companion"                          help:"Print the completion of commands and flags for your shell."`
	Complete   completeCmd   `cmd:"" help:"Print how a command line can go on." hidden:""`
}

// Terminal is where the commands run: what a person types and sees, and what main alone may read.
type Terminal struct {
	In       io.Reader
	Out, Err io.Writer
	Now      func() time.Time
	// Tick is a ticker of the real clock: its channel, and what stops it.
	Tick func(every time.Duration) (<-chan time.Time, func())
	HTTP *http.Client
	// ConfigDir is where programs of the user keep their settings, os.UserConfigDir.
	ConfigDir func() (string, error)
}

// Connection is how a command reaches the API.
type connection struct {
	Key    string `env:"ITMANAGERJOBS_KEY"    help:"API key. Without it the one that login has kept."                                     placeholder:"KEY"`
	Server string `env:"ITMANAGERJOBS_SERVER" help:"Address of the platform. Without it the one of login, or else http://127.0.0.1:8080." placeholder:"URL"`
	output
}

// output is how a command prints.
type output struct {
	JSON bool `help:"Print JSON, one value a line, for programs." name:"json"`
}

// session is a command that has found its key and its platform.
type session struct {
	*Terminal

	api    *client.Client
	server string
	key    string
	json   bool
}

// defaultServer is where `make run` listens.
const defaultServer = "http://127.0.0.1:8080"

// open finds key and address: those of the flags or the environment, else those of login.
func (c connection) open(t *Terminal) (*session, error) {
	kept, err := t.readLogin()
	if err != nil {
		return nil, err
	}
	s := &session{Terminal: t, key: c.Key, server: c.Server, json: c.JSON}
	if s.key == "" {
		s.key = kept.Key
	}
	if s.server == "" {
		s.server = kept.Server
	}
	if s.server == "" {
		s.server = defaultServer
	}
	if s.key == "" {
		return nil, errors.New("no API key: run itmanagerjobs login, or give --key pk_test_…; make run prints one, and so does the portal at " +
			s.server + "/employer/keys")
	}
	if s.server, err = checkAddress("--server", s.server); err != nil {
		return nil, err
	}
	return s, s.connect()
}

// connect makes the client. Nothing is sent yet.
func (s *session) connect() error {
	api, err := client.NewClient(s.server, client.WithHTTPClient(s.HTTP), client.WithRequestEditorFn(s.authorize))
	s.api = api
	return err
}

// print writes a value: as JSON, or in the words that text writes.
func (s *session) print(v any, text func(w io.Writer)) error {
	if !s.json {
		text(s.Out)
		return nil
	}
	return printJSON(s.Out, v)
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// note tells a person what goes on. Programs that read standard output are not disturbed.
func (s *session) note(format string, args ...any) { fmt.Fprintf(s.Err, format+"\n", args...) }
