package pg

import (
	"context"
	"net"
	"time"
)

// AdvanceStandby lets time go by for what is known of the standby.
func (db *DB) AdvanceStandby(by time.Duration) {
	s := db.standby
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.elapsed
	s.elapsed = func() time.Duration { return before() + by }
}

// DialImpatiently connects as to a standby, or, with an answerTime, as to the primary.
func DialImpatiently(ctx context.Context, network, address string, patience, answerTime time.Duration) (net.Conn, error) {
	return impatientDialer{patience: patience, answerTime: answerTime}.DialContext(ctx, network, address)
}
