package account

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// acts are written to the audit log as the last thing that a transaction does.
var acts = pg.NewBeforeCommit[board.Act]("entries of the audit log")

// Acting returns a context whose transactions write an act to the audit log, each once, and with it the objects that the
// transaction has made: every write that is done under it leaves an entry, or is not done.
func Acting(ctx context.Context, a board.Act) context.Context { return acts.Attach(ctx, a) }

// ActOf is the act that the transactions of a context write, nil for none; other tells that they write something else of the kind.
// It is for a transaction that does what several contexts ask for: it leaves the act of each by WriteAct.
func ActOf(ctx context.Context) (act *board.Act, other bool) { return acts.Attached(ctx) }

// WriteAct writes an act to the audit log with the transaction.
func WriteAct(tx *pg.Tx, a board.Act) { acts.Add(tx, a) }

type callerKey struct{}

// From returns a context that knows the network address which a request came from.
func From(ctx context.Context, address string) context.Context {
	return context.WithValue(ctx, callerKey{}, address)
}

// acted writes an act of a user to the audit log that only the transaction knows, such as one of somebody who opens a link.
func acted(ctx context.Context, tx *pg.Tx, u User, action string) {
	address, _ := ctx.Value(callerKey{}).(string)
	if u.EmployerID == 0 {
		platformActs.Add(tx, PlatformAction{UserID: u.ID, Action: inWords(action), Subject: u.Email, Address: address})
		return
	}
	acts.Add(tx, board.Act{
		EmployerID: u.EmployerID, Actor: board.AuditUser, ActorID: u.ID, Action: action, Objects: []string{fmt.Sprintf("users/%d", u.ID)}, Address: address,
	})
}

type operatorKey struct{}

// Operating returns a context for a command of an operator, which Operated writes to the audit log under the name action.
func Operating(ctx context.Context, action string) context.Context {
	return context.WithValue(ctx, operatorKey{}, action)
}

// Operated writes to an employer's audit log what an operator has done to it, unless it is somebody else who acts.
func Operated(ctx context.Context, tx *pg.Tx, employerID int64, objects ...string) {
	if action, _ := ctx.Value(operatorKey{}).(string); action != "" && employerID != 0 { // a reviewer belongs to no employer
		acts.Add(tx, board.Act{EmployerID: employerID, Actor: board.AuditOperator, Action: action, Objects: objects})
	}
}

