//go:build soak

package webhooks

import "testing"

// TestSoakKilledCopiesLoseNothing is TestKilledCopiesLoseNothing at length.
func TestSoakKilledCopiesLoseNothing(t *testing.T) {
	killCopies(t, 100)
}
