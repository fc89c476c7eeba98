package intake_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/webhooks/careerjet"
)

const feedSecret = "shared-with-careerjet"

func careerjetPush(uuid string) careerjet.Application {
	return careerjet.Application{
		JobID: "PL-001", FirstName: "Ada", LastName: "Lovelace", Email: "ada@example.com", UUID: uuid,
		CV:          &careerjet.File{Name: "cv.txt", MediaType: "text/plain", Content: []byte("I run platforms.")},
		CandidateIP: "198.51.100.7", CandidateUserAgent: "Mozilla/5.0", SourceSignature: careerjet.Sign(uuid, feedSecret),
	}
}

// employerWithFeed has an Active job PL-001 and a secret.
func employerWithFeed(t *testing.T, api *servertest.API, name, secret string) (board.Tenant, string, board.Job) {
	t.Helper()
	tenant, key := api.Employer(t, name, 5, apikey.ScopeJobPosting)
	job := api.OpenJob(t, tenant, func(p *board.JobPatch) { p.Reference = board.Set("PL-001") })
	if _, err := api.Store.Pipeline.UpdateCareerjetFeed(t.Context(), tenant.EmployerID, pipeline.CareerjetPatch{Secret: board.Set(secret)}); err != nil {
		t.Fatal(err)
	}
	return tenant, key, job
}

func pushTo(t *testing.T, api *servertest.API, a careerjet.Application) string {
	t.Helper()
	e := careerjet.Encode(a)
	res := api.Do(t, servertest.Request{Method: http.MethodPost, Path: "/apply/careerjet", Body: e.Bytes(), Header: map[string]string{"Content-Type": e.ContentType()}})
	if !strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		t.Errorf("Content-Type %s", res.Header.Get("Content-Type"))
	}
	return http.StatusText(res.Status) + " " + string(res.Body)
}

const (
	accepted = `OK {"status":"application accepted"}`
	invalid  = `Forbidden {"status":"invalid source"}`
	over     = `Conflict {"status":"application period closed"}`
	absent   = `Gone {"status":"job not found"}`
	region   = `Unavailable For Legal Reasons {"status":"region not accepted"}`
	teapot   = `I'm a teapot {"status":"unexpected error"}`
)

