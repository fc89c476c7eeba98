package doctor

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// What is worth a word.
const (
	leastVersion    = 150000
	longTransaction = 5 * time.Minute
	manyIDs         = 1_000_000_000 // half of what the server has before it stops
	clockOff        = 5 * time.Second
	littleSpace     = 0.10
	leastSpace      = 0.02
	// lateAfter is far beyond the second in which deliveries begin.
	lateAfter = 5 * time.Minute
	// deliveries, listening and the sign of life, see docs/operation.md
	otherConns = 6
)

// Database is what was read of it.
type Database struct {
	Vitals pg.Vitals
	// NotReady is why requests would be answered 503 now; empty when they would not.
	NotReady string
	// ClockAhead is by how much its clock is ahead of ours.
	ClockAhead time.Duration
	Queue      outbox.Health
	// PoolSize are the connections of a copy for requests and chores.
	PoolSize int
	Now      time.Time
}

// LookAtDatabase judges what was read.
func LookAtDatabase(d Database) []Finding {
	return slices.Concat(server(d), connections(d), bloat(d), clock(d), disk(d), partitions(d), queue(d))
}

// LookAtStandby judges the standby of DATABASE_READ_URL: lag is how long it took to have what the primary had; err says in words that
// hold no password why it cannot be used.
func LookAtStandby(lag time.Duration, err error) []Finding {
	r := &report{check: "standby"}
	if err != nil {
		r.say(Warning, "Nothing is read at the standby of DATABASE_READ_URL: "+err.Error()+". The primary serves its readers, too.",
			"Look at the standby, its pg_stat_wal_receiver, and its log. DATABASE_READ_URL leads to PostgreSQL itself, to one server.")
	}
	return r.or("The standby had what the primary has after " + rounded(lag) + ".")
}

// LookAtMigrations judges the steps of the schema.
func LookAtMigrations(steps []pg.Migration) []Finding {
	r := &report{check: "migrations"}
	missing := 0
	for _, s := range steps {
		if s.AppliedAt == nil {
			missing++
		}
	}
	if missing > 0 {
		r.say(Wrong, fmt.Sprintf("%d of %d steps of the schema were not taken.", missing, len(steps)), "Run `itmanagerjobs migrate up`, or start a copy of this version, which does it.")
	}
	return r.or(fmt.Sprintf("All %d steps of the schema were taken.", len(steps)))
}

// Unreachable is the finding of a database that cannot be looked at; why is a sentence that holds no password.
func Unreachable(why string) Finding {
	return Finding{Check: "database", State: Wrong, Saw: "The database cannot be used: " + why + ".", Do: "Mend what the sentence names, and run the command again for the rest."}
}

func server(d Database) []Finding {
	r := &report{check: "database"}
	v := d.Vitals
	if d.NotReady != "" {
		r.say(Wrong, d.NotReady+" Requests are answered 503.", "Look whether the server is a standby or default_transaction_read_only is on, whether its disk is full, and in pg_stat_activity who waits for a lock: pg_blocking_pids(pid) names who holds it.")
	}
	if v.Version < leastVersion {
		r.say(Wrong, fmt.Sprintf("PostgreSQL is version %d; the program is tried with 15 and later.", v.Version/10000), "Upgrade PostgreSQL.")
	}
	if len(v.Unsafe) > 0 {
		r.say(Wrong, "The server runs with "+strings.Join(v.Unsafe, ", ")+".", "Turn these settings on: a crash loses data without the first two, and tables grow without the last.")
	}
	if v.Encoding != "UTF8" {
		r.say(Wrong, "The encoding of the database is "+v.Encoding+": names of people do not fit.", "Make a database with ENCODING 'UTF8', and restore into it.")
	}
	if v.TransactionIDs > manyIDs {
		r.say(Wrong, fmt.Sprintf("%d transactions since the last freeze; the server stops at 2,000,000,000.", v.TransactionIDs), "End old transactions and idle slots, and run VACUUM (FREEZE).")
	}
	return r.or(fmt.Sprintf("PostgreSQL %d.%d answers.", v.Version/10000, v.Version%10000))
}

func connections(d Database) []Finding {
	r := &report{check: "connections"}
	v := d.Vitals
	open, free := v.Connections, v.MaxConnections-v.Reserved-v.Connections
	saw := fmt.Sprintf("%d of %d connections are open.", open, v.MaxConnections)
	if need := d.PoolSize + otherConns + 1; free < need {
		r.say(Warning, saw+fmt.Sprintf(" Another copy may need %d.", need), "Raise max_connections, lower DB_MAX_CONNS, or put a pooler in front before you start another copy.")
	}
	return r.or(saw)
}

