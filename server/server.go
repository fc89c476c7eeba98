// Package server is the partner API over HTTP: it turns requests into calls of the store and their results into
// answers. What it serves is what the contracts in openapi describe, and nothing else under /api/ and /v1/.
//
// A request passes: request id and log line, turns of its employer, key with scope and rate limit, body limit, validation
// against the contract, conditional or idempotent handling, handler. Handlers parse, call and convert: no SQL and no rule of the
// job board belongs here. What a contract demands of a request is in server/contract, how a key is admitted
// in server/admission, how lists are gone through in server/paging, and entity tags are in server/answer.
package server

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"itmanagerjobs/gen/autotechjobs"
	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/openapi"
	"itmanagerjobs/server/admission"
	"itmanagerjobs/server/answer"
	"itmanagerjobs/server/company"
	"itmanagerjobs/server/contract"
	"itmanagerjobs/server/intake"
	"itmanagerjobs/server/method"
	"itmanagerjobs/server/pace"
	"itmanagerjobs/server/paging"
	"itmanagerjobs/server/requestlog"
	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/turns"
)

// Config is what a Server needs. Fields that say what nil or 0 means may be left out.
type Config struct {
	Store *store.Store
	Log   *slog.Logger
	// CursorKey signs the cursors of lists. All copies of the program need the same one.
	CursorKey []byte
	// Now measures how long requests take.
	Now func() time.Time
	// NewRequestID makes an id for a request that has none of its own.
	NewRequestID func() string
	// PublicURL is the address that links in answers begin with, without a slash at its end.
	PublicURL string
	// CheckURL tells whether the address of a webhook may be called with data of a mode, without resolving its host. It returns the code and
	// the message of a field error, both empty for an address that may be called.
	CheckURL func(m board.Mode, raw string) (code, message string)
	// CountryOf gives the country of a network address as a code of ISO 3166-1, "" when it is not known; nil knows
	// none. A job takes applications only from its regions.
	CountryOf func(address string) string
	// Pages shows applicants what became of what they sent.
	Pages intake.Pages
	// Contract is what requests are checked against; nil for what is published.
	Contract *contract.Contract
	// Requests keeps for their owners what keys have asked; nil keeps nothing.
	Requests *requestlog.Log
	// Metrics measures requests; nil measures for nobody.
	Metrics *Metrics
	// Company is who else sends requests to this copy of the program; nil knows the callers of the API alone.
	Company *company.Company
}

// Server serves the partner API. It is safe for concurrent use.
type Server struct {
	echo      *echo.Echo
	store     *store.Store
	log       *slog.Logger
	now       func() time.Time
	newID     func() string
	publicURL string
	checkURL  func(m board.Mode, raw string) (code, message string)
	intake    *intake.Handlers
	validator *contract.Validator
	lists     paging.Lists
	metrics   *Metrics
	requests  *requestlog.Log
	// operations are those of the contract, by which the list of an employer's requests names what was called.
	operations operations
	readiness  readiness
	large      *turns.Gate
	company    *company.Company
	gate       *admission.Gate
	draining   atomic.Bool
}

// insistence says when a caller waits that is refused again and again. A client that heeds Retry-After is far below it. Sixty clients that
// do not get sixty answers a second together, instead of thousands.
var insistence = pace.Options{Free: 100, PerSecond: 20, Most: time.Second, Callers: 10_000}

