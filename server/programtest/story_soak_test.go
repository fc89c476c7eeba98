//go:build soak

package programtest

import "testing"

// TestSoakTheWholeStoryWithoutScript is TestTheWholeStory in browsers that run no script.
func TestSoakTheWholeStoryWithoutScript(t *testing.T) {
	t.Parallel()
	liveThrough(t, false)
}
