package board_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
)

var now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func ptr[T any](v T) *T { return new(v) }

// complete is a patch that makes a job which can be published.
func complete() board.JobPatch {
	return board.JobPatch{
		Title:             board.Set("Platform Lead"),
		Reference:         board.Set("PL-001"),
		Description:       board.Set("<p>Lead the platform team.</p>"),
		City:              board.Set("London"),
		Country:           board.Set("United Kingdom"),
		EmploymentType:    board.Set(board.FullTime),
		RemoteType:        board.Set(board.HybridRemote),
		ApplyMethod:       board.Set(board.ApplyByEmail),
		ApplyEmailAddress: board.Set("jobs@example.com"),
	}
}

func draft(t *testing.T, p board.JobPatch) board.Job {
	t.Helper()
	j, err := board.NewJob(7, board.ModeLive, p, now)
	if err != nil {
		t.Fatalf("NewJob: %v", err)
	}
	return j
}

func active(t *testing.T, p board.JobPatch) board.Job {
	t.Helper()
	j := draft(t, p)
	if err := j.Publish(now, nil); err != nil {
		t.Fatalf("Publish: %v", err)
	}
	return j
}

// brief lists field errors as "field code".
func brief(fields []board.FieldError) []string {
	var s []string
	for _, f := range fields {
		s = append(s, f.Field+" "+f.Code)
	}
	return s
}

func diff(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func TestMoment(t *testing.T) {
	t.Parallel()
	in := time.Date(2026, 5, 1, 14, 0, 0, 123456789, time.FixedZone("", 2*3600))
	diff(t, "Moment", time.Date(2026, 5, 1, 12, 0, 0, 123456000, time.UTC), board.Moment(in))
}

func TestEnums(t *testing.T) {
	t.Parallel()
	check := func(name string, valid, wrong bool) {
		if !valid || wrong {
			t.Errorf("%s: all values valid %t, an unknown or empty one valid %t", name, valid, wrong)
		}
	}
	check("Mode", all(board.AllModes(), board.Mode.Valid), board.Mode("").Valid())
	check("Role", all(board.AllRoles(), board.Role.Valid), board.Role("Owner").Valid())
	check("JobStatus", all(board.AllJobStatuses(), board.JobStatus.Valid), board.JobStatus("draft").Valid())
	check("EmploymentType", all(board.AllEmploymentTypes(), board.EmploymentType.Valid), board.EmploymentType("").Valid())
	check("RemoteType", all(board.AllRemoteTypes(), board.RemoteType.Valid), board.RemoteType("").Valid())
	check("Seniority", all(board.AllSeniorities(), board.Seniority.Valid), board.Seniority("").Valid())
	check("ApplyMethod", all(board.AllApplyMethods(), board.ApplyMethod.Valid), board.ApplyMethod("").Valid())
	check("SalaryPeriod", all(board.AllSalaryPeriods(), board.SalaryPeriod.Valid), board.SalaryPeriod("Week").Valid())
	check("CreditKind", all(board.AllCreditKinds(), board.CreditKind.Valid), board.CreditKind("").Valid())
	check("LimitFamily", all(board.AllLimitFamilies(), board.LimitFamily.Valid), board.LimitFamily("").Valid())
}

func all[T any](values []T, valid func(T) bool) bool {
	for _, v := range values {
		if !valid(v) {
			return false
		}
	}
	return len(values) > 0
}

func TestRole(t *testing.T) {
	t.Parallel()
	var forbidden []board.Right
	got := map[board.Role][]board.Right{}
	for _, role := range append(board.AllRoles(), "Stranger") {
		got[role] = nil
		for _, right := range board.AllRights() {
			switch may := role.May(right); {
			case role == board.RoleEmployerAdmin && !may:
				forbidden = append(forbidden, right)
			case role != board.RoleEmployerAdmin && may:
				got[role] = append(got[role], right)
			}
		}
	}
	diff(t, "what an admin may not", []board.Right{board.RightReviewKeys}, forbidden)
	diff(t, "rights", map[board.Role][]board.Right{
		board.RoleEmployerAdmin: nil,
		board.RoleRecruiter:     {board.RightOwnAccount, board.RightSeeWork, board.RightWork, board.RightSearchCV},
		board.RoleViewer: {
			board.RightOwnAccount, board.RightSeeWork, board.RightSeeKeys, board.RightSeeWebhooks, board.RightSeeTeam, board.RightSeeCompany,
			board.RightSeeBilling,
		},
		board.RolePlatformReviewer: {board.RightReviewKeys},
		"Stranger":                 nil,
	}, got)
	if board.RoleRecruiter.May("Everything") || board.RoleViewer.May("Everything") {
		t.Error("a right that nobody named")
	}
}
