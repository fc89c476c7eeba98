package mcp_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"itmanagerjobs/server/mcp"
	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
)

// agent is a client of the protocol with a key.
type agent struct {
	session *sdk.ClientSession
	api     *servertest.API
	tenant  board.Tenant
	key     string
}

// bearer sends a key with each request.
type bearer struct{ key string }

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.key)
	return http.DefaultTransport.RoundTrip(r)
}

// serve starts two copies of the handler behind one address, which take turns: nothing may be kept in one of them.
func serve(t *testing.T, api *servertest.API) string {
	t.Helper()
	copies := make([]http.Handler, 2)
	for i := range copies {
		var err error
		if copies[i], err = mcp.New(mcp.Config{API: api.Handler, Log: slog.New(slog.DiscardHandler), Version: "test", PublicURL: servertest.PublicURL}); err != nil {
			t.Fatal(err)
		}
	}
	turn := make(chan int, 1)
	turn <- 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := <-turn
		turn <- n + 1
		copies[n%2].ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL + mcp.Path
}

func newAgent(t *testing.T, scopes ...apikey.Scope) *agent {
	t.Helper()
	api := servertest.New(t)
	tenant, _ := api.Employer(t, "Northwind", 0, apikey.AllScopes()...)
	tenant.Mode = board.ModeTest
	a := &agent{api: api, tenant: tenant, key: api.Key(t, account.NewKey{Tenant: tenant, Name: "Agent", Scopes: scopes, Approve: true})}
	client := sdk.NewClient(&sdk.Implementation{Name: "agent", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), &sdk.StreamableClientTransport{
		Endpoint: serve(t, api), HTTPClient: &http.Client{Transport: bearer{a.key}}, DisableStandaloneSSE: true,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	a.session = session
	return a
}

// call calls a tool and reads its result.
func (a *agent) call(ctx context.Context, t *testing.T, name string, arguments, into any) *sdk.CallToolResult {
	t.Helper()
	result, err := a.session.CallTool(ctx, &sdk.CallToolParams{Name: name, Arguments: arguments})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if into != nil {
		if result.IsError {
			t.Fatalf("%s: %s", name, text(result))
		}
		if err := json.Unmarshal([]byte(text(result)), into); err != nil {
			t.Fatalf("%s: %v in %s", name, err, text(result))
		}
	}
	return result
}

func text(r *sdk.CallToolResult) string { return r.Content[0].(*sdk.TextContent).Text }

func TestEveryToolIsDescribed(t *testing.T) {
	t.Parallel()
	a := newAgent(t, apikey.AllScopes()...)
	list, err := a.session.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(list.Tools); n == 0 || n > 20 {
		t.Errorf("there are %d tools, want 1 to 20", n)
	}
	for _, tool := range list.Tools {
		if tool.Title == "" || tool.Annotations == nil || tool.Annotations.DestructiveHint == nil {
			t.Errorf("%s has no title, or no hints", tool.Name)
			continue
		}
		acts := strings.Contains(tool.Description, "\nUndo: ")
		if acts == tool.Annotations.ReadOnlyHint {
			t.Errorf("%s: reads %t, and says how it is undone: %t", tool.Name, tool.Annotations.ReadOnlyHint, acts)
		}
		input, _ := tool.InputSchema.(map[string]any)
		definitions, _ := input["$defs"].(map[string]any)
		properties, _ := input["properties"].(map[string]any)
		for name, p := range properties {
			p := p.(map[string]any)
			if ref, ok := p["$ref"].(string); ok && p["description"] == nil {
				p, _ = definitions[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
			}
			if p["description"] == nil {
				t.Errorf("%s does not describe %s: %v", tool.Name, name, p)
			}
		}
	}
}

func TestAnAgentPublishesAJob(t *testing.T) {
	t.Parallel()
	a := newAgent(t, apikey.AllScopes()...)
	var job struct {
		ID     int64
		Status string
	}
	draft := map[string]any{
		"title": "Platform Lead", "description": "<p>Lead.</p>", "city": "London", "country": "United Kingdom", "employmentType": "FullTime",
		"remoteType": "OnSite", "applyMethod": "DirectApply", "idempotencyKey": "one-job-0001",
	}
	a.call(t.Context(), t, "createJob", draft, &job)
	first := job.ID
	if a.call(t.Context(), t, "createJob", draft, &job); job.ID != first {
		t.Errorf("the repeated call made job %d beside %d", job.ID, first)
	}
	var preview map[string]any
	a.call(t.Context(), t, "previewJob", map[string]any{"id": first}, &preview)
	a.call(t.Context(), t, "publishJob", map[string]any{"id": first}, &job)
	if job.Status != "Active" {
		t.Errorf("the job is %s, want Active", job.Status)
	}
	var list struct{ Total int }
	if a.call(t.Context(), t, "listJobs", map[string]any{"status": []string{"Active", "Draft"}, "q": "Platform"}, &list); list.Total != 1 {
		t.Errorf("the list has %d jobs, want 1", list.Total)
	}
	a.call(t.Context(), t, "simulateApplication", map[string]any{"jobId": first}, &map[string]any{})
	if a.call(t.Context(), t, "listApplications", map[string]any{"jobId": first}, &list); list.Total != 1 {
		t.Errorf("the job has %d applications, want 1", list.Total)
	}
}

func TestRefusalsAreTheAPIs(t *testing.T) {
	t.Parallel()
	a := newAgent(t, apikey.ScopeJobPosting)
	for name, c := range map[string]struct {
		tool      string
		arguments map[string]any
		want      string
	}{
		"a field":             {"createJob", map[string]any{"title": "T", "remoteType": "Moon"}, "must be one of: OnSite"},
		"an unknown field":    {"createJob", map[string]any{"title": "T", "salry": 1}, "salry"},
		"a scope":             {"searchCandidates", map[string]any{"q": "go"}, "CvSearch"},
		"an absent job":       {"getJob", map[string]any{"id": 999}, "not_found"},
		"no id":               {"getJob", nil, "id is missing"},
		"an odd id":           {"getJob", map[string]any{"id": "../me"}, "not_found"},
		"a needless argument": {"getMe", map[string]any{"colour": "red"}, "colour"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := a.call(context.Background(), t, c.tool, c.arguments, nil)
			if !result.IsError || !strings.Contains(text(result), c.want) {
				t.Errorf("%s %v answers %s, want an error with %q", c.tool, c.arguments, text(result), c.want)
			}
		})
	}
}

// TestTheLimitIsThatOfTheKey uses up the limit by calls of tools and looks at the API.
func TestTheLimitIsThatOfTheKey(t *testing.T) {
	t.Parallel()
	a := newAgent(t, apikey.AllScopes()...)
	if err := a.api.Store.Accounts.SetLimit(t.Context(), a.tenant.EmployerID, board.FamilyJobs, 2); err != nil {
		t.Fatal(err)
	}
	a.call(t.Context(), t, "getMe", nil, &map[string]any{})
	a.call(t.Context(), t, "getMe", nil, &map[string]any{})
	if result := a.call(t.Context(), t, "getMe", nil, nil); !result.IsError || !strings.Contains(text(result), "Retry after") {
		t.Errorf("the third call answers %s", text(result))
	}
	a.api.Want(t, http.StatusTooManyRequests, servertest.Request{Method: http.MethodGet, Path: "/api/v1/me", Key: a.key})
}

// TestWhatHTTPRefusesIsInTheEnvelope of the API, and says what to do.
func TestWhatHTTPRefusesIsInTheEnvelope(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	address := serve(t, api)
	const asks = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	for name, c := range map[string]struct {
		method, path, key, media, body string
		status                         int
		code, says                     string
	}{
		"no key":          {"POST", "", "", "application/json", asks, 401, "unauthenticated", servertest.PublicURL + "/employer/keys"},
		"too large":       {"POST", "", "pk_test_x", "application/json", `{"jsonrpc":"2.0","id":1,"method":"` + strings.Repeat("x", 2<<20) + `"}`, 413, "payload_too_large", "at most 2 MiB"},
		"a form":          {"POST", "", "pk_test_x", "text/plain", asks, 415, "unsupported_media_type", "application/json"},
		"another method":  {"PUT", "", "pk_test_x", "application/json", asks, 405, "method_not_allowed", "POST"},
		"a stream":        {"GET", "", "pk_test_x", "", "", 405, "method_not_allowed", "POST"},
		"an end":          {"DELETE", "", "pk_test_x", "", "", 405, "method_not_allowed", "POST"},
		"an absent skill": {"GET", "/../.well-known/agent-skills/x", "", "", "", 404, "not_found", "/mcp"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := http.NewRequestWithContext(context.Background(), c.method, address+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			r.URL = r.URL.JoinPath() // without ..
			r.Header.Set("Content-Type", c.media)
			r.Header.Set("Accept", "application/json, text/event-stream")
			if c.key != "" {
				r.Header.Set("Authorization", "Bearer "+c.key)
			}
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			var e struct{ Code, Message string }
			if err := json.NewDecoder(res.Body).Decode(&e); err != nil || res.StatusCode != c.status || e.Code != c.code || !strings.Contains(e.Message, c.says) {
				t.Errorf("%s, %+v, %v; want %d %s: %s", res.Status, e, err, c.status, c.code, c.says)
			}
			if tells := res.Header.Get("WWW-Authenticate"); strings.HasPrefix(tells, "Bearer") != (c.status == 401) || res.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%v", res.Header)
			}
		})
	}
}

func TestAnUnknownKeyIsTold(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	client := sdk.NewClient(&sdk.Implementation{Name: "agent", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), &sdk.StreamableClientTransport{
		Endpoint: serve(t, api), HTTPClient: &http.Client{Transport: bearer{"pk_test_unknown"}}, DisableStandaloneSSE: true,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	result, err := session.CallTool(t.Context(), &sdk.CallToolParams{Name: "getMe"})
	if err != nil || !result.IsError || !strings.Contains(text(result), `"code":"unauthenticated"`) || !strings.Contains(text(result), servertest.PublicURL+"/employer/keys") {
		t.Errorf("an unknown key: %v, %v", result, err)
	}
}

func TestAgentsFindCardAndSkills(t *testing.T) {
	t.Parallel()
	base := strings.TrimSuffix(serve(t, servertest.New(t)), mcp.Path)
	fetch := func(path string) []byte {
		t.Helper()
		res, err := http.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s answers %s, %v", path, res.Status, err)
		}
		return body
	}
	var card struct {
		SupportedInterfaces []struct{ URL string }
		Skills              []struct{ ID string }
	}
	if err := json.Unmarshal(fetch(mcp.CardPath), &card); err != nil || len(card.Skills) == 0 || card.SupportedInterfaces[0].URL != servertest.PublicURL+mcp.Path {
		t.Errorf("the card is %+v, %v", card, err)
	}
	var index struct {
		Skills []struct{ Name, URL, Digest string }
	}
	if err := json.Unmarshal(fetch(mcp.SkillsPath+"index.json"), &index); err != nil || len(index.Skills) != len(card.Skills) {
		t.Fatalf("the index is %+v, %v", index, err)
	}
	for _, s := range index.Skills {
		text := fetch(s.URL)
		if sum := sha256.Sum256(text); s.Digest != "sha256:"+hex.EncodeToString(sum[:]) || !strings.HasPrefix(string(text), "---\nname: "+s.Name+"\n") {
			t.Errorf("%s is not what the index says", s.URL)
		}
		// A skill names operations: each is one of the contract.
		for _, name := range regexp.MustCompile("`([a-z]+[A-Z][A-Za-z]+)` \\(`([A-Z]+) ([^`]+)`").FindAllStringSubmatch(string(text), -1) {
			if got := servertest.Operation(name[2], strings.ReplaceAll(name[3], "{id}", "1")); got != name[1] {
				t.Errorf("%s says that %s %s is %s, but it is %q", s.Name, name[2], name[3], name[1], got)
			}
		}
	}
}
