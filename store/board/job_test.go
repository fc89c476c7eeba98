package board_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"itmanagerjobs/store/board"
)

func codeOf(t *testing.T, err error) board.Code {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *board.Error
	if !errors.As(err, &e) {
		t.Fatalf("not a *board.Error: %v", err)
	}
	if e.Message == "" {
		t.Errorf("error %s has no message", e.Code)
	}
	return e.Code
}

func fieldsOf(err error) []string {
	if e, ok := errors.AsType[*board.Error](err); ok {
		return brief(e.Fields)
	}
	return nil
}

func TestNewJobNeedsOnlyATitle(t *testing.T) {
	t.Parallel()
	at := now.Add(1234 * time.Nanosecond)
	got, err := board.NewJob(7, board.ModeTest, board.JobPatch{Title: board.Set("  Platform Lead ")}, at)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "job", board.Job{
		EmployerID: 7, Mode: board.ModeTest, Status: board.JobDraft, Version: 1, Title: "Platform Lead",
		RequiredSkills: []string{}, OptionalSkills: []string{},
		CreatedAt: now.Add(time.Microsecond), UpdatedAt: now.Add(time.Microsecond),
	}, got)

	_, err = board.NewJob(7, board.ModeLive, board.JobPatch{City: board.Set("a\x00b")}, now)
	diff(t, "code", board.CodeInvalidRequest, codeOf(t, err))
	diff(t, "fields", []string{"title required", "city invalid_format"}, fieldsOf(err))

	_, err = board.NewJob(7, board.ModeLive, board.JobPatch{Title: board.Clear[string]()}, now)
	diff(t, "fields of a null title", []string{"title required"}, fieldsOf(err))
}

