package consumer_test

import (
	"os"
	"testing"

	"itmanagerjobs/openapi/consumer/nodetest"
)

// needNode makes the pinned Node programs available.
func needNode(t *testing.T) {
	t.Helper()
	nodetest.Install(t, ".")
}

// run runs a program to its end and fails the test, with all it printed, when it fails.
func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	if out, err := nodetest.Command(t.Context(), dir, name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

func copyFile(t *testing.T, from, to string) string {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return string(data)
}
