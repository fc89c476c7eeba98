package site

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/intake"
	"itmanagerjobs/server/pagestest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/publication"
)

// TestAPersonAppliesByKeyboard finds a job and sends the form in a real browser, without a mouse.
func TestAPersonAppliesByKeyboard(t *testing.T) {
	t.Parallel()
	listings := []publication.Listing{
		job(1, func(j *board.Job) {
			j.Title = "Head of Infrastructure and Platform Engineering with a title that goes on for longer than a phone is wide"
		}),
		job(2, func(j *board.Job) { j.ApplyMethod = new(board.ApplyByURL) }), job(3, func(j *board.Job) { j.Status = board.JobExpired }),
	}
	listings[0].Website, listings[0].About = "https://www.northwind.example", "We find people who lead IT.\n\nSince 1998."
	for i := range 30 {
		listings = append(listings, job(int64(i+10)))
	}
	s := newSite(t, &fakeJobs{listings: listings}, io.Discard)
	sent := make(chan map[string][]string, 1)
	mux := http.NewServeMux()
	mux.Handle("/", s)
	mux.HandleFunc("POST /jobs/1/apply", func(w http.ResponseWriter, r *http.Request) {
		values := map[string][]string{}
		parts, err := r.MultipartReader()
		if err != nil {
			t.Errorf("the form is not sent as one with files: %v", err)
			return
		}
		for part, err := parts.NextPart(); err == nil; part, err = parts.NextPart() {
			value, _ := io.ReadAll(part)
			values[part.FormName()] = append(values[part.FormName()], string(value))
		}
		f := intake.ApplyForm(listings[0].Job)
		f.Take(values)
		f.Blame(board.Invalid(board.FieldError{Field: "email", Code: board.FieldInvalidFormat, Message: "must be an email address such as jobs@example.com"}))
		if err := s.showJob(w, httptest.NewRequest(http.MethodGet, "/jobs/1", nil), f.Status(), listings[0], f); err != nil {
			t.Error(err)
		}
		sent <- values
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)

	b := pagestest.NewTab(t)
	b.Do("open", chromedp.Navigate(srv.URL+"/jobs"), chromedp.WaitVisible(".cards"))
	b.Screens("jobs")
	b.TabTo("#q")
	b.Do("search", chromedp.KeyEvent("platform"), pagestest.Enter(), chromedp.WaitVisible(`#q[value="platform"]`))
	b.TabTo(`a[href="/jobs/1"]`)
	b.Do("to the job", pagestest.Enter(), chromedp.WaitVisible("#apply"))
	b.Screens("job")
	if n := pagestest.Ask(b, "labels", chromedp.Evaluate[int](`[...document.querySelectorAll('main input, main textarea')].filter(e => !e.labels.length).length`)); n != 0 {
		t.Errorf("%d fields have no label", n)
	}
	if style := pagestest.Ask(b, "style", chromedp.Evaluate[int](`document.styleSheets.length`)); style != 1 {
		t.Errorf("%d style sheets, want 1", style)
	}
	b.TabTo(`a[href="#apply"]`)
	b.Do("to the form", pagestest.Enter())
	b.TabTo("#firstName")
	b.Do("first name", chromedp.KeyEvent("Zoë"))
	b.TabTo("#lastName")
	b.Do("last name", chromedp.KeyEvent("O'Neill"))
	b.TabTo("#email")
	b.Do("email", chromedp.KeyEvent("zoe"))
	b.TabTo("#coverLetter")
	b.Do("letter", chromedp.KeyEvent("Dear all"))
	b.TabTo("#cv")
	b.TabTo("#apply button.primary")
	b.Do("send", pagestest.Enter(), chromedp.WaitVisible(".summary"))
	want := map[string][]string{"firstName": {"Zoë"}, "lastName": {"O'Neill"}, "email": {"zoe"}, "phone": {""}, "cv": {""}, "coverLetter": {"Dear all"}}
	if diff := cmp.Diff(want, <-sent); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	if focused := pagestest.Ask(b, "focus", chromedp.Evaluate[string](`document.activeElement.className`)); focused != "summary" {
		t.Errorf("after an error the focus is on %q, want the summary", focused)
	}
	if letter := pagestest.Ask(b, "letter", chromedp.Value("#coverLetter")); letter != "Dear all" {
		t.Errorf("the letter became %q", letter)
	}
	b.Screens("job-error")
	b.Do("elsewhere", chromedp.Navigate(srv.URL+"/jobs/2"), chromedp.WaitVisible(chromedp.CSS("article")))
	b.Screens("job-elsewhere")
	b.Do("over", chromedp.Navigate(srv.URL+"/jobs/3"), chromedp.WaitVisible(chromedp.CSS("h1")))
	b.Screens("gone")
}

// TestTheWaysToJobsAreForEverybody looks at the home page, a search, and one that is not understood, on all screens.
func TestTheWaysToJobsAreForEverybody(t *testing.T) {
	t.Parallel()
	jobs := &fakeJobs{meant: "kubernetes"}
	for i := range 150 {
		jobs.listings = append(jobs.listings, job(int64(i+1)))
	}
	srv := httptest.NewServer(newSite(t, jobs, io.Discard))
	t.Cleanup(srv.Close)
	b := pagestest.NewTab(t)
	for name, path := range map[string]string{"home": "/", "found": "/jobs?q=kuberntes&remoteType=FullyRemote&page=3", "place": "/jobs?place=Zorblaxia"} {
		b.Do("open "+name, chromedp.Navigate(srv.URL+path), chromedp.WaitVisible("#q"))
		b.Screens(name)
	}
}

// TestThePagesForEmployersAreForEverybody looks at prices and at the way to write to us, with a mistake and when the message has arrived.
func TestThePagesForEmployersAreForEverybody(t *testing.T) {
	t.Parallel()
	f := &fakePlatform{packages: board.DefaultPackages()}
	srv := httptest.NewUnstartedServer(nil)
	s := newSite(t, &fakeJobs{}, io.Discard)
	s.Platform = f
	srv.Config.Handler = s
	srv.Start()
	t.Cleanup(srv.Close)
	b := pagestest.NewTab(t)
	b.Do("pricing", chromedp.Navigate(srv.URL+"/pricing"), chromedp.WaitVisible(chromedp.CSS("h1")))
	b.Screens("pricing")
	b.TabTo(`main a[href="/contact"]`)
	b.Do("contact", pagestest.Enter(), chromedp.WaitVisible("#message"))
	b.Screens("public-contact")
	for field, text := range map[string]string{"name": "Bo Candidate", "email": "bo@example.com", "message": "How do I post a job?"} {
		b.Do(field, chromedp.SendKeys("#"+field, text))
	}
	f.err = board.Invalid(board.FieldError{Field: "email", Code: board.FieldInvalidFormat, Message: "must be an email address such as jobs@example.com"})
	b.TabTo("main button.primary")
	b.Do("send what is refused", pagestest.Enter(), chromedp.WaitVisible(".summary"))
	b.Screens("public-contact-error")
	f.err = nil
	b.TabTo("main button.primary")
	b.Do("send", pagestest.Enter(), chromedp.WaitVisible(`main a[href="/jobs"]`))
	b.Screens("public-contact-sent")
}

// A file that is larger than a CV may be is told of when it is chosen, and is not sent.
func TestALargeFileIsToldOfBeforeItIsSent(t *testing.T) {
	t.Parallel()
	listing := job(1)
	s := newSite(t, &fakeJobs{listings: []publication.Listing{listing}}, io.Discard)
	sent := make(chan int64, 10)
	mux := http.NewServeMux()
	mux.Handle("/", s)
	mux.HandleFunc("POST /jobs/1/apply", func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		sent <- n
		_, _ = io.WriteString(w, `<p id="sent">sent</p>`)
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	file := func(name string, size int64) string {
		path := filepath.Join(t.TempDir(), name)
		if err := errors.Join(os.WriteFile(path, []byte("%PDF-1.7\n"), 0o600), os.Truncate(path, size)); err != nil {
			t.Fatal(err)
		}
		return path
	}

	b := pagestest.NewTab(t)
	b.Do("open", chromedp.Navigate(srv.URL+"/jobs/1"), chromedp.WaitVisible("#apply"))
	b.Do("fill in", chromedp.SendKeys("#firstName", "Zoë"), chromedp.SendKeys("#lastName", "O'Neill"), chromedp.SendKeys("#email", "zoe@example.com"))
	b.Do("choose a large file", chromedp.SetUploadFiles("#cv", []string{file("large.pdf", board.MaxCV+1)}), chromedp.WaitVisible("#cv ~ .error"))
	if said := pagestest.Ask(b, "what is said", chromedp.Text("#cv ~ .error")); said != "“large.pdf” is larger than 10 MB. Choose a smaller file." {
		t.Errorf("said: %q", said)
	}
	b.Do("send", chromedp.Click("#apply button.primary"), chromedp.WaitVisible(`#cv[aria-invalid="true"]:focus`))
	if len(sent) > 0 {
		t.Errorf("a form of %d bytes was sent", <-sent)
	}
	b.Do("choose the largest that fits", chromedp.SetUploadFiles("#cv", []string{file("cv.pdf", board.MaxCV)}), chromedp.WaitNotPresent(`#cv[aria-invalid]`))
	b.Do("send again", chromedp.Click("#apply button.primary"), chromedp.WaitVisible("#sent"))
	if n := <-sent; n < board.MaxCV {
		t.Errorf("%d bytes were sent", n)
	}
}

// TestHostileNamesFitOnAPhone looks at the pages on which names of employers stand, and at the feed and the list for search engines.
func TestHostileNamesFitOnAPhone(t *testing.T) {
	t.Parallel()
	jobs := &fakeJobs{}
	for id, status := range []board.JobStatus{board.JobActive, board.JobActive, board.JobExpired} {
		l := job(int64(id+1), func(j *board.Job) {
			j.Title, j.City, j.Status = pagestest.Hostile(200), new(pagestest.Hostile(100)), status
			j.RequiredSkills = []string{pagestest.Hostile(100)}
		})
		l.Employer = pagestest.Hostile(200)
		jobs.listings = append(jobs.listings, l)
	}
	srv := httptest.NewServer(newSite(t, jobs, io.Discard))
	t.Cleanup(srv.Close)
	b := pagestest.NewTab(t)
	b.Phone()
	for _, path := range []string{"/", "/jobs", "/jobs?q=" + url.QueryEscape(pagestest.Hostile(150)), "/jobs/1", "/jobs/1/applied?job=1", "/jobs/3", "/contact", "/pricing"} {
		b.Harmless(t, srv.URL+path)
	}
	for _, path := range []string{"/feeds/jobs.xml", "/sitemap.xml"} {
		w := get(t, newSite(t, jobs, io.Discard), path)
		d := xml.NewDecoder(w.Body)
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
		}
	}
}