func (s *Store) writeActs(ctx context.Context, tx *pg.Tx, list []board.Act) error {
	objects, lines, seals := make(pq.StringArray, len(list)), make(pq.StringArray, len(list)), make(pq.ByteaArray, len(list))
	// In the order of employers, so that transactions with acts of several employers never deadlock.
	slices.SortStableFunc(list, func(a, b board.Act) int { return cmp.Compare(a.EmployerID, b.EmployerID) })
	for i := range list {
		if made := tx.Made(); len(made) > 0 {
			list[i].Objects = made
		}
		if list[i].Address != "" {
			list[i].Seal = make([]byte, board.AuditSaltSize)
			if _, err := io.ReadFull(s.salts, list[i].Seal); err != nil {
				return fmt.Errorf("make a salt: %w", err)
			}
		}
		seals[i] = list[i].Seal
		if seals[i] == nil {
			seals[i] = []byte{}
		}
		var err error
		if lines[i], err = board.AuditLine(tx.Now, list[i]); err != nil {
			return err
		}
		literal, err := pq.StringArray(nonNil(list[i].Objects)).Value()
		if err != nil {
			return fmt.Errorf("encode the objects of an act: %w", err)
		}
		objects[i] = literal.(string) //nolint:forcetypeassert // a list that is not nil
	}
	texts := func(of func(board.Act) string) pq.StringArray { return pg.Column[pq.StringArray](list, of) }
	_, err := tx.Exec(ctx, `SELECT append_audit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, tx.Now,
		pg.Column[pq.Int64Array](list, func(a board.Act) int64 { return a.EmployerID }), texts(func(a board.Act) string { return string(a.Mode) }),
		texts(func(a board.Act) string { return string(a.Actor) }), pg.Column[pq.Int64Array](list, func(a board.Act) int64 { return a.ActorID }),
		texts(func(a board.Act) string { return a.Action }), objects, texts(func(a board.Act) string { return a.Address }), seals, lines)
	if err != nil {
		return fmt.Errorf("write to the audit log: %w", err)
	}
	return nil
}

func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// AuditEntry is an entry of the audit log.
type AuditEntry struct {
	board.Act

	// Number counts the entries of the employer from 1, without gaps.
	Number int64
	At     time.Time
	// ActorName is how the actor is called now: the name of the key, or that of the user, else the email address.
	ActorName string
	Hash      []byte
}

type auditRow struct {
	EmployerID int64            `db:"employer_id"`
	Number     int64            `db:"number"`
	At         time.Time        `db:"at"`
	Mode       board.Mode       `db:"mode"`
	Actor      board.AuditActor `db:"actor"`
	ActorID    int64            `db:"actor_id"`
	Action     string           `db:"action"`
	Objects    pq.StringArray   `db:"objects"`
	Address    string           `db:"address"`
	Seal       []byte           `db:"seal"`
	Hash       []byte           `db:"hash"`
	ActorName  string           `db:"actor_name"`
}

func (r auditRow) entry() AuditEntry {
	return AuditEntry{
		Act: board.Act{
			EmployerID: r.EmployerID, Mode: r.Mode, Actor: r.Actor, ActorID: r.ActorID, Action: r.Action, Objects: r.Objects, Address: r.Address, Seal: r.Seal,
		},
		Number: r.Number, At: r.At.UTC(), ActorName: r.ActorName, Hash: r.Hash,
	}
}

const auditColumns = `e.employer_id, e.number, e.at, e.mode, e.actor, e.actor_id, e.action, e.objects, e.address, e.seal, e.hash`

// AuditQuery is what of an employer's audit log to read. Fields that are empty do not narrow it.
type AuditQuery struct {
	EmployerID int64
	// Modes are the modes of the data; "" is the account itself.
	Modes []board.Mode
	Actor board.AuditActor
	// ActorID is the number of a user or key, with Actor.
	ActorID int64
	Action  string
	// Since and Until are points in time, the second not included.
	Since, Until time.Time
	// After and Before are numbers of entries, not included.
	After, Before int64
	// Newest reads the newest first.
	Newest bool
	Limit  int
}

// Audit reads up to Limit entries, and tells whether there are more.
func (s *Store) Audit(ctx context.Context, q AuditQuery) (entries []AuditEntry, more bool, err error) {
	order := "ASC"
	if q.Newest {
		order = "DESC"
	}
	if q.Modes == nil {
		q.Modes = append(board.AllModes(), "")
	}
	var rows []auditRow
	err = s.db.Reader(ctx).List(ctx, &rows, `
SELECT `+auditColumns+`, coalesce(CASE WHEN u.forgotten_at IS NOT NULL THEN 'Former member ' || u.id END, nullif(u.name, ''), u.email, k.name, '') AS actor_name
  FROM audit_entries e
  LEFT JOIN users u ON e.actor = 'User' AND u.id = e.actor_id
  LEFT JOIN api_keys k ON e.actor = 'Key' AND k.id = e.actor_id AND k.employer_id = e.employer_id
 WHERE e.employer_id = $1 AND e.mode = ANY ($2) AND ($3 = '' OR e.actor = $3) AND ($4 = 0 OR e.actor_id = $4) AND ($5 = '' OR e.action = $5)
   AND ($6::timestamptz IS NULL OR e.at >= $6) AND ($7::timestamptz IS NULL OR e.at < $7)
   AND e.number > $8 AND ($9 = 0 OR e.number < $9)
 ORDER BY e.number `+order+` LIMIT $10`,
		q.EmployerID, pg.Column[pq.StringArray](q.Modes, func(m board.Mode) string { return string(m) }), string(q.Actor), q.ActorID, q.Action,
		orNever(q.Since), orNever(q.Until), q.After, q.Before, q.Limit+1)
	if err != nil {
		return nil, false, fmt.Errorf("read the audit log: %w", err)
	}
	if more = len(rows) > q.Limit; more {
		rows = rows[:q.Limit]
	}
	for _, r := range rows {
		entries = append(entries, r.entry())
	}
	return entries, more, nil
}

func orNever(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// AuditActions lists the actions that an employer's audit log has, by name.
func (s *Store) AuditActions(ctx context.Context, employerID int64) ([]string, error) {
	var actions []string
	//house:tenant an admin sees the entries of both modes
	if err := s.db.Reader(ctx).List(ctx, &actions, `SELECT DISTINCT action FROM audit_entries WHERE employer_id = $1 ORDER BY action`, employerID); err != nil {
		return nil, fmt.Errorf("list the actions of the audit log: %w", err)
	}
	return actions, nil
}

// AuditFault is where the audit log of an employer is not what was written.
type AuditFault struct {
	EmployerID, Number int64
	Message            string
}

// verifyBatch is how many entries are read at a time.
const verifyBatch = 1000

// VerifyAudit checks the chain of every employer's entries, and counts them. It gives the first fault of each.
func (s *Store) VerifyAudit(ctx context.Context) (entries int64, faults []AuditFault, err error) {
	var heads []struct {
		EmployerID int64  `db:"employer_id"`
		Last       int64  `db:"last"`
		Hash       []byte `db:"hash"`
	}
	if err := s.db.Reader(ctx).List(ctx, &heads, `
SELECT e.id AS employer_id, coalesce(h.last, 0) AS last, coalesce(h.hash, '') AS hash
  FROM employers e LEFT JOIN audit_heads h ON h.employer_id = e.id ORDER BY e.id`); err != nil {
		return 0, nil, fmt.Errorf("read the heads of the audit log: %w", err)
	}
	// A transaction may be written a little after a later one.
	oldest := s.db.Now().Add(24*time.Hour - board.AuditAddressKept)
	for _, head := range heads {
		var before []byte
		number := int64(0)
		fault := ""
		for e, err := range s.chain(ctx, head.EmployerID, head.Last) {
			if err != nil {
				return 0, nil, err
			}
			number++
			hash, err := board.AuditHash(before, number, e.At, e.Act)
			if err != nil {
				return 0, nil, err
			}
			switch {
			case e.Number != number:
				fault = "entries are missing"
			case !bytes.Equal(hash, e.Hash):
				fault = "the entry, or one before it, was changed"
			case e.AddressGone() && e.At.After(oldest):
				fault = "the entry has lost its network address too early"
			}
			if fault != "" {
				break
			}
			before = hash
			entries++
		}
		if fault == "" && (number != head.Last || !bytes.Equal(before, head.Hash)) {
			number, fault = number+1, "the last entries are missing"
		}
		if fault != "" {
			faults = append(faults, AuditFault{head.EmployerID, number, fault})
		}
	}
	return entries, faults, nil
}

// chain gives the entries of an employer up to a number, in their order.
func (s *Store) chain(ctx context.Context, employerID, last int64) iter.Seq2[AuditEntry, error] {
	return func(yield func(AuditEntry, error) bool) {
		for after := int64(0); ; {
			var rows []auditRow
			//house:tenant a check of the whole log
			err := s.db.Reader(ctx).List(ctx, &rows, `
SELECT `+auditColumns+`, '' AS actor_name FROM audit_entries e
 WHERE e.employer_id = $1 AND e.number > $2 AND e.number <= $3 ORDER BY e.number LIMIT $4`, employerID, after, last, verifyBatch)
			if err != nil {
				yield(AuditEntry{}, fmt.Errorf("read the audit log: %w", err))
				return
			}
			for _, r := range rows {
				if !yield(r.entry(), nil) {
					return
				}
				after = r.Number
			}
			if len(rows) < verifyBatch {
				return
			}
		}
	}
}
