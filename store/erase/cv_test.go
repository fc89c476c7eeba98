package erase_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/embedded"
	"itmanagerjobs/store/erase"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// cvPlaces are where somebody of the CV database has canaries, after those of an applicant.
var cvPlaces = []string{"external", "summary", "skill", "employer", "worktitle", "work", "city", "country", "language", "cvtext", "consent", "title"}

// canaryPerson has a canary in every field that takes one.
func canaryPerson(canary string, at time.Time) board.CVCandidate {
	latitude, longitude := 53.8, -1.55
	return board.CVCandidate{
		ExternalID: canary + "external", FirstName: canary + "first", LastName: canary + "last", Email: canary + "mail@example.com", Phone: canary + "phone",
		Title: "Engineer " + canary + "title", Summary: canary + "summary", Skills: []string{"Go", canary + "skill"}, Languages: []string{canary + "language"},
		Experience: []board.Experience{{Title: canary + "worktitle", Employer: canary + "employer", Description: canary + "work"}},
		City:       canary + "city", Country: canary + "country", Latitude: &latitude, Longitude: &longitude, CVText: canary + "cvtext",
		Visibility: board.VisibilityVisible, Consents: []board.Consent{{Purpose: canary + "consent", GivenAt: at}}, UpdatedAt: at,
	}
}

func TestAnErasedPersonComesBackOnlyOfTheirOwnWill(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "erase-cv@northwind.example", 0)
	fixture.CVCredits(t, s, tenant, 1)
	list := fixture.People(t, 1, 3)
	list[0].Consents = []board.Consent{{Purpose: "recruitment", GivenAt: clock.Now()}}
	ids := fixture.ImportAll(t, s, list)
	p := account.Principal{Tenant: tenant}
	opened, _, err := s.Idempotent(ctx, account.Principal{Tenant: tenant}, "open", []byte("f"), func(ctx context.Context) (store.Reply, error) {
		_, err := s.UnlockCandidate(ctx, p, ids[0])
		return store.Reply{Content: []byte("a profile")}, err
	})
	if err != nil || string(opened.Content) != "a profile" {
		t.Fatalf("open: %+v, %v", opened, err)
	}
	e, err := s.CV.Export(ctx, ids[0])
	if err != nil || e.Email != list[0].Email || len(e.OpenedBy) != 1 || len(e.Consents) != 1 {
		t.Errorf("export %+v, %v", e, err)
	}
	if text, err := json.Marshal(e); err != nil || !strings.Contains(string(text), list[0].LastName) {
		t.Errorf("export %s, %v", text, err)
	}
	clock.Advance(time.Hour)
	r, err := s.Erasure.EraseCV(ctx, ids[0])
	if err != nil || r.Unlocks != 1 || r.Replies != 1 || r.ID == 0 {
		t.Errorf("receipt %+v, %v", r, err)
	}
	if reply, replayed, err := s.Idempotent(ctx, account.Principal{Tenant: tenant}, "open", []byte("f"), nil); err != nil || !replayed || !reply.Erased {
		t.Errorf("the recorded answer: %+v, %v", reply, err)
	}
	_, eraseErr := s.Erasure.EraseCV(ctx, ids[0])
	_, openErr := s.UnlockCandidate(ctx, p, ids[0])
	_, exportErr := s.CV.Export(ctx, ids[0])
	for what, err := range map[string]error{"erase": eraseErr, "open": openErr, "export": exportErr} {
		if fixture.CodeOf(err) != board.CodeNotFound {
			t.Errorf("%s again: %v, want not_found", what, err)
		}
	}
	if found := fixture.Find(t, s, cv.Query{}); found.Total != 2 {
		t.Errorf("%d people are found, want 2", found.Total)
	}
	done, err := s.CV.Import(ctx, board.ModeLive, list)
	if err != nil || done.Erased != 1 || done.IDs[0] != 0 || done.Unchanged != 2 {
		t.Errorf("the same file again: %+v, %v", done, err)
	}
	list[0].Consents = append(list[0].Consents, board.Consent{Purpose: "recruitment", GivenAt: clock.Now().Add(time.Hour)})
	if done, err = s.CV.Import(ctx, board.ModeLive, list[:1]); err != nil || done.New != 1 || done.IDs[0] == ids[0] {
		t.Errorf("after another consent: %+v, %v", done, err)
	}
}

