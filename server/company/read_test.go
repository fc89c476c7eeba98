package company

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

// TestABodyIsReadWhole: whatever it says of its size, and however it comes.
func TestABodyIsReadWhole(t *testing.T) {
	t.Parallel()
	content := make([]byte, 3*atOnce+5)
	_, _ = rand.NewChaCha8([32]byte{}).Read(content)
	broken := errors.New("connection reset")
	for _, size := range []int{0, 1, LargeBody - 1, LargeBody, LargeBody + 1, LargeBody + atOnce - 1, LargeBody + atOnce, LargeBody + atOnce + 1, len(content)} {
		for _, told := range []int{-1, 0, size - 1, size, size + 1, len(content)} {
			want := content[:size]
			if got, err := ReadAll(bytes.NewReader(want), int64(told)); err != nil || !bytes.Equal(got, want) {
				t.Errorf("of %d bytes that were told to be %d there came %d, %v", size, told, len(got), err)
			}
			if got, err := ReadAll(io.MultiReader(iotest.DataErrReader(bytes.NewReader(want)), iotest.ErrReader(broken)), int64(told)); !errors.Is(err, broken) || !bytes.Equal(got, want) {
				t.Errorf("of %d bytes of a body that broke off, told to be %d, there came %d, %v", size, told, len(got), err)
			}
		}
	}
}

// TestMemoryOfABodyIsForWhatHasCome: a size is a claim.
func TestMemoryOfABodyIsForWhatHasCome(t *testing.T) {
	t.Parallel()
	body, err := ReadAll(bytes.NewReader(make([]byte, LargeBody)), RoomEach)
	if err != nil || cap(body) > 2*LargeBody {
		t.Errorf("there are %d bytes of memory for %d, %v", cap(body), len(body), err)
	}
}
