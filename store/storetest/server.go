// Package storetest gives each test a real PostgreSQL database of its own, with all migrations applied.
// It is for tests only, and it never skips one: without a server the test fails and says how to get one.
package storetest

import (
	"context"
	"os"
	"sync"
	"testing"

	"itmanagerjobs/store/embedded"
)

// urlEnv names the server of the whole test run; the wrapper withpostgres sets it. Its user may create databases.
const urlEnv = "TEST_DATABASE_URL"

// serverURL is the server of this test process. Without the wrapper (a developer runs plain `go test ./store/...`) each test
// process starts a throw-away one, which ends, and is removed, with the process: that costs a second and leaves nothing behind.
var serverURL = sync.OnceValues(func() (string, error) {
	if url := os.Getenv(urlEnv); url != "" {
		return url, nil
	}
	// The context is nobody's: the server outlives the test that happens to come first.
	s, err := embedded.StartForTests(context.Background())
	if err != nil {
		return "", err
	}
	return s.URL(), nil
})

func mustServerURL(t testing.TB) string {
	t.Helper()
	url, err := serverURL()
	if err != nil {
		t.Fatalf("this test needs PostgreSQL; set %s to a server of your own, or let the test start one: %v", urlEnv, err)
	}
	return url
}