func bloat(d Database) []Finding {
	r := &report{check: "bloat"}
	v := d.Vitals
	if age := time.Duration(v.OldestTransaction * float64(time.Second)); age > longTransaction {
		r.say(Warning, "A transaction has been open for "+rounded(age)+": nothing that was deleted since can be cleaned up.", "Find it in pg_stat_activity by xact_start, and end it with pg_terminate_backend.")
	}
	if len(v.Bloated) > 0 {
		r.say(Warning, "More dead rows than living ones are in "+strings.Join(v.Bloated, ", ")+".", "See that autovacuum runs; VACUUM (ANALYZE) the tables.")
	}
	if len(v.IdleSlots) > 0 {
		r.say(Warning, "Nobody reads the replication slots "+strings.Join(v.IdleSlots, ", ")+": they hold the write-ahead log until the disk is full.", "Let the replica connect again, or drop them with pg_drop_replication_slot.")
	}
	return r.or("Nothing is left behind that should have been cleaned up.")
}

func clock(d Database) []Finding {
	r := &report{check: "clock"}
	if d.ClockAhead.Abs() > clockOff {
		direction := "ahead of"
		if d.ClockAhead < 0 {
			direction = "behind"
		}
		r.say(Wrong, "The clock of the database is "+direction+" that of this machine by "+rounded(d.ClockAhead.Abs())+".", "Run NTP on both: receivers of webhooks refuse signatures of a wrong clock.")
	}
	return r.or("The clocks of this machine and of the database differ by " + rounded(d.ClockAhead.Abs()) + ".")
}

func disk(d Database) []Finding {
	r := &report{check: "disk"}
	var s syscall.Statfs_t
	if d.Vitals.Directory == "" || syscall.Statfs(d.Vitals.Directory, &s) != nil || s.Blocks == 0 {
		return r.or("The disk of the database cannot be seen from here; watch it where it is.")
	}
	return judgeSpace(r, uint64(s.Bavail)*uint64(s.Bsize), uint64(s.Blocks)*uint64(s.Bsize)) //nolint:gosec,unconvert // both are positive, and their types differ between systems
}

func judgeSpace(r *report, free, total uint64) []Finding {
	saw := "Of the disk of the database " + size(free) + " of " + size(total) + " are free."
	switch share := float64(free) / float64(total); {
	case share < leastSpace:
		r.say(Wrong, saw, "Make room now: without it the database takes no writes.")
	case share < littleSpace:
		r.say(Warning, saw, "Make room, or a larger disk.")
	}
	return r.or(saw)
}

func partitions(d Database) []Finding {
	r := &report{check: "partitions"}
	tomorrow := d.Now.Truncate(24*time.Hour).AddDate(0, 0, 1)
	for _, p := range d.Queue.Partitions {
		if p.LastDay().Before(tomorrow) {
			r.say(Wrong, "The table "+p.Table+" has no partition for tomorrow.", "Start a copy of the program, which makes them every hour; if one runs, its log says why it cannot.")
		}
	}
	return r.or("The partitions of the coming days are there.")
}

func queue(d Database) []Finding {
	r := &report{check: "queue"}
	q := d.Queue
	if q.OldestDue != nil {
		late := d.Now.Sub(*q.OldestDue)
		switch {
		case late > lateAfter && q.Workers == 0:
			r.say(Wrong, fmt.Sprintf("%d deliveries wait, the oldest for %s, and no copy delivers.", q.Due, rounded(late)), "Start a copy: `itmanagerjobs serve`.")
		case late > lateAfter:
			r.say(Wrong, fmt.Sprintf("%d deliveries are due, the oldest since %s.", q.Due, rounded(late)), "Look in the desk which webhooks are slow; start more copies if the processors are busy.")
		}
	}
	if q.GivenUp > 0 {
		r.say(Warning, fmt.Sprintf("%d deliveries were given up in 24 hours.", q.GivenUp), "Look at them in the desk under Deliveries, and send them again when the endpoints work.")
	}
	return r.or(fmt.Sprintf("%d deliveries wait, %d were made in 24 hours, %d copies deliver.", q.Queued, q.Delivered, q.Workers))
}
