//go:build soak

package webhooks

import "testing"

// TestSoakKilledCopiesLoseNothing is TestKilledCopiesLoseNothing with more events.
func TestSoakKilledCopiesLoseNothing(t *testing.T) {
	killCopies(t, 100)
}

// TestSoakRotationUnderLoad is TestRotationUnderLoad with more events.
func TestSoakRotationUnderLoad(t *testing.T) {
	rotateUnderLoad(t, 20_000, 60)
}