// New builds a server from the contracts. Its errors are faults of the program, not of the environment.
func New(cfg Config) (*Server, error) {
	if len(cfg.CursorKey) == 0 {
		return nil, errors.New("there is no key that signs the cursors of lists")
	}
	published, err := contract.Published()
	if err != nil {
		return nil, err
	}
	if cfg.Contract != nil {
		published = *cfg.Contract
	}
	s := &Server{
		echo: echo.New(), store: cfg.Store, log: cfg.Log, now: cfg.Now, newID: cfg.NewRequestID,
		publicURL: strings.TrimSuffix(cfg.PublicURL, "/"), checkURL: cfg.CheckURL, metrics: cmp.Or(cfg.Metrics, NewMetrics(nil)), requests: cfg.Requests,
		lists: paging.New(cfg.CursorKey, strings.TrimSuffix(cfg.PublicURL, "/")), readiness: readiness{ask: cfg.Store.Ready}, operations: operations(published.Operations),
		large: newLarge(), company: cmp.Or(cfg.Company, company.New()),
	}
	s.gate = admission.New(s.store.Accounts, s.company, insistence)
	if s.validator, err = published.Validator.WithRules(s.rules()); err != nil {
		return nil, fmt.Errorf("add the rules of the job board: %w", err)
	}
	s.echo.HideBanner = true
	s.echo.HidePort = true
	s.echo.HTTPErrorHandler = s.writeError
	// The address of a caller is that of the connection: anyone can write a header.
	s.echo.IPExtractor = echo.ExtractIPDirect()
	s.echo.Use(s.requestID, s.closeWhenDraining, s.observe, s.recoverPanic, method.AnswerOptions)

	var maxForm int64
	chains, byPath := map[string][]echo.MiddlewareFunc{}, map[string][]echo.MiddlewareFunc{}
	for _, op := range published.Operations {
		chains[op.ID] = s.chain(op)
		byPath[op.Path] = chains[op.ID]
		if op.ID == "applyToJob" {
			maxForm = op.MaxBody
		}
	}
	s.intake = intake.New(intake.Config{
		Store: s.store, PublicURL: s.publicURL, MaxForm: maxForm, CountryOf: cfg.CountryOf, Pages: cfg.Pages,
	})
	apiv1.RegisterHandlersWithOptions(s.echo, apiv1.NewStrictHandler(&handlers{server: s}, nil),
		apiv1.RegisterHandlersOptions{OperationMiddlewares: chains})
	autotechjobs.RegisterHandlersWithOptions(s.echo, autotechjobs.NewStrictHandler(&autoTechJobs{server: s}, nil),
		autotechjobs.RegisterHandlersOptions{OperationMiddlewares: chains})
	for _, c := range openapi.All() {
		for _, file := range c.Files() {
			s.echo.GET(file.Path, serveSpec(file.Content), byPath[file.Path]...)
		}
	}
	s.registerStreams(chains)
	method.RefuseShadowed(s.echo, published.Operations)
	return s, nil
}

// rules are the rules of the job board, which every noun adds for its own bodies.
func (s *Server) rules() *contract.Rules {
	var rules contract.Rules
	s.addJobRules(&rules)
	s.addWebhookRules(&rules)
	s.addEndpointRules(&rules)
	s.addInterviewRules(&rules)
	s.addCallRules(&rules)
	return &rules
}

// chain is the middleware of one operation.
func (s *Server) chain(op contract.Operation) []echo.MiddlewareFunc {
	chain := []echo.MiddlewareFunc{}
	if op.Deprecated {
		chain = append(chain, noteDeprecated(op), s.tellDeprecated(op))
	}
	if op.Authenticated {
		chain = append(chain, s.gate.Admit(op), s.inTurn(op))
	} else {
		chain = append(chain, s.gate.Strangers)
	}
	chain = append(chain, s.validate(op))
	switch {
	case op.Method == http.MethodGet && op.Authenticated && !op.Ranged:
		chain = append(chain, answer.Conditional)
	case op.Method != http.MethodGet && op.Authenticated:
		chain = append(chain, s.idempotent(op))
	}
	if op.Authenticated && op.Write() {
		chain = append(chain, s.audited(op))
	}
	return chain
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead {
		// HEAD is answered like GET without the body, which net/http leaves out by itself.
		r = r.WithContext(r.Context()) // a copy
		r.Method = http.MethodGet
	}
	s.echo.ServeHTTP(w, r)
}

// Drain sends load balancers and clients away: readiness fails, and every answer closes its connection. Requests are
// still served.
func (s *Server) Drain() { s.draining.Store(true) }

// closeWhenDraining closes the connection after an answer when the server drains, also for a request that began before.
func (s *Server) closeWhenDraining(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Before(func() {
			if s.draining.Load() {
				c.Response().Header().Set("Connection", "close")
			}
		})
		return next(c)
	}
}

// handlers are the operations of the contract, one file per noun.
type handlers struct {
	server *Server
}

var _ apiv1.StrictServerInterface = (*handlers)(nil)