func TestApply(t *testing.T) {
	t.Parallel()
	later := now.Add(time.Hour)
	salary := board.Salary{Min: ptr[int64](100), Currency: "GBP", Period: board.PerYear}
	paid := func(t *testing.T) board.Job {
		p := complete()
		p.Salary = board.SetSalary(salary)
		return draft(t, p)
	}
	for _, tc := range []struct {
		name    string
		start   func(*testing.T) board.Job
		patch   board.JobPatch
		want    func(*board.Job) // what differs from the start; nil: nothing
		code    board.Code
		problem []string
	}{
		{name: "empty", patch: board.JobPatch{}},
		{name: "same values", patch: complete()},
		{name: "same after trim", patch: board.JobPatch{Title: board.Set(" Platform Lead "), City: board.Set("London ")}},
		{name: "clear what is clear", patch: board.JobPatch{Salary: board.Clear[board.SalaryPatch](), RequiredSkills: board.Clear[[]string](), ApplyURL: board.Clear[string]()}},
		{name: "change", patch: board.JobPatch{Title: board.Set("CTO")}, want: func(j *board.Job) { j.Title = "CTO" }},
		{name: "clear", patch: board.JobPatch{Reference: board.Clear[string]()}, want: func(j *board.Job) { j.Reference = nil }},
		{name: "blank clears a free text", patch: board.JobPatch{City: board.Set(" "), Description: board.Set("<p> </p>")}, want: func(j *board.Job) { j.City, j.Description = nil, nil }},
		{name: "salary", patch: board.JobPatch{Salary: board.SetSalary(salary)}, want: func(j *board.Job) { j.Salary = &salary }},
		{
			name: "a part of a salary", start: paid, patch: board.JobPatch{Salary: board.Set(board.SalaryPatch{Max: board.Set[int64](900)})},
			want: func(j *board.Job) {
				j.Salary = &board.Salary{Min: ptr[int64](100), Max: ptr[int64](900), Currency: "GBP", Period: board.PerYear}
			},
		},
		{
			name: "an end of a salary goes", start: paid, patch: board.JobPatch{Salary: board.Set(board.SalaryPatch{Min: board.Clear[int64](), Max: board.Set[int64](900), Period: board.Set(board.PerDay)})},
			want: func(j *board.Job) {
				j.Salary = &board.Salary{Max: ptr[int64](900), Currency: "GBP", Period: board.PerDay}
			},
		},
		{name: "no part of a salary", start: paid, patch: board.JobPatch{Salary: board.Set(board.SalaryPatch{})}},
		{
			name: "no end of a salary is left", start: paid, patch: board.JobPatch{Salary: board.Set(board.SalaryPatch{Min: board.Clear[int64]()})},
			code: board.CodeInvalidRequest, problem: []string{"salary.min required"},
		},
		{
			name: "ends of a salary that cross", start: paid, patch: board.JobPatch{Salary: board.Set(board.SalaryPatch{Max: board.Set[int64](99)})},
			code: board.CodeInvalidRequest, problem: []string{"salary.min conflict"},
		},
		{
			name: "a part of no salary", patch: board.JobPatch{Salary: board.Set(board.SalaryPatch{Max: board.Set[int64](900)})},
			code: board.CodeInvalidRequest, problem: []string{"salary.currency required", "salary.period required"},
		},
		{name: "skills", patch: board.JobPatch{RequiredSkills: board.Set([]string{" Go ", "SQL"})}, want: func(j *board.Job) { j.RequiredSkills = []string{"Go", "SQL"} }},
		{name: "null title", patch: board.JobPatch{Title: board.Clear[string]()}, code: board.CodeInvalidRequest, problem: []string{"title required"}},
		{name: "one bad field stops all", patch: board.JobPatch{Title: board.Set("CTO"), Reference: board.Set("")}, code: board.CodeInvalidRequest, problem: []string{"reference too_short"}},
		{
			name: "active stays complete", start: func(t *testing.T) board.Job { return active(t, complete()) },
			patch: board.JobPatch{Country: board.Clear[string](), ApplyEmailAddress: board.Clear[string](), City: board.Set("a\x01")},
			code:  board.CodeInvalidRequest, problem: []string{"city invalid_format", "country required", "applyEmailAddress required"},
		},
		{
			name: "active may change", start: func(t *testing.T) board.Job { return active(t, complete()) },
			patch: board.JobPatch{City: board.Clear[string](), RemoteType: board.Set(board.FullyRemote)},
			want:  func(j *board.Job) { j.City, j.RemoteType = nil, ptr(board.FullyRemote) },
		},
		{
			name: "expired may be incomplete", start: func(t *testing.T) board.Job {
				j := active(t, complete())
				j.Expire(*j.ExpiryDate)
				j.UpdatedAt = now
				return j
			},
			patch: board.JobPatch{Country: board.Clear[string]()}, want: func(j *board.Job) { j.CountryCode = nil },
		},
		{
			name: "deactivated is closed", start: func(t *testing.T) board.Job {
				j := draft(t, complete())
				j.Deactivate(now)
				return j
			},
			patch: board.JobPatch{}, code: board.CodeInvalidState,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if tc.start == nil {
				tc.start = func(t *testing.T) board.Job { return draft(t, complete()) }
			}
			got, want := tc.start(t), tc.start(t)
			if tc.want != nil {
				tc.want(&want)
				want.Version++
				want.UpdatedAt = later
			}
			before := got
			beforeCopy := got.Clone()
			changed, err := got.Apply(tc.patch, later)
			diff(t, "code", tc.code, codeOf(t, err))
			diff(t, "fields", tc.problem, fieldsOf(err))
			diff(t, "changed", tc.want != nil, changed)
			diff(t, "job", want, got)
			diff(t, "an earlier copy", beforeCopy, before)
		})
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	with := func(change func(*board.JobPatch)) board.JobPatch {
		p := complete()
		change(&p)
		return p
	}
	for _, tc := range []struct {
		name    string
		patch   board.JobPatch
		prepare func(*board.Job)
		expiry  *time.Time
		until   time.Time
		code    board.Code
		problem []string
	}{
		{name: "default run", patch: complete(), until: now.AddDate(0, 0, 30)},
		{name: "own date", patch: complete(), expiry: new(time.Date(2026, 6, 1, 2, 0, 0, 999, time.FixedZone("", 7200))), until: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)},
		{name: "the longest", patch: complete(), expiry: new(now.Add(board.MaxRun)), until: now.Add(board.MaxRun)},
		{name: "too long", patch: complete(), expiry: new(now.Add(board.MaxRun + time.Microsecond)), code: board.CodeInvalidRequest, problem: []string{"expiryDate out_of_range"}},
		{name: "now", patch: complete(), expiry: new(now), code: board.CodeInvalidRequest, problem: []string{"expiryDate out_of_range"}},
		{name: "past", patch: complete(), expiry: new(now.AddDate(-1, 0, 0)), code: board.CodeInvalidRequest, problem: []string{"expiryDate out_of_range"}},
		{name: "year 1", patch: complete(), expiry: new(time.Time{}), code: board.CodeInvalidRequest, problem: []string{"expiryDate out_of_range"}},
		{
			name: "everything missing, and a bad date", patch: board.JobPatch{Title: board.Set("CTO")}, expiry: new(now), code: board.CodeInvalidRequest,
			problem: []string{"description required", "city required", "country required", "employmentType required", "applyMethod required", "expiryDate out_of_range"},
		},
		{name: "remote needs no city", patch: with(func(p *board.JobPatch) {
			p.City, p.RemoteType = board.Clear[string](), board.Set(board.FullyRemote)
		}), until: now.AddDate(0, 0, 30)},
		{name: "hybrid needs a city", patch: with(func(p *board.JobPatch) { p.City = board.Clear[string]() }), code: board.CodeInvalidRequest, problem: []string{"city required"}},
		{name: "email target", patch: with(func(p *board.JobPatch) { p.ApplyEmailAddress = board.Clear[string]() }), code: board.CodeInvalidRequest, problem: []string{"applyEmailAddress required"}},
		{name: "url target", patch: with(func(p *board.JobPatch) { p.ApplyMethod = board.Set(board.ApplyByURL) }), code: board.CodeInvalidRequest, problem: []string{"applyUrl required"}},
		{name: "push target", patch: with(func(p *board.JobPatch) { p.ApplyMethod = board.Set(board.ApplyByHTTPPush) }), code: board.CodeInvalidRequest, problem: []string{"applyPushUrl required"}},
		{name: "own form has no target", patch: with(func(p *board.JobPatch) { p.ApplyMethod = board.Set(board.ApplyDirect) }), until: now.AddDate(0, 0, 30)},
		{name: "active", patch: complete(), prepare: func(j *board.Job) { j.Status = board.JobActive }, code: board.CodeInvalidState},
		{name: "deactivated", patch: complete(), prepare: func(j *board.Job) { j.Status = board.JobDeactivated }, code: board.CodeInvalidState},
		{name: "state comes first", patch: board.JobPatch{Title: board.Set("CTO")}, prepare: func(j *board.Job) { j.Status = board.JobDeactivated }, expiry: new(now), code: board.CodeInvalidState},
		{name: "expired", patch: complete(), prepare: func(j *board.Job) { j.Status = board.JobExpired }, until: now.AddDate(0, 0, 30)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := draft(t, tc.patch)
			if tc.prepare != nil {
				tc.prepare(&got)
			}
			want := got.Clone()
			if tc.code == "" {
				want.Status, want.Version, want.Publications = board.JobActive, 2, 1
				want.PostedDate, want.ExpiryDate = new(now), new(tc.until)
			}
			err := got.Publish(now, tc.expiry)
			diff(t, "code", tc.code, codeOf(t, err))
			diff(t, "fields", tc.problem, fieldsOf(err))
			diff(t, "job", want, got)
		})
	}
}

