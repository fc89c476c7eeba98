package board_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
)

func TestWhatFollowsWhat(t *testing.T) {
	t.Parallel()
	// Rows are the current status, columns the next one in the order of AllApplicationStatuses: y yes, r with a reason,
	// - no, . no change.
	for current, row := range map[board.ApplicationStatus]string{
		board.ApplicationNew:         ".yyyyyy",
		board.ApplicationScreened:    "y.yyyyy",
		board.ApplicationInterviewed: "-y.yyyy",
		board.ApplicationOffered:     "--y.yyy",
		board.ApplicationHired:       "---r.rr",
		board.ApplicationRejected:    "rrrrr.r",
		board.ApplicationWithdrawn:   "rrrrrr.",
	} {
		var got strings.Builder
		for _, next := range board.AllApplicationStatuses() {
			changed, without := board.CheckMove(current, next, nil, " ")
			changedWith, with := board.CheckMove(current, next, nil, "called back")
			switch {
			case without == nil && with == nil && changed && changedWith:
				got.WriteByte('y')
			case without == nil && with == nil && !changed && !changedWith:
				got.WriteByte('.')
			case code(without) == board.CodeInvalidRequest && with == nil && changedWith:
				got.WriteByte('r')
			case code(without) == board.CodeInvalidState && code(with) == board.CodeInvalidState:
				got.WriteByte('-')
			default:
				t.Errorf("%s to %s: %v, with a reason %v", current, next, without, with)
			}
		}
		if diff := cmp.Diff(row, got.String()); diff != "" {
			t.Errorf("from %s (-want +got):\n%s", current, diff)
		}
	}
}

func code(err error) board.Code {
	if e, ok := errors.AsType[*board.Error](err); ok {
		return e.Code
	}
	return ""
}

func TestAStaleFromStatusIsAConflict(t *testing.T) {
	t.Parallel()
	from := board.ApplicationNew
	// Also when the application is where the caller wants it.
	for _, to := range []board.ApplicationStatus{board.ApplicationOffered, board.ApplicationScreened} {
		if _, err := board.CheckMove(board.ApplicationScreened, to, &from, ""); code(err) != board.CodeConflict {
			t.Errorf("to %s: %v, want conflict", to, err)
		}
	}
	if changed, err := board.CheckMove(board.ApplicationNew, board.ApplicationScreened, &from, ""); err != nil || !changed {
		t.Errorf("a right one: %t, %v", changed, err)
	}
}

func TestWhoMayApply(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC)
	later := now.Add(time.Second)
	for name, tc := range map[string]struct {
		job  board.Job
		want error
	}{
		"active":          {board.Job{Status: board.JobActive, ExpiryDate: &later}, nil},
		"about to expire": {board.Job{Status: board.JobActive, ExpiryDate: &now}, board.ErrJobExpired},
		"expired":         {board.Job{Status: board.JobExpired, ExpiryDate: &now}, board.ErrJobExpired},
		"closed":          {board.Job{Status: board.JobDeactivated, ExpiryDate: &later}, board.ErrJobClosed},
	} {
		if err := tc.job.OpenFor(now); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	if err := (board.Job{Status: board.JobDraft}).OpenFor(now); code(err) != board.CodeNotFound {
		t.Errorf("draft: %v, want not_found", err)
	}
}

func TestTheTypeIsHowItArrived(t *testing.T) {
	t.Parallel()
	for _, m := range board.AllApplyMethods() {
		if got := board.TypeOf(board.SourceForm, m); string(got) != string(m) || !got.Valid() {
			t.Errorf("form, %s: %s", m, got)
		}
		if got := board.TypeOf(board.SourceCareerjet, m); got != board.TypeCareerjetPush {
			t.Errorf("Careerjet, %s: %s", m, got)
		}
		if got := board.TypeOf(board.SourceEmail, m); got != board.TypeEmailApply {
			t.Errorf("email, %s: %s", m, got)
		}
	}
}

