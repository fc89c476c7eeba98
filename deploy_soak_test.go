//go:build soak

package main

import (
	"os/exec"
	"testing"
)

// TestSoakAlertsFire has Prometheus' own tool judge the alerts: none fires for a platform that is well, each for one that is not.
func TestSoakAlertsFire(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Fatal("promtool is needed: apt-get install prometheus")
	}
	if out, err := exec.CommandContext(t.Context(), promtool, "test", "rules", "docs/deploy/alerts_test.yaml").CombinedOutput(); err != nil {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}
