package docs

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"itmanagerjobs/docs"
	"itmanagerjobs/docs/samples"
	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
)

// documents are the Markdown files of the guide.
func documents(t *testing.T) []string {
	t.Helper()
	var names []string
	if err := fs.WalkDir(docs.Files, "guide", func(name string, _ fs.DirEntry, err error) error {
		if path.Ext(name) == ".md" {
			names = append(names, name)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return names
}

func blocksOf(t *testing.T, name string) []samples.Block {
	t.Helper()
	source, err := fs.ReadFile(docs.Files, name)
	if err != nil {
		t.Fatal(err)
	}
	return samples.Blocks(source)
}

// TestEverySampleOfAShellWorks pastes the blocks "sh" of each page into a shell, in their order, with a test key of an account of its
// own. A block says after "sh" which statuses its requests have; without, all succeed. Blocks "sh program" use our program, whose
// deliveries need a server that delivers: server/programtest runs them, as it does those of README.
func TestEverySampleOfAShellWorks(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	ran := 0
	for _, name := range documents(t) {
		var script strings.Builder
		var blocks []samples.Block
		for _, b := range blocksOf(t, name) {
			if b.Lang == "sh" && b.Note != "program" {
				blocks = append(blocks, b)
			}
		}
		if len(blocks) == 0 {
			continue
		}
		ran += len(blocks)
		tenant, _ := api.Employer(t, name, 0, apikey.ScopeJobPosting)
		key := api.Key(t, account.NewKey{
			Tenant: board.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest}, Name: "samples",
			Scopes: []apikey.Scope{apikey.ScopeJobPosting, apikey.ScopeCVSearch, apikey.ScopeWebhooks},
		})
		seen := &statuses{next: api.Handler}
		srv := httptest.NewServer(seen)
		// After each block a request that nobody else makes tells the blocks apart.
		for _, b := range blocks {
			script.WriteString(b.Text + "\ncurl -s -o /dev/null " + srv.URL + "/end-of-block\n")
		}
		cmd := exec.CommandContext(t.Context(), "bash", "-e", "-u", "-o", "pipefail", "-c", strings.ReplaceAll(script.String(), hostInExamples, srv.URL))
		cmd.Env = append(cmd.Environ(), "KEY="+key)
		cmd.Dir = t.TempDir()
		out, err := cmd.CombinedOutput()
		srv.Close()
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
			continue
		}
		if len(seen.blocks) != len(blocks) {
			t.Errorf("%s has %d blocks, and %d were seen", name, len(blocks), len(seen.blocks))
			continue
		}
		for i, b := range blocks {
			checkStatuses(t, name, b, seen.blocks[i])
		}
	}
	if ran < 35 {
		t.Errorf("%d samples were run", ran)
	}
}

func checkStatuses(t *testing.T, name string, b samples.Block, got []int) {
	t.Helper()
	want := strings.Fields(b.Note)
	var words []string
	for _, status := range got {
		words = append(words, strconv.Itoa(status))
		if len(want) == 0 && status >= http.StatusMultipleChoices {
			t.Errorf("%s:%d: the statuses are %v, want successes", name, b.Line, got)
		}
	}
	if len(want) > 0 && strings.Join(words, " ") != b.Note {
		t.Errorf("%s:%d: the statuses are %v, want %s", name, b.Line, got, b.Note)
	}
	if strings.Contains(b.Text, "curl") && len(got) == 0 {
		t.Errorf("%s:%d: no request was made", name, b.Line)
	}
}

// statuses notes what a handler answers, block by block.
type statuses struct {
	next http.Handler

	mu     sync.Mutex
	now    []int
	blocks [][]int
}

// ServeHTTP is for the server.
func (s *statuses) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path == "/end-of-block" {
		s.blocks, s.now = append(s.blocks, s.now), nil
		return
	}
	seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	s.next.ServeHTTP(seen, r)
	s.now = append(s.now, seen.status)
}

type statusWriter struct {
	http.ResponseWriter

	status int
}

// WriteHeader notes the status.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// TestEverySampleOfJSONIsValid compares the blocks "json" with the schema that they name.
func TestEverySampleOfJSONIsValid(t *testing.T) {
	t.Parallel()
	d := newDocs(t)
	checked := 0
	for _, p := range d.book.pages {
		for _, b := range samples.Blocks([]byte(p.Markdown)) {
			if b.Lang != "json" {
				continue
			}
			var value any
			if err := json.Unmarshal([]byte(b.Text), &value); err != nil {
				t.Errorf("%s:%d: %v", p.Address, b.Line, err)
				continue
			}
			name, named := strings.CutPrefix(b.Note, "schema=")
			if !named {
				continue
			}
			checked++
			ref := servertest.Document().Components.Schemas[name]
			if ref == nil {
				t.Errorf("%s:%d: the contract has no schema %s", p.Address, b.Line, name)
				continue
			}
			if err := ref.Value.VisitJSON(value, openapi3.MultiErrors()); err != nil {
				t.Errorf("%s:%d is no %s: %v", p.Address, b.Line, name, err)
			}
		}
	}
	if checked < 20 {
		t.Errorf("%d samples were compared with a schema", checked)
	}
}