func TestAsPublished(t *testing.T) {
	t.Parallel()
	d := draft(t, board.JobPatch{Title: board.Set("CTO"), Description: board.Set("x"), City: board.Set("Bern"), Country: board.Set("CH")})
	shown, problems := d.AsPublished(now, nil)
	diff(t, "problems", []string{"employmentType required", "applyMethod required"}, brief(problems))
	diff(t, "expiry", new(now.Add(board.DefaultRun)), shown.ExpiryDate)
	diff(t, "the job itself", (*time.Time)(nil), d.PostedDate)

	a := active(t, complete())
	shown, problems = a.AsPublished(now.Add(time.Hour), nil)
	diff(t, "problems of an active job", []string{"status invalid"}, brief(problems))
	diff(t, "dates of an active job", a, shown)
}

func TestDeactivateAndExpire(t *testing.T) {
	t.Parallel()
	j := active(t, complete())
	due := *j.ExpiryDate
	if j.Expire(due.Add(-time.Microsecond)) {
		t.Error("expired before its time")
	}
	if !j.Expire(due) || j.Status != board.JobExpired || j.Version != 3 {
		t.Errorf("not expired in time: %s, version %d", j.Status, j.Version)
	}
	if j.Expire(due) {
		t.Error("expired twice")
	}
	if err := j.Publish(due, nil); err != nil {
		t.Errorf("publish again: %v", err)
	}
	diff(t, "publications", 2, j.Publications)
	if !j.Deactivate(due) || j.Deactivate(due) || j.Status != board.JobDeactivated {
		t.Errorf("Deactivate must change once; job is %s", j.Status)
	}
	diff(t, "version", int64(5), j.Version)
	if j.Expire(due.AddDate(9, 0, 0)) {
		t.Error("a closed job expired")
	}
	diff(t, "updatedAt", due, j.UpdatedAt)
	j.UpdatedAt = due.Add(time.Second)
	j.Status = board.JobDraft
	j.Deactivate(due)
	diff(t, "updatedAt never runs backwards", due.Add(time.Second), j.UpdatedAt)
}

