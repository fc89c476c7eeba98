//go:build soak

package programtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestSoakAlertsFire has Prometheus' own tool judge the alerts: none fires for a platform that is well, each for one that is not.
func TestSoakAlertsFire(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Fatal("promtool is needed: apt-get install prometheus")
	}
	cmd := exec.CommandContext(t.Context(), promtool, "test", "rules", "docs/deploy/alerts_test.yaml")
	cmd.Dir = top
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}

// TestSoakTwoReleasesHaveTheSameBytes builds twice, the second time with nothing of the first in the cache of the compiler.
func TestSoakTwoReleasesHaveTheSameBytes(t *testing.T) {
	var sums [2]string
	for i := range sums {
		dir := t.TempDir()
		cmd := exec.CommandContext(t.Context(), ".ci/release", dir, runtime.GOOS+"/"+runtime.GOARCH)
		cmd.Dir = top
		if i == 1 {
			cmd.Env = append(os.Environ(), "GOCACHE="+t.TempDir())
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build a release: %v\n%s", err, out)
		}
		content, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		sums[i] = string(content)
	}
	if sums[0] != sums[1] || strings.Count(sums[0], "\n") != 2 {
		t.Errorf("the sums of two builds:\n%s\n%s", sums[0], sums[1])
	}
}
