package programtest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// hangs is what a CV has in it that takes for ever to read: see testdata/hanging.go.
const hangs = "a CV that takes for ever to read"

// TestAKilledCopyLosesNoWaitingCV kills a copy of the program with a CV in its hands and others that wait, which another copy reads.
// While it is busy with CVs that take for ever, somebody else is answered at once.
func TestAKilledCopyLosesNoWaitingCV(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	secret, err := base64.StdEncoding.DecodeString(testSecretKey())
	if err != nil {
		t.Fatal(err)
	}
	o := storetest.Options(storetest.NewClock())
	o.SecretKey, o.Now = secret, time.Now
	fixture.Posted(t, storetest.Open(t, url, o), "queue")
	db := fixture.Raw(t, url)
	env := []string{"DATABASE_URL=" + url, "SECRET_KEY=" + testSecretKey(), "TRUSTED_PROXIES=127.0.0.0/8"}
	killed := startServing(t, env, "serve")

	apply := func(s *serving, network, who, content string) (took time.Duration) {
		began := time.Now()
		status, answer := sendCV(t, s.url, network, who, content)
		if status != http.StatusCreated {
			t.Errorf("%s: %d %s", who, status, answer)
		}
		return time.Since(began)
	}
	count := func(query string, args ...any) int { return fixture.Count(t, db, query, args...) }
	var crowd sync.WaitGroup
	for i := range 2 {
		crowd.Go(func() { apply(killed, "192.0.2.1", fmt.Sprintf("crowd%d", i), hangs) })
	}
	took := apply(killed, "198.51.100.7", "honest", "I have led teams for ten years.")
	until := func(what, query string, args ...any) {
		for end := time.Now().Add(patience); count(`SELECT (`+query+`)::int FROM pg_sleep(0.1)`, args...) == 0; {
			if time.Now().After(end) {
				t.Fatalf("it did not come to %s within %s", what, patience)
			}
		}
	}
	// A busy machine may read it after the answer, but not after those of the other network.
	until("the text of somebody of another network", `SELECT count(*) FROM applications a JOIN files f ON f.id = a.cv_file_id WHERE a.email LIKE 'honest%' AND NOT f.text_pending`)
	crowd.Wait()
	if count(`SELECT count(*) FROM waiting_cvs w JOIN applications a ON a.id = w.application_id WHERE a.email LIKE 'crowd%'`) == 0 {
		t.Error("somebody of another network waited for CVs that take for ever")
	}
	if took > 3*board.CVPatience { // which a busy machine needs
		t.Errorf("somebody of another network was answered after %s", took)
	}
	const quick = 6
	for i := range quick {
		crowd.Go(func() { apply(killed, "192.0.2.1", fmt.Sprintf("quick%d", i), fmt.Sprintf("quick CV %d", i)) })
	}
	until("a CV that is being read", `SELECT count(*) FROM waiting_cvs WHERE reading AND hard`)
	crowd.Wait()
	readers := childrenOf(t, killed.cmd.Process.Pid)
	killed.signal(syscall.SIGKILL)
	killed.wait()
	for _, pid := range readers {
		for end := time.Now().Add(patience); runs(pid); count(`SELECT 1 FROM pg_sleep(0.1)`) {
			if time.Now().After(end) {
				t.Fatalf("process %d, which reads a CV, outlives the copy that was killed", pid)
			}
		}
	}
	other := startServing(t, env, "serve")
	if n := count(`SELECT count(*) FROM waiting_cvs`); n < 2 {
		t.Errorf("%d CVs waited when the copy was killed", n)
	}
	// As if the time of the killed copy were over.
	fixture.MustExec(t, db, `UPDATE waiting_cvs SET due_at = clock_timestamp() WHERE reading`)
	until("an empty queue", `SELECT (count(*) = 0)::int FROM waiting_cvs`)

	for i := range quick {
		if n := count(`SELECT count(*) FROM applications a JOIN files f ON f.id = a.cv_file_id WHERE a.email = $1 AND f.text = $2 AND a.version <= 2`,
			fmt.Sprintf("quick%d@example.com", i), fmt.Sprintf("quick CV %d", i)); n != 1 {
			t.Errorf("quick CV %d is there %d times", i, n)
		}
	}
	if n := count(`SELECT count(*) FROM applications a JOIN files f ON f.id = a.cv_file_id WHERE a.email LIKE 'crowd%' AND f.text = '' AND f.text_problem LIKE '%too long%'`); n != 2 {
		t.Errorf("%d CVs took too long, want 2", n)
	}
	if n := count(`SELECT count(*) FROM applications`); n != quick+3 {
		t.Errorf("%d applications", n)
	}
	other.signal(syscall.SIGTERM)
	if code := other.wait(); code != 0 {
		t.Errorf("the other copy ended with %d", code)
	}
}

// childrenOf are the processes that a process has started; none where the system does not tell.
func childrenOf(t *testing.T, pid int) []int {
	t.Helper()
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	var children []int
	for _, list := range lists {
		content, err := os.ReadFile(list)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		for field := range strings.FieldsSeq(string(content)) {
			child, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			children = append(children, child)
		}
	}
	return children
}

// runs is false for a process that has ended, also while nobody has asked how.
func runs(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// sendCV sends the form of the job 1 as a program does, through a proxy that says from where.
func sendCV(t *testing.T, url, network, who, content string) (status int, answer string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, value := range map[string]string{"firstName": "Ada", "lastName": "Lovelace", "email": who + "@example.com"} {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	file, err := w.CreateFormFile("cv", "cv.txt")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(file, strings.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, url+"/jobs/1/apply", &b)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("X-Forwarded-For", network)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
	}
	return res.StatusCode, string(all)
}
