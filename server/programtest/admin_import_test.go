package programtest

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvline"
	"itmanagerjobs/store/storetest"
)

type importAnswer struct {
	Imported  int `json:"imported"`
	New       int `json:"new"`
	Changed   int `json:"changed"`
	Unchanged int `json:"unchanged"`
	Skipped   int `json:"skipped"`
}

// importing runs import-candidates over a text, which is read from a file or from standard input.
func importing(t *testing.T, env []string, ndjson string, fromFile bool, args ...string) (importAnswer, string) {
	t.Helper()
	args = append([]string{"admin", "import-candidates", "--file", "-"}, args...)
	if fromFile {
		args[3] = filepath.Join(t.TempDir(), "candidates.ndjson")
		if err := os.WriteFile(args[3], []byte(ndjson), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	cmd := program(t.Context(), env, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(ndjson), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("import-candidates: %v, standard error %q", err, &stderr)
	}
	var answer importAnswer
	if err := json.Unmarshal(stdout.Bytes(), &answer); err != nil {
		t.Fatalf("import-candidates printed %q: %v", &stdout, err)
	}
	return answer, stderr.String()
}

func person(email, more string) string {
	return `{"firstName":"Ada","lastName":"Byron","email":"` + email + `","title":"IT Manager"` + more + `}`
}

func TestImportCandidates(t *testing.T) {
	t.Parallel()
	env := []string{"DATABASE_URL=" + storetest.URL(t), "SECRET_KEY=" + testSecretKey()}
	lines := []string{
		"\ufeff" + person("one@example.org", "") + "\r",
		"",
		person("two@example.org", `,"skills":["k8s"],"city":"Leeds","country":"United Kingdom"`),
		"not JSON",
		person("three@example", ""),
		person("four@example.org", `,"shoeSize":43`),
		person("five@example.org", "") + person("six@example.org", ""),
		person("seven@example.org", `,"cvText":"`+strings.Repeat("x", board.MaxCVLine)+`"`),
		`{"title":""}`,
		person("ONE@example.org", `,"summary":"later"`),
		person("eight@example.org", ""), // without a line end
	}
	got, said := importing(t, env, strings.Join(lines, "\n"), true)
	if diff := cmp.Diff(importAnswer{Imported: 4, New: 3, Unchanged: 1, Skipped: 6}, got); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	for i, want := range []string{"line 4: ", "line 5: email: ", "line 6: shoeSize: ", "line 7: ", "line 8: The line is longer than ", "line 9: "} {
		if reported := strings.Split(said, "\n"); len(reported) != 7 || !strings.HasPrefix(reported[i], want) {
			t.Errorf("standard error lacks %q:\n%s", want, said)
		}
	}
	if strings.Contains(said, "three@") {
		t.Errorf("standard error has an address in it:\n%s", said)
	}

	// The same again changes nothing; the test mode is apart.
	again := person("two@example.org", `,"skills":["k8s"],"city":"Leeds","country":"United Kingdom"`) + "\n" + person("eight@example.org", `,"city":"York"`)
	if got, said = importing(t, env, again, false); got != (importAnswer{Imported: 2, Changed: 1, Unchanged: 1}) || said != "" {
		t.Errorf("once more: %+v, %q", got, said)
	}
	if got, said = importing(t, env, "", false, "--mode", "test"); got != (importAnswer{}) || said != "" {
		t.Errorf("nothing: %+v, %q", got, said)
	}
	bad := filepath.Join(t.TempDir(), "bad.ndjson")
	if err := os.WriteFile(bad, []byte("{}\n\xff\xfe\n"+person("nine@example.org", "")+"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := runProgram(t, env, "admin", "import-candidates", "--file", bad)
	if o.code != 1 || !strings.Contains(o.stdout, `"imported":0`) || !strings.Contains(o.stdout, `"skipped":3`) || !strings.HasSuffix(o.stderr, "no line is a candidate\n") {
		t.Errorf("a file of bad lines: exit status %d, %q, %q", o.code, o.stdout, o.stderr)
	}
	o = runProgram(t, env, "admin", "import-candidates", "--file", filepath.Join(t.TempDir(), "absent"))
	if o.code != 1 || o.stdout != "" || !strings.Contains(o.stderr, "--file: ") {
		t.Errorf("a file that is absent: exit status %d, %q, %q", o.code, o.stdout, o.stderr)
	}
}

func TestAnImportTellsHowFarItIs(t *testing.T) {
	t.Parallel()
	env := []string{"DATABASE_URL=" + storetest.URL(t), "SECRET_KEY=" + testSecretKey()}
	got, said := importing(t, env, strings.Repeat("{}\n", 10_000)+person("one@example.org", ""), false)
	if got != (importAnswer{Imported: 1, New: 1, Skipped: 10_000}) || !strings.HasSuffix(said, "\n1 candidates imported, 10000 lines skipped\n") {
		t.Errorf("%+v; it said at last: %s", got, said[max(0, len(said)-200):])
	}
}

// The sample in docs/import.md can be pasted, and that page and the help name every field.
func TestTheFormatOfAnImportIsDocumented(t *testing.T) {
	t.Parallel()
	page := document(t, "docs/import.md")
	_, sample, _ := strings.Cut(page, "people.ndjson <<'EOF'\n")
	sample, _, _ = strings.Cut(sample, "    EOF\n")
	env := []string{"DATABASE_URL=" + storetest.URL(t), "SECRET_KEY=" + testSecretKey()}
	if got, said := importing(t, env, sample, true); got != (importAnswer{Imported: 2, New: 2}) || said != "" {
		t.Errorf("the sample: %+v, %q", got, said)
	}
	help := runProgram(t, nil, "admin", "import-candidates", "--help").stdout
	fields := slices.Concat(cvline.Fields(), board.AllAvailabilities())
	for _, s := range board.AllSeniorities() {
		fields = append(fields, string(s))
	}
	for _, field := range fields {
		if !strings.Contains(page, "`"+field+"`") {
			t.Errorf("docs/import.md lacks %s", field)
		}
		if !regexp.MustCompile(`\b` + field + `\b`).MatchString(help) {
			t.Errorf("the help lacks %s:\n%s", field, help)
		}
	}
}
