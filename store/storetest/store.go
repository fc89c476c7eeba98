package storetest

import (
	"crypto/rand"
	"io"
	mathrand "math/rand/v2"
	"sync"
	"testing"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/cvtext/cvtexttest"
)

// Epoch is where a Clock starts.
var Epoch = time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC)

// Clock stands still until it is moved.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock starts at Epoch.
func NewClock() *Clock { return &Clock{now: Epoch} }

// Now is the time that the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// SecretKey is the secret key of every test store.
var SecretKey = []byte("a secret key for tests, 32 bytes")

// PublicURL is where emails of test stores lead that no request asks for.
const PublicURL = "https://jobs.example.com"

// Predictable is a source of random bytes that are the same in every run, for tests that compare whole answers.
func Predictable() io.Reader { return &locked{r: mathrand.NewChaCha8([32]byte{1})} }

type locked struct {
	mu sync.Mutex
	r  io.Reader
}

func (l *locked) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(p)
}

// patience is more than the reading of any CV takes on a busy machine with the race detector: what a test applies with is read
// when it has applied, however slow the machine is.
const patience = time.Minute

// Options are those of a test store on the clock, with rate limits by that clock.
func Options(clock *Clock) store.Options {
	return store.Options{
		Now: clock.Now, Rand: rand.Reader, SecretKey: SecretKey, LimitsByNow: true, PublicURL: PublicURL,
		ReadText: cvtexttest.Reader().ReadWithin, CVPatience: patience,
		Connector: Connector,
	}
}

// New opens a store over a database of the test's own, with the clock it runs by.
func New(t testing.TB) (*store.Store, *Clock) {
	t.Helper()
	clock := NewClock()
	return Open(t, URL(t), Options(clock)), clock
}

// Open opens a store over the database at url; several over one database are several copies of the program.
func Open(t testing.TB, url string, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(url, o)
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	return s
}
