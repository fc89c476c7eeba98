// Package mcp serves the partner API to agents, over the Model Context Protocol: a tool is an operation of the contract, with
// its parameters, its words, and what the contract says of it for agents (x-agentic-access).
//
// A call of a tool is a request to the API's own handler in this process, with the key of the caller: scopes, limits, audit and
// errors are the API's. Nothing is kept between two requests, so that any copy of the program answers any of them. The package
// must hold no rule of the job board, and no operation of its own.
package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"itmanagerjobs/openapi"
	"itmanagerjobs/store/board"
)

// Path is where the protocol is served.
const Path = "/mcp"

// maxBody bounds what is read of a request, in bytes: as much as the API takes in one, and its envelope.
const maxBody = 2 << 20

// Config is what the handler needs.
type Config struct {
	// API is the partner API.
	API http.Handler
	Log *slog.Logger
	// Version is that of the program.
	Version string
	// PublicURL is where people find portal and documentation, without a slash at its end.
	PublicURL string
}

// remoteAddr carries the address of the caller to the call of a tool: a key may be bound to networks. What a client sends under
// this name is thrown away.
const remoteAddr = "X-Itmanagerjobs-Remote-Addr"

// New makes the handler of Path, CardPath and everything below SkillsPath. Its errors are faults of the program: the tools do not follow from the contract.
func New(c Config) (http.Handler, error) {
	tools, err := readTools(openapi.V1In31, offered)
	if err != nil {
		return nil, err
	}
	server := sdk.NewServer(&sdk.Implementation{Name: "itmanagerjobs", Title: "ITManagerJobs", Version: c.Version, WebsiteURL: c.PublicURL},
		&sdk.ServerOptions{Logger: c.Log, Instructions: instructions, Capabilities: &sdk.ServerCapabilities{Tools: &sdk.ToolCapabilities{}}})
	for _, t := range tools {
		server.AddTool(t.describe(), func(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
			return c.call(ctx, t, r)
		})
	}
	stream := sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return server }, &sdk.StreamableHTTPOptions{
		Stateless: true, JSONResponse: true,
		// A proxy on the same machine is a usual thing, and gives any name as the host. What the protection is against, a page in a browser
		// whose name leads to this machine, is refused by its Origin.
		DisableLocalhostProtection: true,
	})
	mux := http.NewServeMux()
	if err := c.discovery(mux); err != nil {
		return nil, err
	}
	ours, err := originOf(c.PublicURL)
	if err != nil {
		return nil, err
	}
	mux.HandleFunc(Path, func(w http.ResponseWriter, r *http.Request) {
		if origin := r.Header.Get("Origin"); origin != "" && !strings.EqualFold(origin, ours) {
			// The protocol demands it: a page that leads its own name to this machine is not told from ours by the Host header.
			answerError(w, http.StatusForbidden, jsonrpc.ID{}, jsonrpc.CodeInvalidRequest, "A page of "+origin+" may not call this address. Programs send no Origin; pages are served from "+ours+".")
			return
		}
		if r.Header.Get("Authorization") == "" && r.Header.Get("X-Api-Key") == "" {
			w.Header().Set("WWW-Authenticate", `Bearer realm="itmanagerjobs"`)
			http.Error(w, "Send an API key as a bearer token. "+c.whereKeysAre(), http.StatusUnauthorized)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodeUnavailable {
			w.Header().Set("Retry-After", board.RetryAfter(e.Waits()))
			http.Error(w, e.Message, http.StatusServiceUnavailable)
			return
		}
		if err != nil {
			http.Error(w, "The body could not be read to its end.", http.StatusBadRequest)
			return
		}
		r = r.Clone(r.Context())
		r.Header.Set(remoteAddr, r.RemoteAddr)
		r.Body = io.NopCloser(bytes.NewReader(body))
		inMessages(stream, body).ServeHTTP(w, r)
	})
	return inWords(mux), nil
}

func (c Config) whereKeysAre() string {
	return "Make one in the portal, at " + c.PublicURL + "/employer/keys."
}

// instructions are what a model reads before it calls anything.
const instructions = `Tools of ITManagerJobs, a job board: post jobs, follow applications, search the CV database, invite to interviews.
Each tool says what it costs and how it is undone. Ask a person before you publish a job, unlock a profile, reject somebody or invite to
an interview. previewJob tells what a job lacks and what publishing costs, and changes nothing. Repeat a write with the same
idempotencyKey when you are not sure that it arrived. With a key that only proposes (getMe says proposeOnly), publishJob and unlockCandidate
answer a proposal instead: show its url to a person, who says yes or no there within 24 hours, and read what became of it with getProposal.
Nothing has happened while it is Pending. A key that begins with pk_test_ works on test data and is free.`

// call carries out one call of a tool.
func (c Config) call(ctx context.Context, t tool, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
	if r.Extra == nil {
		return nil, fmt.Errorf("the tool %s is called without a request over HTTP", t.Name)
	}
	req, err := t.request(ctx, r.Params.Arguments)
	if err != nil {
		return refuse(err.Error()), nil
	}
	for _, name := range []string{"Authorization", "X-Api-Key"} {
		if value := r.Extra.Header.Get(name); value != "" {
			req.Header.Set(name, value)
		}
	}
	req.Header.Set("User-Agent", "mcp "+r.Extra.Header.Get("User-Agent"))
	req.RemoteAddr = r.Extra.Header.Get(remoteAddr)
	answer := &recorder{header: http.Header{}, status: http.StatusOK}
	c.API.ServeHTTP(answer, req)
	if answer.status == http.StatusUnauthorized { // which has no body
		answer.body.Write(envelope(unauthenticated, "This API key is unknown, expired, revoked or not approved yet. "+c.whereKeysAre(), answer.header.Get("X-Request-ID")))
	}
	return answer.result(), nil
}

// refuse tells the model what to change.
func refuse(message string) *sdk.CallToolResult {
	return &sdk.CallToolResult{IsError: true, Content: []sdk.Content{&sdk.TextContent{Text: message}}}
}

// recorder keeps the answer of the API.
type recorder struct {
	header http.Header
	status int
	wrote  bool
	body   bytes.Buffer
}

// Header is the header of the answer.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader keeps the status; the first one counts.
func (r *recorder) WriteHeader(status int) {
	if !r.wrote {
		r.status, r.wrote = status, true
	}
}

// Write keeps the body.
func (r *recorder) Write(p []byte) (int, error) {
	r.wrote = true
	return r.body.Write(p)
}

// result is the answer as a model reads it: the envelope of an error is a result too, so that the model can mend its call.
func (r *recorder) result() *sdk.CallToolResult {
	text := strings.TrimSpace(r.body.String())
	if r.status >= http.StatusBadRequest {
		if wait := r.header.Get("Retry-After"); wait != "" {
			text += "\nRetry after " + wait + " seconds."
		}
		return refuse(text)
	}
	result := &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: text}}}
	if strings.HasPrefix(text, "{") {
		result.StructuredContent = json.RawMessage(text)
	}
	return result
}
