package companion_test

import (
	"itmanagerjobs/snapshots/mock"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestQuickstart goes the whole way where webhooks may not go to this machine, and where they may: the mock's do.
func TestQuickstart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	go func() {
		for {
			select {
			case b.ticks <- b.api.Clock.Now():
			case <-t.Context().Done():
				return
			}
		}
	}()
	played, err := mock.New(mock.Config{Log: slog.New(slog.DiscardHandler), Now: b.api.Clock.Now, Deliver: http.DefaultClient})
	if err != nil {
		t.Fatal(err)
	}
	mocked := httptest.NewServer(played)
	t.Cleanup(mocked.Close)
	for server, webhook := range map[string]int64{b.api.URL: 0, mocked.URL: 1} {
		var made struct {
			Event     string
			WebhookID int64
			Verified  bool
		}
		out, err := b.run(t.Context(), t, "quickstart", "--json", "--key", b.testKey, "--server", server)
		if err != nil {
			t.Fatal(err)
		}
		decode(t, out, &made)
		if made.Event != "application.submitted" || made.WebhookID != webhook || !made.Verified {
			t.Errorf("the quickstart printed %s, want webhook %d", out, webhook)
		}
	}
}

// TestQuickstartPrintsCodeThatVerifies runs what the quickstart prints, word for word.
func TestQuickstartPrintsCodeThatVerifies(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	out := b.must(t, "quickstart", "--language", "go")
	_, text, _ := strings.Cut(out, "Keep this as verify.go:\n\n")
	program, command, ok := strings.Cut(text, "\nand run it")
	_, command, found := strings.Cut(command, "\n\n")
	command, _, end := strings.Cut(command, "\n\n")
	if !ok || !found || !end {
		t.Fatalf("the quickstart printed\n%s", out)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "verify.go"), []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	shell := exec.CommandContext(t.Context(), "bash", "-o", "pipefail", "-c", command)
	shell.Dir = dir
	if printed, err := shell.CombinedOutput(); err != nil {
		t.Errorf("%v: %s\n%s", err, printed, command)
	}
}