func TestPeopleGoWhenTheirRetentionIsOver(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	list := fixture.People(t, 2, 4)
	for i := range list {
		list[i].UpdatedAt = clock.Now().AddDate(0, -6*i, 0)
	}
	ids := fixture.ImportAll(t, s, list)
	clock.Advance(board.CVRetention(list[2].UpdatedAt).Sub(clock.Now()))
	for want := range []int64{1, 1, 0} {
		n, err := s.Erasure.PurgeCV(ctx, 1)
		if err != nil || n != []int64{1, 1, 0}[want] {
			t.Errorf("purge: %d, %v", n, err)
		}
	}
	if _, err := s.CV.Export(ctx, ids[1]); err != nil {
		t.Errorf("somebody whose time is not over: %v", err)
	}
	if _, err := s.CV.Export(ctx, ids[2]); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("somebody whose time is over: %v", err)
	}
	if r := fixture.Find(t, s, cv.Query{}); r.Total != 2 {
		t.Errorf("%d people are found, want 2", r.Total)
	}
	list[2].UpdatedAt = clock.Now()
	if done, err := s.CV.Import(ctx, board.ModeLive, list[2:3]); err != nil || done.New != 1 {
		t.Errorf("they come again: %+v, %v", done, err)
	}
}

// stands tells how often a canary stands in a dump of the database, as it is or in hexadecimal, whatever follows it.
func stands(t *testing.T, url, canary string) int {
	t.Helper()
	bin, err := embedded.FindBinaries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), filepath.Join(bin, "pg_dump"), "--dbname", url).Output()
	if err != nil {
		t.Fatalf("pg_dump: %v", err)
	}
	out = bytes.ToLower(out)
	return bytes.Count(out, []byte(canary)) + bytes.Count(out, []byte(hex.EncodeToString([]byte(canary))))
}

// standsOnDisk lists the files below a directory that a canary stands in.
func standsOnDisk(t *testing.T, dir, canary string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && !d.Type().IsRegular() {
			return nil // removed meanwhile
		}
		if err != nil {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(bytes.ToLower(b), []byte(canary)) {
			files = append(files, path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestNothingIsLeftOfAnErasedPersonOfTheCVDatabase(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "itmanagerjobs-cv-erasure-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil { // the server's account must get in
		t.Fatal(err)
	}
	server, err := embedded.Start(t.Context(), embedded.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	ctx := context.Background()
	if _, err := pg.MigrateUp(ctx, server.URL()); err != nil {
		t.Fatal(err)
	}
	clock := storetest.NewClock()
	s := storetest.Open(t, server.URL(), storetest.Options(clock))
	db := fixture.Raw(t, server.URL())
	tenant := fixture.Account(t, s, "cv-erasure@northwind.example", 5)
	fixture.CVCredits(t, s, tenant, 5)
	fixture.Active(t, s, tenant, func(p *board.JobPatch) {
		p.RequiredSkills = board.Set([]string{erasedCanary + "skill", keptCanary + "skill"})
	})
	list := append(fixture.People(t, 1, 20), canaryPerson(erasedCanary, clock.Now()), canaryPerson(keptCanary, clock.Now()))
	ids := fixture.ImportAll(t, s, list)
	for n := 1; n > 0; {
		if n, err = s.Matches.Compute(ctx, 100); err != nil {
			t.Fatal(err)
		}
	}
	// The skill is the job's, too, which nobody erases with a person.
	fixture.MustExec(t, db, `UPDATE jobs SET required_skills = '{}'`)
	fixture.MustExec(t, db, `UPDATE job_index SET terms = ''`)
	fixture.MustExec(t, db, `VACUUM FULL jobs, job_index`)
	for _, id := range ids[20:] {
		_, _, err := s.Idempotent(ctx, account.Principal{Tenant: tenant}, "open", []byte("f"), func(ctx context.Context) (store.Reply, error) {
			p, err := s.UnlockCandidate(ctx, account.Principal{Tenant: tenant}, id)
			return store.Reply{Content: []byte(p.Email)}, err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	fixture.MustExec(t, db, `ANALYZE`)
	fixture.MustExec(t, db, `CHECKPOINT`)
	if n := stands(t, server.URL(), erasedCanary); n < len(cvPlaces) {
		t.Fatalf("the dump before has %d canaries, want at least %d", n, len(cvPlaces))
	}
	before := stands(t, server.URL(), keptCanary)
	if _, err := s.Erasure.EraseCV(ctx, ids[20]); err != nil {
		t.Fatal(err)
	}
	if n := stands(t, server.URL(), erasedCanary); n > 0 {
		t.Errorf("the dump still has %d canaries", n)
	}
	if after := stands(t, server.URL(), keptCanary); after != before {
		t.Errorf("of somebody else %d canaries are left of %d", after, before)
	}
	if done, err := s.Erasure.Vacuum(ctx); err != nil || done.WriteAheadLog != erase.LogClean {
		t.Fatalf("vacuum: %+v, %v", done, err)
	}
	if files := standsOnDisk(t, dir, erasedCanary); len(files) > 0 {
		t.Errorf("the disk still has canaries in %v", files)
	}
	if _, err := s.UnlockCandidate(ctx, account.Principal{Tenant: tenant}, ids[21]); err != nil {
		t.Errorf("somebody else: %v", err)
	}
}
