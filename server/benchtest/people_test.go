package benchtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"itmanagerjobs/migrations"
	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/cvline"
	"itmanagerjobs/store/cvsample"
	"itmanagerjobs/store/embedded"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/storetest"
)

// number reads a whole number from the environment.
func number(b *testing.B, name string, otherwise int) int {
	b.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		b.Fatalf("%s is %q; want a whole number above 0", name, text)
	}
	return n
}

// peopleServer is a PostgreSQL whose CV database has a number of people. It takes minutes to make one of a million, so it is kept
// in .cache until the schema changes; what the index holds may change without it, and then .cache/people is to be removed. With -short
// it is a database of the tests' server.
type peopleServer struct {
	dir    string
	server *embedded.Server
	url    string
}

// peopleSeed is the seed of the people; those who are imported under load follow them.
const peopleSeed = 1

func startPeople(b *testing.B, people int) *peopleServer {
	b.Helper()
	p := &peopleServer{}
	if testing.Short() {
		p.url = storetest.URL(b)
		p.fill(b, people)
		return p
	}
	parent, err := filepath.Abs("../../.cache/people")
	if err != nil {
		b.Fatal(err)
	}
	p.dir = filepath.Join(parent, schemaHash(b)+"-"+strconv.Itoa(people))
	full := filepath.Join(p.dir, "full")
	b.Cleanup(func() { p.stop(b) })
	if _, err := os.Stat(full); err != nil {
		p.makeRoom(b, parent)
		p.start(b, true)
		p.fill(b, people)
		p.stop(b)
		if err := os.WriteFile(full, nil, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	p.start(b, false)
	return p
}

// makeRoom removes what was filled in part, and all of another schema.
func (p *peopleServer) makeRoom(b *testing.B, parent string) {
	b.Helper()
	others, err := filepath.Glob(filepath.Join(parent, "*"))
	if err != nil {
		b.Fatal(err)
	}
	for _, dir := range others {
		if dir == p.dir || !strings.HasPrefix(filepath.Base(dir), schemaHash(b)) {
			if err := os.RemoveAll(dir); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func (p *peopleServer) start(b *testing.B, filling bool) {
	b.Helper()
	server, err := embedded.Start(b.Context(), embedded.Options{Dir: p.dir, ForTests: filling})
	if err != nil {
		b.Fatal(err)
	}
	p.server, p.url = server, server.URL()
	if _, err := pg.MigrateUp(b.Context(), p.url); err != nil {
		b.Fatal(err)
	}
}

func (p *peopleServer) stop(b *testing.B) {
	b.Helper()
	if p.server == nil {
		return
	}
	if err := p.server.Stop(); err != nil {
		b.Error(err)
	}
	p.server = nil
}

// restart ends all sessions, and the server too when it is the benchmark's own.
func (p *peopleServer) restart(b *testing.B, db *sqlx.DB) {
	b.Helper()
	if p.server != nil {
		p.stop(b)
		p.start(b, false)
		return
	}
	if _, err := db.ExecContext(b.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
		b.Fatal(err)
	}
}

func schemaHash(b *testing.B) string {
	b.Helper()
	files, err := migrations.FS.ReadDir(".")
	if err != nil {
		b.Fatal(err)
	}
	h := sha256.New()
	for _, f := range files {
		text, err := migrations.FS.ReadFile(f.Name())
		if err != nil {
			b.Fatal(err)
		}
		fmt.Fprintf(h, "%s %d\n%s", f.Name(), len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// fill takes made-up people in, in lanes.
func (p *peopleServer) fill(b *testing.B, people int) {
	b.Helper()
	began := time.Now()
	s := storetest.Open(b, p.url, storetest.Options(storetest.NewClock()))
	batches := make(chan []board.CVCandidate)
	var lanes sync.WaitGroup
	for range 2 {
		lanes.Go(func() {
			for batch := range batches {
				if _, err := s.CV.Import(b.Context(), board.ModeLive, batch); err != nil {
					b.Error(err)
				}
			}
		})
	}
	var batch []board.CVCandidate
	for c := range candidates(b, people) {
		if batch = append(batch, c); len(batch) == cv.ImportBatch {
			batches <- batch
			batch = nil
		}
	}
	batches <- batch
	close(batches)
	lanes.Wait()
	db := sqlx.MustOpen("postgres", p.url)
	if _, err := db.ExecContext(b.Context(), `VACUUM ANALYZE`); err != nil {
		b.Fatal(err)
	}
	_ = db.Close()
	b.Logf("%d people in %s", people, time.Since(began).Round(time.Second))
}

// candidates are the first people.
func candidates(b *testing.B, people int) iter.Seq[board.CVCandidate] {
	return func(yield func(board.CVCandidate) bool) {
		for p := range cvsample.Candidates(peopleSeed, people, storetest.Epoch) {
			if !yield(parsed(b, p)) {
				return
			}
		}
	}
}

func parsed(b *testing.B, p cvsample.Person) board.CVCandidate {
	line, err := json.Marshal(p)
	if err != nil {
		b.Fatal(err)
	}
	c, err := cvline.Parse(line, storetest.Epoch)
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// searchKeys are as many as employers who search at the same time.
const searchKeys = 8

// searchers is an API over a database with people, and employers who may search it.
type searchers struct {
	*bench

	people *peopleServer
	count  int
	arrive *store.Store // another copy of the program, which imports
}

func setUpSearch(b *testing.B, people int) *searchers {
	b.Helper()
	f := &searchers{people: startPeople(b, people), bench: &bench{http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 128}}}}
	began := time.Now()
	options := storetest.Options(storetest.NewClock())
	options.Now, options.LimitsByNow = func() time.Time { return storetest.Epoch.Add(time.Since(began)) }, false
	s := storetest.Open(b, f.people.url, options)
	f.arrive = storetest.Open(b, f.people.url, options)
	f.api = servertest.OverWith(b, s, options.Now, nil, configured(b, nil))
	f.db = sqlx.MustOpen("postgres", f.people.url)
	b.Cleanup(func() { _ = f.db.Close() })
	for i := range searchKeys {
		var had int
		if err := f.db.GetContext(b.Context(), &had, `SELECT count(*) FROM employers`); err != nil {
			b.Fatal(err)
		}
		tenant, key := f.api.Employer(b, fmt.Sprintf("Searcher %d %d", had, i), 0, apikey.ScopeCVSearch)
		if err := s.Accounts.SetLimit(b.Context(), tenant.EmployerID, board.FamilySearch, 1_000_000); err != nil {
			b.Fatal(err)
		}
		f.callers = append(f.callers, caller{key: key})
	}
	f.forget(b) // those of a run that was ended
	if err := f.db.GetContext(b.Context(), &f.count, `SELECT count(*) FROM cv_candidates`); err != nil {
		b.Fatal(err)
	}
	return f
}

// forget deletes the people who were imported under load.
func (f *searchers) forget(b *testing.B) {
	b.Helper()
	res, err := f.db.ExecContext(b.Context(), `DELETE FROM cv_candidates WHERE created_at > $1`, storetest.Epoch)
	if err != nil {
		b.Fatal(err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return
	}
	if _, err := f.db.ExecContext(b.Context(), `VACUUM ANALYZE cv_candidates, cv_index`); err != nil {
		b.Fatal(err)
	}
}

// importAt imports so many new people in a second, until ctx ends, and tells how many there were.
func (f *searchers) importAt(ctx context.Context, b *testing.B, perSecond int) (imported int) {
	const every = 100 * time.Millisecond
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		batch := make([]board.CVCandidate, 0, perSecond)
		for range max(1, perSecond*int(every)/int(time.Second)) {
			batch = append(batch, parsed(b, cvsample.Candidate(peopleSeed, f.count+imported+len(batch), storetest.Epoch)))
		}
		select {
		case <-ctx.Done():
			return imported
		case <-tick.C:
		}
		if _, err := f.arrive.CV.Import(context.WithoutCancel(ctx), board.ModeLive, batch); err != nil {
			b.Error(err)
			return imported
		}
		imported += len(batch)
	}
}
