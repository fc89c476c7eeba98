//go:build soak

package programtest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

// chaosFor is how long faults come; CHAOS_TIME has more, such as 10m.
func chaosFor(t *testing.T) time.Duration {
	t.Helper()
	if s := os.Getenv("CHAOS_TIME"); s != "" {
		d, err := time.ParseDuration(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	return 45 * time.Second
}

// unwell has PostgreSQL be so for two seconds.
func (c *chaos) unwell(cl *cluster, what, how, back string) {
	c.faults[what+" for 2 s"]++
	for _, script := range []string{how, back} {
		if out, err := cl.try(c.t.Context(), []string{"URL=" + cl.url("itmanagerjobs", 5432)}, script); err != nil {
			c.t.Errorf("%s: %v\n%s", script, err, out)
		}
		if script == how {
			c.pause(2 * time.Second)
		}
	}
}

// altered makes one setting for all sessions that begin, and for those that are there.
const altered = `PGOPTIONS="-c default_transaction_read_only=off" psql --quiet --dbname="$URL" --command="ALTER SYSTEM %s"; pg_ctl --pgdata=data reload >/dev/null`

// filled leaves no byte on the disk of the data, and emptied gives them back. PostgreSQL crashes when it has no room for its
// write-ahead log, and does not always start again by itself.
const (
	filled  = `cat /dev/zero >data/ballast 2>&1 || true`
	emptied = `rm data/ballast; pg_ctl --pgdata=data status >/dev/null || pg_ctl --pgdata=data --log=data.log --wait --timeout=120 start >/dev/null`
)

// TestSoakChaos kills and stops copies, cuts their connections and the answers to COMMIT, and has PostgreSQL crash, stand still, be slow,
// locked, read-only and full, while forty clients create, publish and close jobs, unlock people, apply, and read what they did.
func TestSoakChaos(t *testing.T) {
	cl := newClusterIn(t, 600)
	url := cl.url("itmanagerjobs", 5432)
	c := newChaos(t, url, 3, 50)
	faults := []func(){
		func() { c.kill(rand.IntN(len(c.running))) },
		func() { c.kill(rand.IntN(len(c.running))) },
		func() { c.stop(rand.IntN(len(c.running)), 3*time.Second) },
		func() { c.slow(2 * time.Second) },
		func() {
			c.faults["all connections cut"]++
			c.mayCount(time.Now(), c.limits.Now(), 2)
			if _, err := cl.try(t.Context(), []string{"URL=" + url}, `psql --quiet --dbname="$URL" --command="SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'itmanagerjobs'"`); err != nil {
				t.Error(err)
			}
		},
		func() {
			c.unwell(cl, "read-only", fmt.Sprintf(altered, "SET default_transaction_read_only = on"), fmt.Sprintf(altered, "RESET default_transaction_read_only"))
		},
		func() {
			call := c.limits.Now()
			c.unwell(cl, "no room", filled, emptied)
			c.crashed(call)
		},
		func() {
			c.unwell(cl, "jobs locked", `psql --quiet --dbname="$URL" --command="BEGIN; LOCK TABLE jobs; SELECT pg_sleep(2); COMMIT" >/dev/null`, "true")
		},
		func() {
			c.unwell(cl, "PostgreSQL stands still", `pkill -STOP -P "$(head -1 data/postmaster.pid)"`, `pkill -CONT -P "$(head -1 data/postmaster.pid)"`)
		},
		func() {
			c.faults["PostgreSQL crashed and started"]++
			call := c.limits.Now()
			cl.stop(t, "immediate")
			cl.start(t, "data")
			c.crashed(call)
			c.grant(true, moreCredits, moreUnlocks) // in the midst of it, by an operator
		},
	}
	c.during(8, 26, func() {
		// Each comes once before one comes again.
		for deadline := time.Now().Add(chaosFor(t)); time.Now().Before(deadline); {
			for _, i := range rand.Perm(len(faults)) {
				faults[i]()
				c.pause(time.Second)
			}
		}
	})
	c.judge(cl.open(t, url))
}
