//go:build soak

package webhooks

import "testing"

// TestSoakKilledCopiesLoseNothing is TestKilledCopiesLoseNothing at length.
func TestSoakKilledCopiesLoseNothing(t *testing.T) {
	killCopies(t, 100)
}

// TestSoakRotationUnderLoad is TestRotationUnderLoad at length.
func TestSoakRotationUnderLoad(t *testing.T) {
	rotateUnderLoad(t, 20_000, 60)
}
