package company

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// upload is a body of a size that tells how much of it was read.
type upload struct{ left, read int }

func (u *upload) Read(p []byte) (int, error) {
	n := min(len(p), u.left)
	u.left, u.read = u.left-n, u.read+n
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

var errNoRoom, errSlow, errStopped = errors.New("no room"), errors.New("too slow"), errors.New("stopped")

// uploads are requests whose bodies were read, and which are under way until they are let go.
type uploads struct {
	serve  http.Handler
	arrive chan error // why the body of one could not be read to its end
	finish chan struct{}
}

func newUploads() *uploads {
	u := &uploads{arrive: make(chan error, 100), finish: make(chan struct{})}
	from := func(r *http.Request) string { return r.Header.Get("From") }
	u.serve = New().Bodies(from, Refusals{Late: errNoRoom, Slow: errSlow, Stopped: errStopped}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Key") != "" {
			BodyOf(r.Context(), int64(len(r.Header.Get("Key"))))
		}
		_, err := io.Copy(io.Discard, r.Body)
		if gone := r.Context().Err(); gone != nil {
			err = gone // nobody would be answered
		}
		u.arrive <- err
		if err == nil {
			<-u.finish
		}
	}))
	return u
}

// send has a body come. told is the size that its request tells.
func (u *uploads) send(from, key string, size int, told int64) *upload {
	body := &upload{left: size}
	r := httptest.NewRequest(http.MethodPost, "/", io.NopCloser(body))
	r.ContentLength = told
	r.Header.Set("From", from)
	r.Header.Set("Key", key)
	go u.serve.ServeHTTP(httptest.NewRecorder(), r)
	synctest.Wait()
	return body
}

const megabyte = 1 << 20

// TestLargeBodiesShareARoom has one party send more than its part of the room: what is more is not read, and leaves room to others.
func TestLargeBodiesShareARoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := newUploads()
		for range RoomEach / (8 * megabyte) {
			u.send("busy", "", 8*megabyte, 8*megabyte)
		}
		more := u.send("busy", "", 8*megabyte, 8*megabyte)
		if got, want := len(u.arrive), RoomEach/(8*megabyte); got != want || more.read > LargeBody {
			t.Errorf("%d bodies are in memory and %d bytes of another one, want %d and %d at most", got, more.read, want, LargeBody)
		}
		// Neither small bodies of the same party wait, nor large ones of others, be it by its key or by its network.
		for _, other := range []*upload{
			u.send("busy", "", LargeBody, LargeBody), u.send("quiet", "", 8*megabyte, -1), u.send("busy", "a key", 8*megabyte, 8*megabyte),
		} {
			if other.left > 0 {
				t.Errorf("a body waits with %d bytes to come", other.left)
			}
		}
		u.finish <- struct{}{}
		for range 4 {
			synctest.Wait()
			if more.left == 0 {
				break
			}
			u.finish <- struct{}{}
		}
		if more.left > 0 {
			t.Error("the room of those that were answered is not given to one that waits")
		}
		close(u.finish)
	})
}

// TestABodyWithoutRoomIsReadOverAndRefused keeps the room full.
func TestABodyWithoutRoomIsReadOverAndRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := newUploads()
		for range 2 {
			u.send("busy", "", 12*megabyte, 12*megabyte)
			if err := <-u.arrive; err != nil {
				t.Fatal(err)
			}
		}
		more := u.send("busy", "", 8*megabyte, 8*megabyte)
		time.Sleep(roomPatience)
		synctest.Wait()
		if more.left > 0 {
			t.Errorf("%d bytes of a body without room are left, and break the connection", more.left)
		}
		if err := <-u.arrive; !errors.Is(err, errNoRoom) {
			t.Errorf("the body could not be read: %v, want %v", err, errNoRoom)
		}
		close(u.finish)
	})
}

// stream is a body that comes at a pace, in bytes a second, once it has room, until its reader is told to wait no longer.
type stream struct {
	httptest.ResponseRecorder

	left, pace int
	given      chan struct{}
	gone       func()
}

const streamed = 8 * megabyte

func (s *stream) Read(p []byte) (int, error) {
	n := min(len(p), s.left)
	if s.left == 0 {
		return 0, io.EOF
	}
	if streamed-s.left >= LargeBody {
		select {
		case <-s.given:
			return 0, os.ErrDeadlineExceeded
		case <-time.After(time.Duration(n) * time.Second / time.Duration(s.pace)):
		}
	}
	s.left -= n
	return n, nil
}

// SetReadDeadline is for http.ResponseController.
func (s *stream) SetReadDeadline(time.Time) error {
	s.gone() // as net/http does for every read that fails
	close(s.given)
	return nil
}

// stream has a body of 8 MiB come at a pace.
func (u *uploads) stream(from string, pace int) *stream {
	ctx, gone := context.WithCancel(context.Background())
	s := &stream{left: streamed, pace: pace, given: make(chan struct{}), gone: gone}
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", io.NopCloser(s))
	r.ContentLength = streamed
	r.Header.Set("From", from)
	go u.serve.ServeHTTP(s, r)
	synctest.Wait()
	return s
}

func (s *stream) givenUp() bool {
	select {
	case <-s.given:
		return true
	default:
		return false
	}
}

// ended counts the bodies that were read, and those that were refused for being slow.
func (u *uploads) ended(t *testing.T) (read, slow int) {
	t.Helper()
	synctest.Wait()
	for range len(u.arrive) {
		switch err := <-u.arrive; {
		case err == nil:
			read++
		case errors.Is(err, errSlow):
			slow++
		default:
			t.Errorf("a body could not be read: %v", err)
		}
	}
	return read, slow
}

// TestASlowBodyGivesItsRoomToOthers fills the room with bodies that come slowly, and one that does not. They keep it until another party
// waits for it.
func TestASlowBodyGivesItsRoomToOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := newUploads()
		close(u.finish)
		u.stream("a", 2*leastPace)
		var slow []*stream
		for _, from := range []string{"a", "a", "b", "b", "b", "c", "c"} {
			slow = append(slow, u.stream(from, leastPace/4))
		}
		// One that waits for what its own party has hurries nobody.
		u.stream("a", 2*leastPace)
		time.Sleep(8 * time.Second)
		if read, refused := u.ended(t); read != 2 || refused > 0 {
			t.Fatalf("%d bodies were read and %d refused while no other party waited, want 2 and none", read, refused)
		}
		fast := u.stream("a", 2*leastPace)
		u.send("d", "", streamed, streamed)
		time.Sleep(hurryAfter)
		if read, refused := u.ended(t); read != 1 || refused != len(slow) || fast.givenUp() {
			t.Errorf("%d bodies were read and %d refused, want 1 and %d", read, refused, len(slow))
		}
		for _, s := range slow {
			if !s.givenUp() || s.Header().Get("Connection") != "close" {
				t.Error("the connection of a body that was given up stays open")
			}
		}
		time.Sleep(4 * time.Second)
		if read, refused := u.ended(t); read != 1 || refused > 0 {
			t.Errorf("%d bodies were read and %d refused of one that comes fast", read, refused)
		}
	})
}
