package programtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// applying sends the form of a job with headers as a proxy would, and gives the status and the body of the answer.
func applying(t *testing.T, url, email string, headers map[string]string) (status int, body string, header http.Header) {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for name, value := range map[string]string{"firstName": "Ada", "lastName": "Lovelace", "email": email} {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, &form)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Accept", "application/json")
	return sent(t, req, headers)
}

// TestServingBehindAProxy: the person counts for limits and traces, whatever they write into headers, and links lead to the public address.
func TestServingBehindAProxy(t *testing.T) {
	t.Parallel()
	databaseURL := storetest.URL(t)
	s := storetest.Open(t, databaseURL, store.Options{Now: time.Now, Rand: rand.Reader, SecretKey: bytes.Repeat([]byte{7}, 32)})
	if err := s.Outbox.MaintainPartitions(t.Context()); err != nil { // else the program does at this moment
		t.Fatal(err)
	}
	_, job := fixture.Posted(t, s, "first")
	tenant, regional := fixture.Posted(t, s, "second")
	if _, err := s.Jobs.SetRegions(t.Context(), tenant, regional.ID, []string{"GB"}, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	countries := filepath.Join(t.TempDir(), "countries.csv")
	if err := os.WriteFile(countries, []byte("192.0.2.0,192.0.2.255,FR\n198.51.100.0,198.51.100.255,GB\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"DATABASE_URL=" + databaseURL, "SECRET_KEY=" + testSecretKey(), "PUBLIC_URL=https://jobs.example.com"}
	forgotten := startServing(t, append(env, "TRUSTED_PROXIES=10.0.0.0/8", "PUBLIC_URL="), "serve")
	forgotten.untilLogged("TRUSTED_PROXIES is set and PUBLIC_URL is empty: links on pages and in emails begin with " + forgotten.url + ", which nobody reaches through the proxy. Set PUBLIC_URL to the address that people call, such as https://jobs.example.com")
	forgotten.signal(syscall.SIGTERM)
	if status := forgotten.wait(); status != 0 {
		t.Errorf("exit status %d", status)
	}
	running := startServing(t, append(env, "TRUSTED_PROXIES=127.0.0.0/8,10.0.0.0/8", "GEOIP_FILE="+countries), "serve")
	running.untilLogged("callers are known by the last address in X-Forwarded-For, or else in Forwarded, that is not of 127.0.0.0/8, 10.0.0.0/8")
	n := 0
	apply := func(headers map[string]string) (int, string, http.Header) {
		t.Helper()
		n++
		return applying(t, fmt.Sprintf("%s/jobs/%d/apply", running.url, job.ID), fmt.Sprintf("ada%d@example.com", n), headers)
	}
	from := func(hops string, others ...string) map[string]string {
		headers := map[string]string{"X-Forwarded-For": hops, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "jobs.example.com"}
		for i := 0; i+1 < len(others); i += 2 {
			headers[others[i]] = others[i+1]
		}
		return headers
	}
	for range board.DefaultApplyLimit {
		if status, body, _ := apply(from("203.0.113.1")); status != http.StatusCreated {
			t.Fatalf("application %d: %d %s", n, status, body)
		}
	}
	for _, tc := range []struct {
		name    string
		headers map[string]string
		want    int
	}{
		{"one more", from("203.0.113.1"), 429},
		{"a hop that the person has made up", from("198.51.100.7, 203.0.113.1"), 429},
		{"a proxy that the person has made up", from("198.51.100.7, 10.0.0.1, 203.0.113.1"), 429},
		{"through another proxy of ours", from("203.0.113.1, 10.0.0.1"), 429},
		{"other headers", from("203.0.113.1", "X-Real-IP", "198.51.100.7", "Forwarded", "for=198.51.100.7", "CF-Connecting-IP", "198.51.100.7"), 429},
		{"in the standard's header", map[string]string{"Forwarded": `for="203.0.113.1:4711";proto=https`}, 429},
		{"another person", from("203.0.113.2"), 201},
		{"another person, by version 6", from("2001:db8::7"), 201},
		{"the proxy itself", nil, 201},
	} {
		if status, body, _ := apply(tc.headers); status != tc.want {
			t.Errorf("%s: %d, want %d: %s", tc.name, status, tc.want, body)
		}
	}
	// Regions go by the person's country, and the person's address is what is kept.
	for hop, want := range map[string]int{"198.51.100.9": 201, "192.0.2.9, 198.51.100.10": 201, "192.0.2.9": 400, "198.51.100.9, 192.0.2.10": 400} {
		url := fmt.Sprintf("%s/jobs/%d/apply", running.url, regional.ID)
		if status, body, _ := applying(t, url, "zoe"+strings.ReplaceAll(hop, ", ", "x")+"@example.com", from(hop)); status != want {
			t.Errorf("from the country of %s: %d, want %d: %s", hop, status, want, body)
		}
	}
	var kept []string
	if err := fixture.Raw(t, databaseURL).QueryRowContext(t.Context(), `SELECT array_agg(host(trace_ip::inet) ORDER BY id) FROM applications WHERE job_id = $1`, regional.ID).Scan((*pq.StringArray)(&kept)); err != nil {
		t.Fatal(err)
	}
	if slices.Sort(kept); !slices.Equal(kept, []string{"198.51.100.10", "198.51.100.9"}) {
		t.Errorf("the addresses of applicants are %v", kept)
	}
	// One who guesses passwords keeps nobody out who comes through the same proxy.
	const attempts = 10 // of one network
	for i := range attempts + 2 {
		hop, want := "203.0.113.80", http.StatusUnprocessableEntity
		switch i {
		case attempts:
			want = http.StatusTooManyRequests
		case attempts + 1:
			hop = "203.0.113.81"
		}
		if status := signingIn(t, running.url, from(hop)); status != want {
			t.Errorf("sign-in %d from %s: %d, want %d", i+1, hop, status, want)
		}
	}
	// What a person makes up of the host is in no link, nor is the address at which the proxy reaches us.
	for _, path := range []string{"/jobs", fmt.Sprintf("/jobs/%d", job.ID), "/sitemap.xml", "/robots.txt", "/feeds/jobs.xml"} {
		status, body, header := getAs(t, running.url+path, from("203.0.113.3", "X-Forwarded-Host", "evil.example", "Forwarded", "host=evil.example"))
		if status != 200 || strings.Contains(body, "evil.example") || strings.Contains(body, running.url) || header.Get("Strict-Transport-Security") == "" {
			t.Errorf("%s: %d, %v:\n%.2000s", path, status, header, body)
		}
	}
	if _, body, _ := getAs(t, fmt.Sprintf("%s/jobs/%d", running.url, job.ID), from("203.0.113.3")); !strings.Contains(body, `"https://jobs.example.com/jobs/`) {
		t.Errorf("no link to the public address:\n%.2000s", body)
	}
	running.signal(syscall.SIGTERM)
	if status := running.wait(); status != 0 {
		t.Errorf("exit status %d", status)
	}
	var traced []string
	messages, err := s.Outbox.Messages(context.Background(), 100)
	if err != nil || len(messages) != board.DefaultApplyLimit+5 {
		t.Fatalf("%d emails, %v", len(messages), err)
	}
	for _, m := range messages {
		_, link, _ := strings.Cut(m.Text, "https://jobs.example.com/applications/withdraw?token=")
		if link == "" {
			t.Errorf("no link:\n%s", m.Text)
		}
		traced = append(traced, m.To)
	}
	if slices.Sort(traced); len(slices.Compact(traced)) != len(messages) {
		t.Errorf("written to %v", traced)
	}

	// Without a trusted proxy everybody has the address of the connection, and headers say nothing.
	alone := startServing(t, env, "serve")
	alone.untilLogged("callers are known by the address of their connection, for TRUSTED_PROXIES is empty: behind a load balancer all of them have its address")
	for i := range board.DefaultApplyLimit + 1 {
		want := http.StatusCreated
		if i >= board.DefaultApplyLimit-1 { // the proxy itself has sent one before
			want = http.StatusTooManyRequests
		}
		headers := map[string]string{"X-Forwarded-For": fmt.Sprintf("203.0.113.%d", 50+i)}
		if status, body, _ := applying(t, fmt.Sprintf("%s/jobs/%d/apply", alone.url, job.ID), fmt.Sprintf("eve%d@example.com", i), headers); status != want {
			t.Fatalf("%d of one connection: %d, want %d: %s", i, status, want, body)
		}
	}
}

// signingIn tries a wrong password, and gives the status.
func signingIn(t *testing.T, url string, headers map[string]string) int {
	t.Helper()
	form := strings.NewReader("email=ada%40example.com&password=a+wrong+password")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/employer/sign-in", form)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, _, _ := sent(t, req, headers)
	return status
}

// getAs reads a page with headers.
func getAs(t *testing.T, url string, headers map[string]string) (status int, body string, header http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return sent(t, req, headers)
}
