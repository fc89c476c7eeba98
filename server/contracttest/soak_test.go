//go:build soak

package contracttest

import "testing"

func TestSoakFuzz(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		fuzz(t, 1000+seed, 20_000)
	}
}
