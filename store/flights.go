package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/fnv"
	"sync"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// How long the twin of a request that is under way waits for its answer, and how it asks for one that another copy of the program
// is working on. No connection is held meanwhile.
const (
	twinWait  = 10 * time.Second
	firstPoll = 10 * time.Millisecond
	lastPoll  = 250 * time.Millisecond
)

// replyKey is an Idempotency-Key of an API key.
type replyKey struct {
	tenant board.Tenant
	keyID  int64
	key    string
}

func replyKeyOf(p account.Principal, key string) replyKey { return replyKey{p.Tenant, p.KeyID, key} }

// lock is the subject of its advisory lock. Two keys with one number only take turns.
func (k replyKey) lock() int64 {
	h := fnv.New64a()
	for _, n := range []int64{k.tenant.EmployerID, k.keyID} {
		_ = binary.Write(h, binary.BigEndian, n) // a hash takes everything
	}
	_, _ = h.Write([]byte(k.tenant.Mode + "\n"))
	_, _ = h.Write([]byte(k.key))
	return int64(h.Sum64() >> 1) // 63 bits
}

// flights are the requests with an Idempotency-Key that are under way in this copy of the program. One request per key works, or
// asks other copies; its twins wait for it and share its answer.
type flights struct {
	mu     sync.Mutex
	flying map[replyKey]*flight
	// shares are the connections that the requests of one employer may hold at once, so that slow ones, however many, leave some
	// to the others. An employer without a request under way has none.
	shares map[int64]*employerShare
	// each is how many connections an employer may hold.
	each int
}

type employerShare struct {
	slots chan struct{}
	users int
}

// flight is a request under way. The fields below ended are set before ended is closed.
type flight struct {
	fingerprint []byte
	ended       chan struct{}
	reply       Reply
	// kept tells that the reply was recorded, and is that of all requests like it.
	kept bool
}

func newFlights(each int) *flights {
	return &flights{flying: map[replyKey]*flight{}, shares: map[int64]*employerShare{}, each: each}
}

// board gives the flight of a key; first is true when the caller has begun it, and must land it.
func (f *flights) board(k replyKey, fingerprint []byte) (one *flight, first bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if one := f.flying[k]; one != nil {
		return one, false
	}
	one = &flight{fingerprint: fingerprint, ended: make(chan struct{})}
	f.flying[k] = one
	return one, true
}

// land ends a flight and wakes those who wait for it.
func (f *flights) land(k replyKey, one *flight, reply Reply, kept bool) {
	f.mu.Lock()
	delete(f.flying, k)
	f.mu.Unlock()
	one.reply, one.kept = reply, kept
	close(one.ended)
}

// same tells whether a flight is that of the same request.
func (o *flight) same(fingerprint []byte) bool { return bytes.Equal(o.fingerprint, fingerprint) }

// enter waits until an employer has room for one more request. Errors: board.ErrUnavailable when it waited as long as a twin does.
func (f *flights) enter(ctx context.Context, employerID int64) (leave func(), err error) {
	f.mu.Lock()
	share := f.shares[employerID]
	if share == nil {
		share = &employerShare{slots: make(chan struct{}, f.each)}
		f.shares[employerID] = share
	}
	share.users++
	f.mu.Unlock()
	forget := func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if share.users--; share.users == 0 {
			delete(f.shares, employerID)
		}
	}
	late := time.NewTimer(twinWait)
	defer late.Stop()
	select {
	case share.slots <- struct{}{}:
		return func() { <-share.slots; forget() }, nil
	case <-late.C:
		err = board.ErrUnavailable
	case <-ctx.Done():
		err = ctx.Err()
	}
	forget()
	return nil, err
}