func TestCareerjetPushes(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key, job := employerWithFeed(t, api, "Northwind", feedSecret)
	// Another employer with the same reference, whose secret decides.
	_, otherKey, _ := employerWithFeed(t, api, "Contoso", "another-secret")
	with := func(change func(*careerjet.Application)) careerjet.Application {
		a := careerjetPush("u-1")
		change(&a)
		return a
	}
	for _, tt := range []struct {
		name string
		push careerjet.Application
		want string
	}{
		{"no signature", with(func(a *careerjet.Application) { a.SourceSignature = "" }), invalid},
		{"a wrong signature", with(func(a *careerjet.Application) { a.SourceSignature = careerjet.Sign("u-1", "wrong") }), invalid},
		{"another uuid's signature", with(func(a *careerjet.Application) { a.UUID = "u-2" }), invalid},
		{"nothing", careerjet.Application{}, absent},
		{"another job", with(func(a *careerjet.Application) { a.JobID = "PL-999" }), absent},
		{"a job that can't be", with(func(a *careerjet.Application) { a.JobID = "PL\x00" }), absent},
		{"no address", with(func(a *careerjet.Application) { a.Email = "" }), invalid},
		{"right", careerjetPush("u-1"), accepted},
		{"again", careerjetPush("u-1"), accepted},
		{"in capitals", with(func(a *careerjet.Application) { a.SourceSignature = strings.ToUpper(a.SourceSignature) }), accepted},
		{"again from elsewhere", with(func(a *careerjet.Application) { a.CandidateIP = "198.51.100.8" }), accepted},
		{"other content", with(func(a *careerjet.Application) { a.CoverLetter = "Hello" }), invalid},
		{"another CV", with(func(a *careerjet.Application) { a.CV.Content = []byte("Another") }), invalid},
		{"the same person anew", careerjetPush("u-3"), accepted},
		{"another person, no CV", with(func(a *careerjet.Application) {
			*a = careerjetPush("u-4")
			a.CV, a.Email, a.CandidateIP = nil, "grace@example.com", ""
		}), accepted},
		{"at the other employer", with(func(a *careerjet.Application) { a.SourceSignature = careerjet.Sign("u-1", "another-secret") }), accepted},
	} {
		if got := pushTo(t, api, tt.push); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	for k, want := range map[string]int{key: 2, otherKey: 1} {
		var l applicationListAnswer
		api.Want(t, 200, servertest.Request{Method: "GET", Path: applications, Key: k}).JSON(t, &l)
		if l.Total != want || l.Items[0].ApplicationType != "CareerjetPush" {
			t.Errorf("%d applications, want %d", l.Total, want)
		}
	}
	if !strings.Contains(api.Log.String(), `"error":`) {
		t.Error("why an application could not be taken is not in the log")
	}
	if strings.Contains(api.Log.String(), `"level":"ERROR"`) {
		t.Errorf("what a sender has got wrong is logged as a fault of ours:\n%s", api.Log.String())
	}
	if strings.Contains(api.Log.String(), "ada@example.com") || strings.Contains(api.Log.String(), feedSecret) {
		t.Error("the log tells of a person, or the secret")
	}

	// What was accepted stays accepted; what comes after the end does not.
	if _, err := api.Store.Jobs.Deactivate(t.Context(), tenant, job.ID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	late := careerjetPush("u-5")
	late.Email = "late@example.com"
	for _, tt := range []struct {
		push careerjet.Application
		want string
	}{{careerjetPush("u-1"), accepted}, {late, over}} {
		if got := pushTo(t, api, tt.push); got != tt.want {
			t.Errorf("closed: %s, want %s", got, tt.want)
		}
	}
}

func TestCareerjetExpiredUnsignedAndBroken(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, _, _ := employerWithFeed(t, api, "Northwind", feedSecret)
	if _, err := api.Store.Pipeline.UpdateCareerjetFeed(t.Context(), tenant.EmployerID, pipeline.CareerjetPatch{AllowUnsigned: board.Set(true)}); err != nil {
		t.Fatal(err)
	}
	unsigned := careerjetPush("u-1")
	unsigned.SourceSignature = ""
	wrong := careerjetPush("u-2")
	wrong.SourceSignature = careerjet.Sign("u-2", "wrong")
	for _, tt := range []struct {
		push careerjet.Application
		want string
	}{{unsigned, accepted}, {wrong, invalid}} {
		if got := pushTo(t, api, tt.push); got != tt.want {
			t.Errorf("%s, want %s", got, tt.want)
		}
	}
	e := careerjet.Encode(careerjetPush("u-3"))
	for name, q := range map[string]servertest.Request{
		"JSON":    {Body: "{}", Header: map[string]string{"Content-Type": "application/json"}},
		"cut off": {Body: e.Bytes()[:100], Header: map[string]string{"Content-Type": e.ContentType()}},
	} {
		q.Method, q.Path = http.MethodPost, "/apply/careerjet"
		if res := api.Do(t, q); res.Status != http.StatusForbidden {
			t.Errorf("%s: %d %s, want 403", name, res.Status, res.Body)
		}
	}
	api.Clock.Advance(board.DefaultRun)
	late := careerjetPush("u-5")
	late.Email = "late@example.com"
	if got := pushTo(t, api, late); got != over {
		t.Errorf("expired: %s", got)
	}
	if err := api.Store.Close(); err != nil {
		t.Fatal(err)
	}
	if got := pushTo(t, api, late); got != teapot || !strings.Contains(api.Log.String(), `"status":418`) {
		t.Errorf("without a database: %s", got)
	}
}

func TestCareerjetFromARegionThatIsNotWanted(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, _, job := employerWithFeed(t, api, "Northwind", feedSecret)
	if _, err := api.Store.Jobs.SetRegions(t.Context(), tenant, job.ID, []string{"GB"}, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	abroad, here := careerjetPush("u-1"), careerjetPush("u-2")
	abroad.CandidateIP = servertest.AddressInFrance
	if got := pushTo(t, api, abroad); got != region {
		t.Errorf("from abroad: %s", got)
	}
	if got := pushTo(t, api, here); got != accepted {
		t.Errorf("from an unknown place: %s", got)
	}
}

// TestCareerjetTakesWhatCanBeTaken: an answer that nothing can be done about would make the sender repeat it for ever.
func TestCareerjetTakesWhatCanBeTaken(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, _, _ := employerWithFeed(t, api, "Northwind", feedSecret)
	for i, tt := range []struct {
		name   string
		change func(*careerjet.Application)
		last   string // name of the applicant
		cv     string
		unread string // name of a file
	}{
		{"one name", func(a *careerjet.Application) { a.LastName = "" }, "-", "cv.txt", ""},
		{"the other name", func(a *careerjet.Application) { a.FirstName = " " }, "-", "cv.txt", ""},
		{"a long name", func(a *careerjet.Application) { a.LastName = strings.Repeat("x", 101) }, strings.Repeat("x", 100), "cv.txt", ""},
		{"an odd name", func(a *careerjet.Application) { a.LastName = "Love\u202elace\x07" }, "Lovelace", "cv.txt", ""},
		{"no file", func(a *careerjet.Application) { a.CV = nil }, "Lovelace", "", ""},
		{"a file of Word before 2007", func(a *careerjet.Application) {
			a.CV = &careerjet.File{Name: "cv.doc", MediaType: "application/msword", Content: []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")}
		}, "Lovelace", "cv.doc", "cv.doc"},
		{"no ending", func(a *careerjet.Application) { a.CV.Name = "Ada's CV" }, "Lovelace", "Ada's CV.txt", ""},
		{"no file that is a CV", func(a *careerjet.Application) {
			a.CV = &careerjet.File{Name: "cv.exe", Content: []byte("MZ\x90\x00")}
		}, "Lovelace", "", "cv.exe"},
		{"an empty file", func(a *careerjet.Application) { a.CV.Content = nil }, "Lovelace", "", "cv.txt"},
		{"a file that is too large", func(a *careerjet.Application) { a.CV.Content = make([]byte, careerjet.MaxCV+1) }, "Lovelace", "", "cv.txt"},
		{"a damaged file", func(a *careerjet.Application) {
			a.CV = &careerjet.File{Name: "cv.docx", Content: []byte("PK\x03\x04" + strings.Repeat("x", 22) + "\x13\x00\x00\x00[Content_Types].xml")}
		}, "Lovelace", "cv.docx", "cv.docx"},
		{"an odd name of a file", func(a *careerjet.Application) { a.CV.Name = `..\..\<a:b>|?.txt` }, "Lovelace", "ab.txt", ""},
		{"a file of Outlook", func(a *careerjet.Application) {
			a.CV = &careerjet.File{Name: "cv.msg", Content: []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "_\x00_\x00p\x00r\x00o\x00p\x00e\x00r\x00t\x00i\x00e\x00s\x00_\x00v\x00e\x00r\x00s\x00i\x00o\x00n\x001\x00")}
		}, "Lovelace", "", "cv.msg"},
		{"a template", func(a *careerjet.Application) {
			a.CV = &careerjet.File{Name: "cv.fodt", Content: []byte(`<office:document office:mimetype="application/vnd.oasis.opendocument.text"><text:p>Kubernetes</text:p></office:document>`)}
		}, "Lovelace", "cv.fodt", ""},
		{"an end of a line", func(a *careerjet.Application) { a.JobID, a.UUID = a.JobID+"\n", a.UUID+"\n" }, "Lovelace", "cv.txt", ""},
		{"a long telephone number", func(a *careerjet.Application) { a.PhoneNumber = strings.Repeat("0", 60) }, "Lovelace", "cv.txt", ""},
	} {
		push := careerjetPush(fmt.Sprintf("u-%d", i))
		push.Email = fmt.Sprintf("p%d@example.com", i)
		tt.change(&push)
		if got := pushTo(t, api, push); got != accepted {
			t.Errorf("%s: %s", tt.name, got)
			continue
		}
		page, err := api.Store.Pipeline.Applications(t.Context(), tenant, pipeline.ApplicationQuery{Limit: 1})
		if err != nil || len(page.Items) != 1 {
			t.Fatal(err)
		}
		a, cv, unread := page.Items[0], "", ""
		if a.CV != nil {
			cv = a.CV.Name
		}
		if len(a.UnreadFiles) > 0 {
			unread = a.UnreadFiles[0].Name
		}
		if a.Applicant.Email != push.Email || a.Applicant.FirstName != "Ada" && tt.name != "the other name" || a.Applicant.LastName != tt.last || cv != tt.cv || unread != tt.unread {
			t.Errorf("%s: %+v, CV %q, unread %q", tt.name, a.Applicant, cv, unread)
		}
	}
}

// TestCareerjetNamesAJobByItsID: the feed of jobs has the id of a job without a reference.
func TestCareerjetNamesAJobByItsID(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, _, _ := employerWithFeed(t, api, "Northwind", feedSecret)
	job := api.OpenJob(t, tenant, func(p *board.JobPatch) { p.Reference = board.Change[string]{} })
	push := careerjetPush("u-1")
	push.JobID = strconv.FormatInt(job.ID, 10)
	if got := pushTo(t, api, push); got != accepted {
		t.Error(got)
	}
	// A job that has a reference is not named by its id.
	push = careerjetPush("u-2")
	push.JobID = strconv.FormatInt(job.ID-1, 10)
	if got := pushTo(t, api, push); got != absent {
		t.Error(got)
	}
}

// TestCareerjetAsCurlSendsIt uses the command by which the protocol explains itself.
func TestCareerjetAsCurlSendsIt(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("curl")
	if err != nil {
		t.Fatal("this test needs curl; install it (Debian: apt-get install curl)")
	}
	api := servertest.New(t)
	_, key, _ := employerWithFeed(t, api, "Northwind", feedSecret)
	cv := filepath.Join(t.TempDir(), "Ada's CV.pdf")
	if err := os.WriteFile(cv, []byte("%PDF-1.7\r\n\x00\xff"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"--silent", "--show-error", "--noproxy", "*", "-w", " %{http_code}", "-X", "POST"}
	for _, field := range []string{
		"job_id=PL-001", "firstname=Ada", "lastname=Lovelace", "email=ada@example.com", "phone_number=(212) 555-0100", `cv=@"` + cv + `"`, "cover_letter=",
		"uuid=u-1", "candidate_ip=198.51.100.7", "candidate_user_agent=Mozilla/5.0", "source_signature=" + careerjet.Sign("u-1", feedSecret),
	} {
		args = append(args, "-F", field)
	}
	out, err := exec.CommandContext(t.Context(), program, append(args, api.URL+"/apply/careerjet")...).CombinedOutput()
	if err != nil || string(out) != `{"status":"application accepted"} 200` {
		t.Fatalf("curl: %v %s", err, out)
	}
	a := application(t, api, key, 1)
	if diff := cmp.Diff([]any{"Ada's CV.pdf", "application/pdf", int64(12)}, []any{a.CV.Name, a.CV.MediaType, a.CV.Size}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Who applies again by another way is told by email, and the sender learns nothing: its answer is that of a first application.
func TestARepeatedPushIsToldByMail(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key, _ := employerWithFeed(t, api, "Northwind", feedSecret)
	first := careerjetPush("u-1")
	again := careerjetPush("u-2")
	again.CV = &careerjet.File{Name: "new.txt", MediaType: "text/plain", Content: []byte("I run platforms.")}
	for _, push := range []careerjet.Application{first, first, again, again} {
		if got := pushTo(t, api, push); got != accepted {
			t.Errorf("%s: %s, want %s", push.UUID, got, accepted)
		}
	}
	var l applicationListAnswer
	api.Want(t, 200, servertest.Request{Method: "GET", Path: applications, Key: key}).JSON(t, &l)
	if l.Total != 1 {
		t.Errorf("%d applications", l.Total)
	}
	messages, err := api.Store.Outbox.Messages(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, m := range messages {
		if strings.Contains(m.Text, "already") && strings.Contains(m.Text, "file new.txt was not added.") {
			told++
		}
	}
	if told != 1 {
		t.Errorf("%d of %d emails tell that the application was there: %+v", told, len(messages), messages)
	}
}
