package pg

import (
	"context"
	"net"
	"sync/atomic"
	"time"

	"github.com/lib/pq"
)

// AdvanceStandby lets time go by for what is known of the standby.
func (db *DB) AdvanceStandby(by time.Duration) {
	s := db.standby
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.elapsed
	s.elapsed = func() time.Duration { return before() + by }
}

// DialImpatiently connects as to a standby.
func DialImpatiently(ctx context.Context, network, address string, patience time.Duration) (net.Conn, error) {
	return impatientDialer{patience: patience}.DialContext(ctx, network, address)
}

// ImpatientDialer connects as to the primary.
func ImpatientDialer(patience, answerTime time.Duration) pq.DialerContext {
	return impatientDialer{patience: patience, answerTime: answerTime, silent: new(atomic.Bool)}
}
