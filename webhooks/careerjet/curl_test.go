package careerjet

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sent is a request as it arrived.
type sent struct {
	contentType string
	length      int64
	body        []byte
}

// curl posts the application with curl, with the parts in the same order.
func curl(t *testing.T, a Application) sent {
	t.Helper()
	program, err := exec.LookPath("curl")
	if err != nil {
		t.Fatal("this test needs curl, by which the protocol explains itself; install it (Debian: apt-get install curl)")
	}
	arrived := make(chan sent, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read: %v", err)
		}
		arrived <- sent{r.Header.Get("Content-Type"), r.ContentLength, body}
	}))
	defer srv.Close()

	args := []string{"--silent", "--show-error", "--noproxy", "*", "-X", "POST"}
	for i, f := range a.fields() {
		if i == cvAt {
			path := filepath.Join(t.TempDir(), a.CV.Name)
			if err := os.WriteFile(path, a.CV.Content, 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, "-F", "cv=@"+quoted(path)+";type="+a.CV.MediaType)
		}
		args = append(args, "--form-string", f.name+"="+*f.value)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if out, err := exec.CommandContext(ctx, program, append(args, srv.URL)...).CombinedOutput(); err != nil {
		t.Fatalf("curl: %v\n%s", err, out)
	}
	return <-arrived
}

// quoted quotes a path for curl's command line.
func quoted(path string) string {
	return `"` + string(bytes.ReplaceAll([]byte(path), []byte(`"`), []byte(`\"`))) + `"`
}

// TestAsCurlSendsIt checks that Encode and curl make the same bytes, except for curl's random boundary.
func TestAsCurlSendsIt(t *testing.T) {
	t.Parallel()
	a := sample()
	theirs := curl(t, a)
	_, params, err := mime.ParseMediaType(theirs.contentType)
	if err != nil {
		t.Fatal(err)
	}
	e := Encode(a)
	want := bytes.ReplaceAll(theirs.body, []byte(params["boundary"]), []byte(e.boundary))
	if diff := cmp.Diff(string(want), string(e.Bytes())); diff != "" {
		t.Errorf("the body (-curl +ours):\n%s", diff)
	}
	got, err := Decode(theirs.contentType, bytes.NewReader(theirs.body))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, got); diff != "" {
		t.Errorf("what curl sends (-want +got):\n%s", diff)
	}
}
