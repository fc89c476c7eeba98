package account

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// keyHash is what a key is found by, see apikey.Hash.
type keyHash [32]byte

// usableKey is what this copy of the program has read of an active key. The function admit tells whether it still holds, by the
// version; nothing is decided by it before that. It is shared, so nobody changes it.
type usableKey struct {
	Principal

	hash    keyHash
	version int64
	// allowed are the networks that it may be used from; empty for everywhere.
	allowed []netip.Prefix
	// agreed are the limits by agreement, in place of the defaults.
	agreed map[board.LimitFamily]int
}

// permits tells whether the key may do what an operation needs.
func (k *usableKey) permits(n Need) bool {
	return (n.Scope == "" || slices.Contains(k.Scopes, n.Scope)) && (!k.ReadOnly || !n.Write)
}

// elsewhere tells whether the key is bound to networks, and an address is in none of them.
func (k *usableKey) elsewhere(address string) bool {
	if len(k.allowed) == 0 {
		return false
	}
	from, err := netip.ParseAddr(address)
	if err != nil {
		return true
	}
	from = from.Unmap().WithZone("")
	return !slices.ContainsFunc(k.allowed, func(p netip.Prefix) bool { return p.Contains(from) })
}

// limit is how many requests the key may make in board.LimitWindow in a family, as ForKey gives it.
func (k *usableKey) limit(f board.LimitFamily) int {
	if agreed, ok := k.agreed[f]; ok {
		return agreed
	}
	return board.DefaultLimit(f)
}

// expired tells whether the key has expired at a time.
func (k *usableKey) expired(at time.Time) bool { return k.ExpiresAt != nil && !k.ExpiresAt.After(at) }

// maxUsableKeys bounds the memory for keys, some 500 bytes each.
const maxUsableKeys = 20_000

// usableKeys are the keys that were read. The zero value is ready.
type usableKeys struct {
	mu     sync.Mutex
	byHash map[keyHash]*usableKey
}

func (u *usableKeys) find(h keyHash) *usableKey {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.byHash[h]
}

// keep keeps a key, in place of any other if there are too many.
func (u *usableKeys) keep(k *usableKey) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.byHash == nil {
		u.byHash = map[keyHash]*usableKey{}
	}
	for h := range u.byHash {
		if len(u.byHash) < maxUsableKeys {
			break
		}
		delete(u.byHash, h)
	}
	u.byHash[k.hash] = k
}

// forget forgets a key, unless it was read anew meanwhile.
func (u *usableKeys) forget(k *usableKey) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.byHash[k.hash] == k {
		delete(u.byHash, k.hash)
	}
}

// keysOf finds the keys of those requests of a batch that are open, nil for each that is not usable. It reads those from the
// database that are not known, and those that are known to have expired.
func (s *Store) keysOf(ctx context.Context, batch []asked, open []int) ([]*usableKey, error) {
	now := s.db.Now()
	keys, unknown := make([]*usableKey, len(open)), pq.ByteaArray(nil)
	for n, i := range open {
		if keys[n] = s.usable.find(batch[i].hash); keys[n] == nil || keys[n].expired(now) {
			keys[n] = nil
			unknown = append(unknown, batch[i].hash[:])
		}
	}
	if len(unknown) == 0 {
		return keys, nil
	}
	read, err := s.readUsableKeys(ctx, unknown)
	if err != nil {
		return nil, err
	}
	for n, i := range open {
		if k := read[batch[i].hash]; keys[n] == nil && k != nil && !k.expired(now) {
			keys[n] = k
			s.usable.keep(k)
		}
	}
	return keys, nil
}

type usableKeyRow struct {
	ID          int64          `db:"id"`
	EmployerID  int64          `db:"employer_id"`
	Mode        board.Mode     `db:"mode"`
	KeyID       string         `db:"key_id"`
	Name        string         `db:"name"`
	Hash        []byte         `db:"hash"`
	Scopes      pq.StringArray `db:"scopes"`
	ReadOnly    bool           `db:"read_only"`
	ProposeOnly bool           `db:"propose_only"`
	ExpiresAt   *time.Time     `db:"expires_at"`
	Allowed     pq.StringArray `db:"allowed"`
	Version     int64          `db:"version"`
	Families    pq.StringArray `db:"families"`
	PerMinute   pq.Int64Array  `db:"per_minute"`
}

// readUsableKeys reads those of the keys that are active. The limits come from the same snapshot as the version, which changes with them.
func (s *Store) readUsableKeys(ctx context.Context, hashes pq.ByteaArray) (map[keyHash]*usableKey, error) {
	var rows []usableKeyRow
	//house:tenant a key is found by its secret, and says whose it is
	err := s.db.Kept().List(ctx, &rows, `
SELECT k.id, k.employer_id, k.mode, k.key_id, k.name, k.hash, k.scopes, k.read_only, k.propose_only, k.expires_at, k.allowed::text[] AS allowed, k.version,
       l.families, l.per_minute
  FROM api_keys k
 CROSS JOIN LATERAL (SELECT coalesce(array_agg(family), '{}') AS families, coalesce(array_agg(per_minute), '{}') AS per_minute
                       FROM rate_limits WHERE employer_id = k.employer_id) l
 WHERE k.hash = ANY ($1) AND k.status = 'Active'`, hashes)
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	keys := make(map[keyHash]*usableKey, len(rows))
	for _, r := range rows {
		k, err := r.usableKey()
		if err != nil {
			return nil, err
		}
		keys[k.hash] = k
	}
	return keys, nil
}

func (r usableKeyRow) usableKey() (*usableKey, error) {
	k := &usableKey{
		Principal: Principal{
			Tenant: board.Tenant{EmployerID: r.EmployerID, Mode: r.Mode},
			KeyID:  r.ID, PublicKeyID: r.KeyID, Name: r.Name, Scopes: scopesOf(r.Scopes), ReadOnly: r.ReadOnly, ProposeOnly: r.ProposeOnly, ExpiresAt: pg.UTC(r.ExpiresAt),
		},
		hash: keyHash(r.Hash), version: r.Version, agreed: make(map[board.LimitFamily]int, len(r.Families)),
	}
	for i, family := range r.Families {
		k.agreed[board.LimitFamily(family)] = int(r.PerMinute[i])
	}
	for _, network := range r.Allowed {
		prefix, err := netip.ParsePrefix(network)
		if err != nil {
			return nil, fmt.Errorf("read the networks of key %d: %w", r.ID, err)
		}
		k.allowed = append(k.allowed, prefix)
	}
	return k, nil
}
