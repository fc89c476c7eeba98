package intake_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
)

func zipped(t testing.TB, name, content string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err == nil {
		_, err = io.WriteString(w, content)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// api with room for many applications from one address.
func applyAPI(t testing.TB) *servertest.API {
	t.Helper()
	clock := storetest.NewClock()
	api := servertest.Over(t, storetest.Open(t, storetest.URL(t), storetest.Options(clock)), clock.Now)
	api.Clock = clock
	return api
}

func TestEveryKindOfCV(t *testing.T) {
	t.Parallel()
	api := applyAPI(t)
	tenant, key := api.Employer(t, "Northwind", 50, apikey.ScopeJobPosting)
	docx := zipped(t, "word/document.xml", "<w:document/>")
	odt := zipped(t, "mimetype", "application/vnd.oasis.opendocument.text")
	job := api.OpenJob(t, tenant)
	for i, tt := range []struct {
		file, content string
		status        int
		kind, code    string
	}{
		{"cv.pdf", "%PDF-1.7\nbroken", 201, "application/pdf", ""},
		{"CV.PDF", "%PDF-1.4\n", 201, "application/pdf", ""},
		{"cv.docx", docx, 201, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ""},
		{"cv.odt", odt, 201, "application/vnd.oasis.opendocument.text", ""},
		{"cv.rtf", `{\rtf1 Ada}`, 201, "application/rtf", ""},
		{"cv.txt", "Ada Lovelace", 201, "text/plain; charset=utf-8", ""},
		{"cv.exe", "MZ\x90", 400, "", "not_allowed"},
		{"cv", "%PDF-1.7", 400, "", "not_allowed"},
		{"cv.pdf", "PK\x03\x04", 400, "", "invalid_format"},
		{"cv.docx", odt, 400, "", "invalid_format"},
		{"cv.txt", "\x00\x01", 400, "", "invalid_format"},
		{"cv.pdf.html", "<script>", 400, "", "not_allowed"},
		{"cv.pdf", "", 400, "", "required"},
		{"cv.txt", strings.Repeat("x", 11<<20), 413, "", "too_long"},
	} {
		parts := append(servertest.Ada(), servertest.Part{"cv", tt.file, tt.content})
		parts[2][2] = fmt.Sprintf("ada%d@example.com", i)
		res := api.Want(t, tt.status, servertest.Applying(t, job.ID, parts...))
		if tt.status == 201 {
			if a := application(t, api, key, servertest.ApplicationID(t, res)); a.CV == nil || a.CV.MediaType != tt.kind {
				t.Errorf("%s: %+v, want %s", tt.file, a.CV, tt.kind)
			}
			continue
		}
		if bad := fieldsOf(t, res); len(bad) != 1 || bad[0] != "cv "+tt.code {
			t.Errorf("%s: %q, want %s", tt.file, bad, tt.code)
		}
	}
}

// TestFormsWithFaultsHaveALimitOfTheirOwn sends ten times as many forms with faults as applications are taken from one network.
func TestFormsWithFaultsHaveALimitOfTheirOwn(t *testing.T) {
	t.Parallel()
	api := applyAPI(t)
	tenant, _ := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	job := api.OpenJob(t, tenant)
	bad := func() servertest.Request {
		return servertest.Applying(t, job.ID, servertest.Part{"firstName", "", "Ada"})
	}
	api.Want(t, 201, servertest.Applying(t, job.ID, servertest.Ada()...))
	for range 10*board.DefaultApplyLimit - 1 {
		api.Want(t, 400, bad())
	}
	api.Clock.Advance(time.Minute)
	parts := servertest.Ada()
	parts[2][2] = "other@example.com"
	api.Want(t, 201, servertest.Applying(t, job.ID, parts...))
	api.Want(t, 400, bad())
	if res := api.Want(t, 429, bad()); res.Header.Get("Retry-After") != "3540" || !strings.Contains(string(res.Body), "could not be accepted") {
		t.Errorf("Retry-After %s, %s", res.Header.Get("Retry-After"), res.Body)
	}
	api.Clock.Advance(board.ApplyWindow - time.Minute)
	api.Want(t, 400, bad())
}

func fieldsOf(t testing.TB, res servertest.Response) (fields []string) {
	t.Helper()
	var e struct {
		Errors []struct{ Field, Code string }
	}
	res.JSON(t, &e)
	for _, f := range e.Errors {
		fields = append(fields, f.Field+" "+f.Code)
	}
	return fields
}

func TestWhatIsWrongWithAForm(t *testing.T) {
	t.Parallel()
	api := applyAPI(t)
	tenant, _ := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	job := api.OpenJob(t, tenant)
	for name, tt := range map[string]struct {
		parts []servertest.Part
		want  []string
	}{
		"nothing":       {nil, []string{"firstName required", "lastName required", "email required"}},
		"no address":    {[]servertest.Part{{"firstName", "", "Ada"}, {"lastName", "", "L"}, {"email", "", "ada"}}, []string{"email invalid_format"}},
		"all at once":   {[]servertest.Part{{"colour", "", "red"}, {"firstName", "", "A"}, {"firstName", "", "B"}, {"lastName", "l.txt", "L"}, {"phone", "", strings.Repeat("1", 51)}}, []string{"colour unknown_field", "firstName duplicate", "lastName invalid_type", "email required", "phone too_long"}},
		"no UTF-8":      {append(servertest.Ada(), servertest.Part{"cv", "", "x"}, servertest.Part{"phone\xff", "", "1"}), nil},
		"a long letter": {append(servertest.Ada()[:4], servertest.Part{"coverLetter", "", strings.Repeat("x", 20_001)}), []string{"coverLetter too_long"}},
		"a huge letter": {append(servertest.Ada()[:4], servertest.Part{"coverLetter", "", strings.Repeat("x", 200_000)}), []string{"coverLetter too_long"}},
		"a CV unnamed":  {append(servertest.Ada(), servertest.Part{"cv", "", "MZ\x90\x00"}), []string{"cv not_allowed"}},
	} {
		res := api.Want(t, 400, servertest.Applying(t, job.ID, tt.parts...))
		if got := fieldsOf(t, res); tt.want != nil {
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
	good := servertest.Applying(t, job.ID, servertest.Ada()...)
	for name, tt := range map[string]struct {
		change func(*servertest.Request)
		status int
	}{
		"JSON":          {func(q *servertest.Request) { q.Header["Content-Type"], q.Body = "application/json", "{}" }, 415},
		"urlencoded":    {func(q *servertest.Request) { q.Header["Content-Type"] = "application/x-www-form-urlencoded" }, 415},
		"no boundary":   {func(q *servertest.Request) { q.Header["Content-Type"] = "multipart/form-data" }, 400},
		"cut off":       {func(q *servertest.Request) { b, _ := q.Body.([]byte); q.Body = b[:len(b)-30] }, 400},
		"a query":       {func(q *servertest.Request) { q.Path += "?colour=red" }, 400},
		"no such job":   {func(q *servertest.Request) { q.Path = "/jobs/999/apply" }, 404},
		"no number":     {func(q *servertest.Request) { q.Path = "/jobs/first/apply" }, 404},
		"larger by far": {func(q *servertest.Request) { q.Body = bytes.Repeat([]byte("x"), 13<<20) }, 413},
	} {
		q := good
		q.Header = map[string]string{"Content-Type": good.Header["Content-Type"], "Accept": "application/json"}
		tt.change(&q)
		if res := api.Do(t, q); res.Status != tt.status {
			t.Errorf("%s: %d %s, want %d", name, res.Status, res.Body, tt.status)
		}
	}
}

func TestWhichJobsTakeApplications(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, _ := api.Employer(t, "Northwind", 9, apikey.ScopeJobPosting)
	draft, err := api.Store.Jobs.CreateJob(t.Context(), tenant, board.JobPatch{Title: board.Set("Draft")})
	if err != nil {
		t.Fatal(err)
	}
	test := api.OpenJob(t, board.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest})
	closed, open := api.OpenJob(t, tenant), api.OpenJob(t, tenant)
	if _, err := api.Store.Jobs.Deactivate(t.Context(), tenant, closed.ID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	for id, status := range map[int64]int{draft.ID: 404, test.ID: 404, closed.ID: 410} {
		api.Want(t, status, servertest.Applying(t, id, servertest.Ada()...))
		api.Want(t, status, servertest.Request{Method: http.MethodGet, Path: fmt.Sprintf("/jobs/%d/apply", id)})
	}
	api.Want(t, 201, servertest.Applying(t, open.ID, servertest.Ada()...))
	again := servertest.Ada()
	again[2][2] = "ADA@example.com"
	api.Want(t, 201, servertest.Applying(t, open.ID, again...))
	api.Clock.Advance(board.DefaultRun) // the upkeep has not come by yet
	api.Want(t, 410, servertest.Applying(t, open.ID, servertest.Ada()...))
	api.Want(t, 410, servertest.Request{Method: http.MethodGet, Path: fmt.Sprintf("/jobs/%d/apply", open.ID)})
}

func TestADoubleClickIsOneApplication(t *testing.T) {
	t.Parallel()
	api := applyAPI(t)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	job := api.OpenJob(t, tenant)
	q := servertest.Applying(t, job.ID, append(servertest.Ada(), servertest.Part{"cv", "cv.txt", "I run platforms."})...)
	var wg sync.WaitGroup
	statuses := make([]int, 20)
	for i := range statuses {
		wg.Go(func() { statuses[i] = api.Do(t, q).Status })
	}
	wg.Wait()
	count := map[int]int{}
	for _, s := range statuses {
		count[s]++
	}
	var l applicationListAnswer
	api.Want(t, 200, servertest.Request{Method: "GET", Path: applications, Key: key}).JSON(t, &l)
	if diff := cmp.Diff(map[int]int{201: 20}, count); diff != "" || l.Total != 1 {
		t.Errorf("%d applications (-want +got):\n%s", l.Total, diff)
	}
}

func TestOneNetworkSendsSoManyApplications(t *testing.T) {
	t.Parallel()
	url, clock := storetest.URL(t), storetest.NewClock()
	copies := make([]*servertest.API, 2)
	for i := range copies {
		copies[i] = servertest.Over(t, storetest.Open(t, url, storetest.Options(clock)), clock.Now)
	}
	tenant, _ := copies[0].Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	job := copies[0].OpenJob(t, tenant)
	var mu sync.Mutex
	var wg sync.WaitGroup
	count := map[int]int{}
	for i := range board.DefaultApplyLimit + 10 {
		parts := servertest.Ada()
		parts[2][2] = fmt.Sprintf("ada%d@example.com", i)
		q := servertest.Applying(t, job.ID, parts...)
		wg.Go(func() {
			res := copies[i%2].Do(t, q)
			mu.Lock()
			defer mu.Unlock()
			count[res.Status]++
			if res.Status == 429 && res.Header.Get("Retry-After") != "3600" {
				t.Errorf("Retry-After %s, want an hour", res.Header.Get("Retry-After"))
			}
		})
	}
	wg.Wait()
	if diff := cmp.Diff(map[int]int{201: board.DefaultApplyLimit, 429: 10}, count); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	clock.Advance(board.ApplyWindow - time.Second)
	copies[0].Want(t, 429, servertest.Applying(t, job.ID, servertest.Ada()...))
	clock.Advance(time.Second)
	copies[0].Want(t, 201, servertest.Applying(t, job.ID, servertest.Ada()...))
	clock.Advance(board.ApplyWindow)
	if n, err := copies[0].Store.Pipeline.PurgeApplyAttempts(t.Context(), 10); n != 1 || err != nil {
		t.Errorf("purged %d, %v", n, err)
	}
}

func TestAJobAppliedForElsewhere(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, _ := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	const there = "https://careers.northwind.example/apply?job=7"
	job := api.OpenJob(t, tenant, func(p *board.JobPatch) { p.ApplyMethod, p.ApplyURL = board.Set(board.ApplyByURL), board.Set(there) })
	here := api.OpenJob(t, tenant)
	stay := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	follow := func(method string, id int64, accept ...string) (int, string) {
		t.Helper()
		q := servertest.Applying(t, id, servertest.Ada()...)
		body, _ := q.Body.([]byte)
		r, err := http.NewRequestWithContext(t.Context(), method, api.URL+q.Path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", q.Header["Content-Type"])
		r.Header["Accept"] = accept
		res, err := stay.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.StatusCode, res.Header.Get("Location")
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if status, to := follow(method, job.ID); status != http.StatusSeeOther || to != there {
			t.Errorf("%s: %d %s", method, status, to)
		}
	}
	if n, err := api.Store.Pipeline.JobForwards(t.Context(), tenant, job.ID); n != 2 || err != nil {
		t.Errorf("%d forwards counted, %v", n, err)
	}
	// A browser does not go to another site from a form that was opened before.
	const page = "text/html,application/xhtml+xml,*/*;q=0.8"
	if status, to := follow(http.MethodPost, job.ID, page); status != http.StatusSeeOther || to != fmt.Sprintf("/jobs/%d", job.ID) {
		t.Errorf("from an old form: %d %s", status, to)
	}
	if status, to := follow(http.MethodGet, job.ID, page); status != http.StatusSeeOther || to != there {
		t.Errorf("by the link of the page: %d %s", status, to)
	}
	if status, to := follow(http.MethodGet, here.ID); status != http.StatusSeeOther || to != fmt.Sprintf("/jobs/%d#apply", here.ID) {
		t.Errorf("here: %d %s", status, to)
	}
}

func TestABrowserGetsPages(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, _ := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	job := api.OpenJob(t, tenant)
	browser := func(status int, want string, id int64, parts ...servertest.Part) {
		t.Helper()
		q := servertest.Applying(t, id, parts...)
		q.Header["Accept"] = "text/html,application/xhtml+xml,*/*;q=0.8"
		res := api.Want(t, status, q)
		if status == 303 {
			if to := res.Header.Get("Location"); to != fmt.Sprintf("/jobs/%d/%s", id, want) {
				t.Errorf("leads to %s", to)
			}
			return
		}
		if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") || !strings.Contains(string(res.Body), want) || !strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%d: %s\n%s", status, res.Header, res.Body)
		}
	}
	browser(400, `<a href="#firstName">Enter your first name</a>`, job.ID)
	// A first and a repeated application look alike.
	browser(303, "applied", job.ID, servertest.Ada()...)
	browser(303, "applied", job.ID, servertest.Ada()...)
	browser(404, "no such job", 999, servertest.Ada()...)
	browser(400, "&lt;b&gt;", job.ID, servertest.Part{"<b>", "", ""})
}

// TestWhoAppliesAgainIsToldByMail applies twice, withdraws by the link of the second email, and applies once more.
func TestWhoAppliesAgainIsToldByMail(t *testing.T) {
	t.Parallel()
	api := applyAPI(t)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	job := api.OpenJob(t, tenant)
	ada := servertest.Ada()
	ada[0][2] = "Win at https://evil.example now"
	first := servertest.ApplicationID(t, api.Want(t, 201, servertest.Applying(t, job.ID, ada...)))
	for range 3 { // one email alone
		// The answer is the one that a stranger gets, too.
		res := api.Want(t, 201, servertest.Applying(t, job.ID, append(ada, servertest.Part{"cv", "new.txt", "I run platforms."})...))
		if id := servertest.ApplicationID(t, res); id <= first {
			t.Errorf("the number %d tells that there is an application, %d is the first", id, first)
		}
	}
	messages, err := api.Store.Outbox.Messages(t.Context(), 5)
	if err != nil || len(messages) != 2 {
		t.Fatalf("%d emails, %v", len(messages), err)
	}
	for _, m := range messages {
		if strings.Contains(m.Text+m.Subject, "evil.example") {
			t.Errorf("an applicant advertises by email:\n%s", m.Text)
		}
	}
	text := messages[0].Text
	if !strings.Contains(text, "already") {
		text = messages[1].Text
	}
	if !strings.Contains(text, "already") || !strings.Contains(text, "file new.txt was not added.") {
		t.Errorf("told:\n%s", text)
	}
	_, token, _ := strings.Cut(text, "?token=")
	token, _, _ = strings.Cut(token, "\n")
	api.Want(t, 200, servertest.Request{
		Method: http.MethodPost, Path: board.WithdrawPath, Body: "token=" + token, Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
	})
	second := servertest.ApplicationID(t, api.Want(t, 201, servertest.Applying(t, job.ID, ada...)))
	if a, b := application(t, api, key, first), application(t, api, key, second); first == second || a.Status != "Withdrawn" || b.Status != "New" {
		t.Errorf("%d is %s, %d is %s", first, a.Status, second, b.Status)
	}
	back := pipeline.Move{To: board.ApplicationNew, Reason: "A slip.", Actor: pipeline.Actor{Kind: board.ActorCandidate}}
	if _, err := api.Store.Pipeline.MoveApplication(t.Context(), tenant, first, back); err == nil || !strings.Contains(err.Error(), "newer application") {
		t.Errorf("a withdrawn application comes back beside another: %v", err)
	}
}

func TestAnApplicationIsWithdrawnByItsLink(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	id := servertest.ApplicationID(t, api.Want(t, 201, servertest.Applying(t, api.OpenJob(t, tenant).ID, servertest.Ada()...)))
	messages, err := api.Store.Outbox.Messages(t.Context(), 1)
	if err != nil || len(messages) != 1 {
		t.Fatalf("%d messages, %v", len(messages), err)
	}
	_, link, _ := strings.Cut(messages[0].Text, servertest.PublicURL)
	link, _, _ = strings.Cut(link, "\n")
	_, token, _ := strings.Cut(link, "?token=")
	page := map[string]string{"Accept": "text/html"}
	post := func(status int, body string, header map[string]string) servertest.Response {
		t.Helper()
		q := servertest.Request{Method: http.MethodPost, Path: board.WithdrawPath, Body: body, Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}
		maps.Copy(q.Header, header)
		return api.Want(t, status, q)
	}
	for range 2 { // looking changes nothing
		if res := api.Want(t, 200, servertest.Request{Method: http.MethodGet, Path: link, Header: page}); !strings.Contains(string(res.Body), `value="`+token+`"`) || res.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("the page does not ask:\n%s", res.Body)
		}
	}
	if a := application(t, api, key, id); a.Status != "New" {
		t.Errorf("after a look at the link: %s", a.Status)
	}
	for range 2 {
		if res := post(200, "token="+token, nil); !strings.Contains(string(res.Body), `"Withdrawn"`) {
			t.Errorf("%s", res.Body)
		}
	}
	if to := post(303, "token="+token, page).Header.Get("Location"); to != link {
		t.Errorf("the form leads to %s, want %s", to, link)
	}
	if res := api.Want(t, 200, servertest.Request{Method: http.MethodGet, Path: link, Header: page}); !strings.Contains(string(res.Body), "is withdrawn") {
		t.Errorf("%s", res.Body)
	}
	if a := application(t, api, key, id); a.Status != "Withdrawn" || a.History[1].Actor.Type != "Candidate" || len(a.History) != 2 {
		t.Errorf("withdrawn: %+v", a)
	}
	post(404, "token="+token+"x", nil)
	post(400, "", nil)
	post(400, "token=%zz", nil)
	post(413, "token="+strings.Repeat("x", 2<<20), nil)
	post(415, "{}", map[string]string{"Content-Type": "application/json"})
	api.Want(t, 404, servertest.Request{Method: http.MethodGet, Path: board.WithdrawPath})
	api.Clock.Advance(board.WithdrawLife)
	api.Want(t, 410, servertest.Request{Method: http.MethodGet, Path: link, Header: page})
	post(410, "token="+token, nil)
}

// FuzzApply: no form and no push causes an internal error, or leaves a temporary file.
func FuzzApply(f *testing.F) {
	dir := f.TempDir()
	f.Setenv("TMPDIR", dir)
	api := servertest.New(f)
	tenant, _ := api.Employer(f, "Northwind", 5, apikey.ScopeJobPosting)
	job, err := api.Store.Jobs.CreateJob(f.Context(), tenant, board.JobPatch{
		Title: board.Set("Platform Lead"), Description: board.Set("<p>Lead.</p>"), Country: board.Set("United Kingdom"), City: board.Set("London"),
		EmploymentType: board.Set(board.FullTime), ApplyMethod: board.Set(board.ApplyDirect), Reference: board.Set("PL-001"),
	})
	if err == nil {
		_, err = api.Store.Jobs.Publish(f.Context(), account.Principal{Tenant: tenant}, job.ID, nil, board.Precondition{})
	}
	if err == nil {
		_, err = api.Store.Pipeline.UpdateCareerjetFeed(f.Context(), tenant.EmployerID, pipeline.CareerjetPatch{AllowUnsigned: board.Set(true)})
	}
	if err != nil {
		f.Fatal(err)
	}
	full, contentType := servertest.Form(f, append(servertest.Ada(), servertest.Part{"cv", "cv.txt", "I run platforms."})...)
	f.Add(contentType, full)
	f.Add(contentType, full[:len(full)/2])
	pushed, pushedType := servertest.Form(f, servertest.Part{"job_id", "", "PL-001"}, servertest.Part{"firstname", "", "Ada"}, servertest.Part{"lastname", "", "L"}, servertest.Part{"email", "", "a@example.com"}, servertest.Part{"uuid", "", "u"}, servertest.Part{"cv", "cv.txt", "x"})
	f.Add(pushedType, pushed)
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"cv\"; filename=\"\"\r\n\r\n\r\n--x--"))
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=cv; filename*=utf-8''%00%ff.pdf\r\n\r\n%PDF-\r\n--x--\r\n"))
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=firstName\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=00=\r\n--x--"))
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=job_id\r\n\r\n\x00\r\n--x--"))
	f.Add("multipart/form-data; boundary=\"\xff\"", []byte("--\xff\r\n\r\n"))
	f.Add("multipart/mixed; boundary=x", []byte("--x--"))
	f.Add("", []byte(nil))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		api.Clock.Advance(board.ApplyWindow / board.DefaultApplyLimit)
		for _, path := range []string{fmt.Sprintf("/jobs/%d/apply", job.ID), "/apply/careerjet"} {
			r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
			r.Header.Set("Content-Type", contentType)
			w := httptest.NewRecorder()
			api.Handler.ServeHTTP(w, r)
			if w.Code >= 500 {
				t.Errorf("%s: %d %s\n%s", path, w.Code, w.Body, api.Log)
			}
		}
		left, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range left {
			t.Errorf("a temporary file is left: %s", e.Name())
		}
	})
}