func TestAnApplicantIsTrimmedAndEveryBadFieldNamed(t *testing.T) {
	t.Parallel()
	good, err := board.Applicant{
		FirstName: " Ada ", LastName: "Lovelace", Email: " ada@example.com ", Phone: "+44 20 7946 0000", CoverLetter: "Hello,\r\nI am\x00 keen.\u202e ",
	}.Normalize()
	want := board.Applicant{FirstName: "Ada", LastName: "Lovelace", Email: "ada@example.com", Phone: "+44 20 7946 0000", CoverLetter: "Hello,\nI am keen."}
	if diff := cmp.Diff(want, good); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	_, _, err = board.CheckApplication(board.Applicant{
		FirstName: " ", LastName: strings.Repeat("x", 101), Email: "nobody", Phone: strings.Repeat("1", 51), CoverLetter: strings.Repeat("x", 20_001),
	}, &board.Upload{Name: "cv.exe", Bytes: []byte("MZ")})
	e, _ := errors.AsType[*board.Error](err)
	if e == nil {
		t.Fatalf("a bad applicant: %v", err)
	}
	var fields []string
	for _, f := range e.Fields {
		fields = append(fields, f.Field+" "+f.Code)
	}
	if diff := cmp.Diff([]string{
		"firstName required", "lastName too_long", "email invalid_format", "phone too_long", "coverLetter too_long", "cv not_allowed",
	}, fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestContentIsWhatIsSaid(t *testing.T) {
	t.Parallel()
	a := board.Applicant{FirstName: "Ada", LastName: "Lovelace", Email: "ada@example.com"}
	hash := a.ContentHash(1, []byte("cv"))
	same := a
	same.Email = "ADA@example.com"
	if !slices.Equal(hash, same.ContentHash(1, []byte("cv"))) {
		t.Error("the case of an address makes a difference")
	}
	moved := board.Applicant{FirstName: "AdaL", LastName: "ovelace", Email: "ada@example.com"}
	for name, other := range map[string][]byte{
		"another job": a.ContentHash(2, []byte("cv")), "another CV": a.ContentHash(1, []byte("CV")), "no CV": a.ContentHash(1, nil),
		"a border moved": moved.ContentHash(1, []byte("cv")),
	} {
		if slices.Equal(hash, other) {
			t.Errorf("%s makes no difference", name)
		}
	}
}

func TestATraceIsTakenAsFarAsItGoes(t *testing.T) {
	t.Parallel()
	for in, want := range map[board.Trace]board.Trace{
		{IP: " ::ffff:192.0.2.1 ", UserAgent: "Mozilla\n5.0"}:     {IP: "192.0.2.1", UserAgent: "Mozilla 5.0"},
		{IP: "fe80::1%eth0", UserAgent: ""}:                       {IP: "fe80::1"},
		{IP: "'; DROP", UserAgent: strings.Repeat("\u00e9", 501)}: {UserAgent: strings.Repeat("\u00e9", 500)},
	} {
		if diff := cmp.Diff(want, in.Normalize()); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", in, diff)
		}
	}
}

func TestAMoveTookPlaceBetweenArrivalAndNow(t *testing.T) {
	t.Parallel()
	arrived, now := now.Add(-time.Hour), now
	at := func(d time.Duration) *time.Time { m := now.Add(d); return &m }
	for _, tt := range []struct {
		name string
		at   *time.Time
		want time.Time
		bad  bool
	}{
		{name: "not said", want: now},
		{name: "meanwhile", at: at(-time.Minute), want: now.Add(-time.Minute)},
		{name: "at the arrival", at: &arrived, want: arrived},
		{name: "by a clock that is fast", at: at(board.MoveTolerance), want: now},
		{name: "in the future", at: at(board.MoveTolerance + time.Second), bad: true},
		{name: "by a clock that is slow", at: at(-time.Hour - board.MoveTolerance), want: arrived},
		{name: "before the arrival", at: at(-time.Hour - board.MoveTolerance - time.Second), bad: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := board.MovedAt(tt.at, arrived, now)
			if tt.bad {
				var e *board.Error
				if !errors.As(err, &e) || e.Code != board.CodeInvalidRequest || len(e.Fields) != 1 || e.Fields[0].Field != "changedAt" {
					t.Errorf("%v, want a problem of changedAt", err)
				}
				return
			}
			if err != nil || !got.Equal(tt.want) {
				t.Errorf("%s, %v; want %s", got, err, tt.want)
			}
		})
	}
}

func TestTheVersionOfRegionsIsTheirContent(t *testing.T) {
	t.Parallel()
	if a, b := board.RegionsVersion([]string{"GB", "IE"}), board.RegionsVersion([]string{"GB", "IE"}); a != b {
		t.Errorf("one list has the versions %d and %d", a, b)
	}
	seen := map[int64][]string{}
	for _, list := range [][]string{nil, {"GB"}, {"IE"}, {"GB", "IE"}, {"IE", "GB"}} {
		v := board.RegionsVersion(list)
		if other, ok := seen[v]; ok || v < 0 {
			t.Errorf("%v and %v have the version %d", other, list, v)
		}
		seen[v] = list
	}
}
