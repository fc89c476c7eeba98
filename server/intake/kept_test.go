package intake_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
)

var keptToken = regexp.MustCompile(`name="cvToken" value="([^"]+)"`)

// inBrowser sends a form as a browser does.
func inBrowser(t *testing.T, api *servertest.API, status int, job int64, parts ...servertest.Part) string {
	t.Helper()
	q := servertest.Applying(t, job, parts...)
	q.Header["Accept"] = "text/html,application/xhtml+xml,*/*;q=0.8"
	return string(api.Want(t, status, q).Body)
}

func tokenOf(t *testing.T, page, file string) string {
	t.Helper()
	m := keptToken.FindStringSubmatch(page)
	if m == nil || !strings.Contains(page, file) {
		t.Fatalf("the page does not keep %s:\n%s", file, page)
	}
	return m[1]
}

// TestACVSurvivesAMistakeInAnotherField: it goes with the form that is sent again, once, for its job alone and for an hour.
func TestACVSurvivesAMistakeInAnotherField(t *testing.T) {
	t.Parallel()
	api := applyAPI(t)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	job, other := api.OpenJob(t, tenant).ID, api.OpenJob(t, tenant).ID
	wrong := servertest.Ada()
	wrong[2][2] = "ada"
	with := func(parts []servertest.Part, more ...servertest.Part) []servertest.Part {
		return append(append([]servertest.Part(nil), parts...), more...)
	}
	cv := func(name string) servertest.Part { return servertest.Part{"cv", name, "Curriculum of Ada"} }
	none := servertest.Part{"cv", "", ""}

	first := tokenOf(t, inBrowser(t, api, 400, job, with(wrong, cv("first.txt"))...), "“first.txt” has arrived")
	token := func(value string) servertest.Part { return servertest.Part{"cvToken", "", value} }
	if again := tokenOf(t, inBrowser(t, api, 400, job, with(wrong, token(first), none)...), "first.txt"); again != first {
		t.Error("a second mistake makes another token")
	}
	second := tokenOf(t, inBrowser(t, api, 400, job, with(wrong, token(first), cv("second.txt"))...), "second.txt")
	gone := `<a href="#cv">CV was kept for an hour only`
	for _, tt := range []struct {
		why, token string
		job        int64
	}{{"another file took its place", first, job}, {"it is for another job", second, other}, {"nobody has it", "x", job}} {
		if page := inBrowser(t, api, 400, tt.job, with(servertest.Ada(), token(tt.token), none)...); !strings.Contains(page, gone) || keptToken.MatchString(page) {
			t.Errorf("%s, and the page says:\n%s", tt.why, page)
		}
	}
	inBrowser(t, api, 303, job, with(servertest.Ada(), token(second), none)...)
	if a := application(t, api, key, 1); a.CV == nil || a.CV.Name != "second.txt" || a.CV.Size != int64(len("Curriculum of Ada")) {
		t.Errorf("the application has %+v", a.CV)
	}
	inBrowser(t, api, 400, job, with(servertest.Ada(), token(second), none)...)

	late := tokenOf(t, inBrowser(t, api, 400, job, with(wrong, cv("late.txt"))...), "late.txt")
	api.Clock.Advance(board.KeptCVLife)
	inBrowser(t, api, 400, job, with(servertest.Ada(), token(late), none)...)
	if n, err := api.Store.Pipeline.PurgeKeptCVs(t.Context(), 10); n != 1 || err != nil {
		t.Errorf("purged %d, %v; want the late one alone", n, err)
	}
}

// TestANetworkHasSoManyKeptCVs also shows that a file that can't be a CV, and a program's, are not kept.
func TestANetworkHasSoManyKeptCVs(t *testing.T) {
	t.Parallel()
	api := applyAPI(t)
	tenant, _ := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	job := api.OpenJob(t, tenant).ID
	cv := servertest.Part{"cv", "cv.txt", "Ada"}
	if page := inBrowser(t, api, 400, job, servertest.Part{"cv", "cv.exe", "MZ\x90"}); keptToken.MatchString(page) {
		t.Error("a program is kept")
	}
	api.Want(t, 400, servertest.Applying(t, job, cv))
	for i := range 21 {
		page := inBrowser(t, api, 400, job, cv)
		if kept := keptToken.MatchString(page); kept != (i < 20) {
			t.Errorf("file %d is kept: %t", i+1, kept)
		}
	}
}

// TestAnErasureReachesKeptCVs: the hour does not have to pass.
func TestAnErasureReachesKeptCVs(t *testing.T) {
	t.Parallel()
	api := applyAPI(t)
	tenant, _ := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	job := api.OpenJob(t, tenant).ID
	inBrowser(t, api, 303, job, servertest.Ada()...)
	ada := servertest.Ada()
	ada[0][2] = ""
	ada[2][2] = strings.ToUpper(ada[2][2])
	token := tokenOf(t, inBrowser(t, api, 400, job, append(ada, servertest.Part{"cv", "cv.txt", "Ada"})...), "cv.txt")
	if _, err := api.Store.Pipeline.KeptCV(t.Context(), job, token); err != nil {
		t.Fatal(err)
	}
	if _, err := api.Store.Erasure.EraseCandidate(t.Context(), tenant, 1, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	if _, err := api.Store.Pipeline.KeptCV(t.Context(), job, token); err == nil {
		t.Error("the CV of somebody erased is still there")
	}
}

// TestAFormThatIsTooLargeComesBackAsItWas has a file over the limit of CVs, of forms, and of what the server waits for.
func TestAFormThatIsTooLargeComesBackAsItWas(t *testing.T) {
	t.Parallel()
	api := applyAPI(t)
	tenant, _ := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	job := api.OpenJob(t, tenant).ID
	for _, size := range []int{11 << 20, 13 << 20, 40 << 20} {
		page := inBrowser(t, api, 413, job, append(servertest.Ada(), servertest.Part{"cv", "cv.txt", strings.Repeat("x", size)})...)
		for _, want := range []string{`value="Ada"`, "I am keen.", `<a href="#cv">Your CV is larger than 10 MB`, `data-max-bytes="10485760"`} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: no %s in\n%s", strconv.Itoa(size), want, page)
			}
		}
	}
}
