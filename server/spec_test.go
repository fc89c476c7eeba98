package server_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"testing"

	"itmanagerjobs/openapi"
	"itmanagerjobs/server/servertest"
)

// published are the addresses of all forms of all contracts, with what is there.
func published() []openapi.File {
	var files []openapi.File
	for _, c := range openapi.All() {
		files = append(files, c.Files()...)
	}
	return files
}

// asksAs is a client that adds nothing to what it is told to send: that of the standard library would ask for gzip and unpack it.
func asksAs(t *testing.T, api *servertest.API) func(method, path string, header ...string) servertest.Response {
	t.Helper()
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return func(method, path string, header ...string) servertest.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, api.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			r.Header.Add(header[i], header[i+1])
		}
		res, err := transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatalf("read the answer: %v", err)
		}
		return servertest.Response{Status: res.StatusCode, Header: res.Header, Body: body}
	}
}

func unzip(t *testing.T, zipped []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestContractsAreSentCompressedToWhoTakesThemSo(t *testing.T) {
	t.Parallel()
	ask := asksAs(t, servertest.New(t))
	// What curl --compressed sends, a browser, and a client that takes anything.
	takes := []string{"deflate, gzip, br, zstd", "gzip, deflate, br", "GZIP;q=0.5", "*"}
	// A generator of clients sends nothing.
	takesNot := []string{"", "identity", "br", "gzip;q=0", "gzip; q=0.0, *"}
	for _, file := range published() {
		tags := map[string]string{}
		check := func(coding string, accept []string, content func([]byte) []byte) {
			for _, value := range accept {
				var header []string
				if value != "" {
					header = []string{"Accept-Encoding", value}
				}
				res := ask(http.MethodGet, file.Path, header...)
				if res.Status != http.StatusOK || !bytes.Equal(content(res.Body), file.Content) {
					t.Errorf("%s for %q: %d, %d bytes", file.Path, value, res.Status, len(res.Body))
				}
				wantHeaders(t, res.Header, map[string]string{
					"Content-Type": "application/json", "Content-Encoding": coding, "Content-Length": strconv.Itoa(len(res.Body)),
					"Vary": "Accept-Encoding", "Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*",
				})
				tags[res.Header.Get("ETag")] = coding
				if coding != "" && len(res.Body)*5 > len(file.Content) {
					t.Errorf("%s is %d bytes compressed and %d else", file.Path, len(res.Body), len(file.Content))
				}
				// HEAD says the same, without the body.
				head := ask(http.MethodHead, file.Path, header...)
				if head.Status != http.StatusOK || len(head.Body) > 0 || head.Header.Get("ETag") != res.Header.Get("ETag") ||
					head.Header.Get("Content-Length") != res.Header.Get("Content-Length") {
					t.Errorf("HEAD %s for %q: %d, %d bytes, %v", file.Path, value, head.Status, len(head.Body), head.Header)
				}
			}
		}
		check("gzip", takes, func(body []byte) []byte { return unzip(t, body) })
		check("", takesNot, func(body []byte) []byte { return body })
		if len(tags) != 2 {
			t.Errorf("%s has the tags %v, and not one for each form", file.Path, tags)
		}
		for tag := range tags {
			if len(tag) < 3 || tag[0] != '"' {
				t.Errorf("%s: the tag %s is not strong", file.Path, tag)
			}
		}
	}
}

func TestContractsAreNotSentAgain(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	ask := asksAs(t, api)
	seen := map[string]string{}
	for _, file := range published() {
		plain := ask(http.MethodGet, file.Path).Header.Get("ETag")
		zipped := ask(http.MethodGet, file.Path, "Accept-Encoding", "gzip").Header.Get("ETag")
		if other, ok := seen[plain]; ok {
			t.Errorf("%s and %s have the same tag", file.Path, other)
		}
		seen[plain] = file.Path
		for _, tc := range []struct {
			name, accept string
			lines        []string
			status       int
		}{
			{"the tag", "", []string{plain}, http.StatusNotModified},
			{"the tag of the compressed form", "gzip", []string{zipped}, http.StatusNotModified},
			{"weakened", "", []string{"W/" + plain}, http.StatusNotModified},
			{"any", "", []string{"*"}, http.StatusNotModified},
			{"a list", "gzip", []string{`"7", W/"8",` + zipped}, http.StatusNotModified},
			{"several lines", "", []string{`"7"`, plain}, http.StatusNotModified},
			{"from a proxy that compresses", "", []string{plain[:len(plain)-1] + `-gzip"`}, http.StatusNotModified},
			{"another tag", "", []string{`"7"`}, http.StatusOK},
			// A cache that has the one form has nothing to give to who takes the other alone.
			{"the tag of the form that is not taken", "gzip;q=0", []string{zipped}, http.StatusOK},
			{"the tag of the plain form", "gzip", []string{plain}, http.StatusOK},
		} {
			header := []string{"Accept-Encoding", tc.accept}
			for _, line := range tc.lines {
				header = append(header, "If-None-Match", line)
			}
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				res := ask(method, file.Path, header...)
				if res.Status != tc.status {
					t.Errorf("%s %s with %s: %d, want %d", method, file.Path, tc.name, res.Status, tc.status)
				}
				if tc.status != http.StatusNotModified {
					continue
				}
				want := plain
				if tc.accept == "gzip" {
					want = zipped
				}
				wantHeaders(t, res.Header, map[string]string{
					"ETag": want, "Vary": "Accept-Encoding", "Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*", "Content-Type": "", "Content-Encoding": "",
				})
				servertest.CheckAnswer(t, servertest.Request{Method: http.MethodGet, Path: file.Path}, nil, res)
			}
		}
	}
}

func wantHeaders(t *testing.T, header http.Header, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got := header.Get(name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
}

// TestContractsByCurl loads a contract as a person does.
func TestContractsByCurl(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("curl")
	if err != nil {
		t.Fatalf("this test needs curl: %v", err)
	}
	api := servertest.New(t)
	for _, file := range published() {
		for _, options := range [][]string{{"--compressed"}, {}} {
			args := append([]string{"--silent", "--show-error", "--fail", "--max-time", "60"}, options...)
			out, err := exec.CommandContext(t.Context(), program, append(args, api.URL+file.Path)...).Output()
			if err != nil || !bytes.Equal(out, file.Content) {
				t.Errorf("curl %v %s: %d bytes, want %d, %v", options, file.Path, len(out), len(file.Content), err)
			}
		}
	}
}