// Whatever is done to jobs in whatever order, none reaches a state that the rules forbid.
func TestRandomOperationsKeepTheRules(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	patches := []board.JobPatch{
		complete(),
		{},
		{Country: board.Clear[string]()},
		{City: board.Clear[string]()},
		{RemoteType: board.Set(board.FullyRemote)},
		{Title: board.Clear[string]()},
		{ApplyMethod: board.Set(board.ApplyByURL)},
		{ApplyURL: board.Set("https://example.com/")},
		{ApplyEmailAddress: board.Clear[string]()},
		{RequiredSkills: board.Set([]string{"Go", "go"})},
		{RequiredSkills: board.Set([]string{"Go"})},
	}
	next := map[board.JobStatus][]board.JobStatus{
		board.JobDraft:       {board.JobDraft, board.JobActive, board.JobDeactivated},
		board.JobActive:      {board.JobActive, board.JobExpired, board.JobDeactivated},
		board.JobExpired:     {board.JobExpired, board.JobActive, board.JobDeactivated},
		board.JobDeactivated: {board.JobDeactivated},
	}
	reached := map[board.JobStatus]int{}
	for range 300 {
		j, at := draft(t, board.JobPatch{Title: board.Set("CTO")}), now
		for range 40 {
			before, failed := j.Clone(), false
			var changed bool
			at = at.Add(time.Duration(r.IntN(10*24)) * time.Hour)
			switch op := r.IntN(20); {
			case op < 11:
				c, err := j.Apply(patches[r.IntN(len(patches))], at)
				changed, failed = c, err != nil
			case op < 16:
				failed = j.Publish(at, new(at.Add(time.Duration(r.IntN(500*24)-24)*time.Hour))) != nil
				changed = !failed
			case op < 19:
				changed = j.Expire(at)
			default:
				changed = j.Deactivate(at)
			}
			reached[j.Status]++
			if !slices.Contains(next[before.Status], j.Status) {
				t.Fatalf("%s became %s", before.Status, j.Status)
			}
			if failed || !changed {
				diff(t, "job after an error or no change", before, j)
			} else {
				diff(t, "version", before.Version+1, j.Version)
			}
			if j.Status == board.JobActive && (j.PublishProblems() != nil || j.PostedDate == nil || !j.ExpiryDate.After(*j.PostedDate)) {
				t.Fatalf("an Active job is incomplete: %+v", j)
			}
			if j.Title == "" || j.RequiredSkills == nil || j.UpdatedAt.Before(before.UpdatedAt) || j.Publications < before.Publications {
				t.Fatalf("broken job: %+v", j)
			}
		}
	}
	diff(t, "states reached", 4, len(reached))
}
