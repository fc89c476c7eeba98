package snapshots

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// bench is a folder like the root of the module, with a contract of one operation.
type bench struct {
	t        *testing.T
	folder   Folder
	contract map[string]any
	recorded Set
}

const benchContract = `{"openapi":"3.0.3","info":{"title":"T","version":"1"},"paths":{"/jobs":{"get":{"operationId":"listJobs","responses":{"200":{
"description":"d","content":{"application/json":{"schema":{"type":"object","required":["total"],"properties":{"total":{"type":"integer"},"page":{"type":"integer"}}}}}}}}}}}`

const benchSchema = "/paths/~1jobs/get/responses/200/content/application~1json/schema"

func newBench(t *testing.T) *bench {
	t.Helper()
	contract, err := decode([]byte(benchContract))
	if err != nil {
		t.Fatal(err)
	}
	return &bench{
		t: t, folder: Folder(t.TempDir()), contract: objectOf(contract),
		recorded: Set{"listJobs/200-all": exchangeOf(200, nil, `{"total":0,"page":1}`)},
	}
}

// frozen is a bench with everything recorded and frozen.
func frozenBench(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	if _, err := b.compare().Add(""); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) schema() map[string]any {
	d := document{root: b.contract}
	return d.object("paths", "/jobs", "get", "responses", "200", "content", "application/json", "schema")
}

func (b *bench) answer(body string) { b.recorded["listJobs/200-all"] = exchangeOf(200, nil, body) }

func (b *bench) compare() Comparison {
	b.t.Helper()
	c, err := Compare(b.t.Context(), b.folder, Surface{Name: "v1", Contract: encode(b.contract), Recorded: b.recorded})
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

func (b *bench) write(name, content string) {
	b.t.Helper()
	if err := write(b.folder.path(name), []byte(content)); err != nil {
		b.t.Fatal(err)
	}
}

// files are all files with their content.
func (b *bench) files() map[string]string {
	b.t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(string(b.folder), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(string(b.folder), path)
		files[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return files
}

func (b *bench) pending(c Comparison) []string {
	paths := []string{}
	for _, a := range c.Pending {
		paths = append(paths, strings.TrimPrefix(a.Path, "snapshots/v1/"))
	}
	return paths
}

// wantErr demands an error with all of the words.
func wantErr(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one about %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the error lacks %q:\n%v", w, err)
		}
	}
}

func TestAddFreezesWhatIsNew(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c := b.compare()
	want := []string{"contract.frozen.json", "current/listJobs/200-all.json", "frozen/listJobs/200-all.json"}
	if diff := cmp.Diff(want, b.pending(c)); diff != "" {
		t.Errorf("pending (-want +got):\n%s", diff)
	}
	wantErr(t, c.PendingErr(), "make snapshots-add")
	if _, err := c.Add(""); err != nil {
		t.Fatal(err)
	}
	if c = b.compare(); c.PendingErr() != nil || c.Err() != nil {
		t.Errorf("after Add: %v, %v", c.PendingErr(), c.Err())
	}
}

func TestAddRefusesUnderCI(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.compare().Add("true")
	wantErr(t, err, "CI", "make snapshots-add")
	if files := b.files(); len(files) != 0 {
		t.Errorf("wrote %v", files)
	}
}

func TestAddExtendsTheFrozenFiles(t *testing.T) {
	t.Parallel()
	b := frozenBench(t)
	objectOf(b.schema()["properties"])["items"] = map[string]any{"type": "array", "items": map[string]any{"type": "string"}}
	b.answer(`{"total":0,"page":1,"items":[]}`)
	b.recorded["listJobs/200-empty"] = exchangeOf(200, nil, `{"total":0}`)
	c := b.compare()
	wantErr(t, c.PendingErr(), "additive", "None of it breaks")
	if _, err := c.Add(""); err != nil {
		t.Fatal(err)
	}
	files := b.files()
	if !strings.Contains(files["snapshots/v1/contract.frozen.json"], `"items"`) || !strings.Contains(files["snapshots/v1/frozen/listJobs/200-all.json"], `"items"`) {
		t.Error("the frozen files did not grow")
	}
	// From now on the new key is part of the promise.
	b.answer(`{"total":0,"page":1}`)
	wantErr(t, b.compare().Err(), "listJobs/200-all#/response/body/items")
}

func TestAddRefusesABreak(t *testing.T) {
	t.Parallel()
	b := frozenBench(t)
	delete(objectOf(b.schema()["properties"]), "page")
	b.answer(`{"total":0}`)
	before := b.files()
	c := b.compare()
	_, err := c.Add("")
	wantErr(t, err, "BREAKING", "Restore it", "nothing was written",
		"A1 | response-optional-property-removed GET /jobs | WHY", "A2 | "+benchSchema+"/properties/page | WHY",
		"B | listJobs/200-all#/response/body/page | WHY")
	wantErr(t, c.PendingErr(), "BREAKING", "Settle the breaking findings first")
	if diff := cmp.Diff(before, b.files()); diff != "" {
		t.Errorf("files changed:\n%s", diff)
	}
}

const pageExcused = `# why
A1 | response-optional-property-removed GET * | nobody reads it
A2 | ` + benchSchema + `/properties/page | nobody reads it

B | listJobs/200-all#/response/body/page | nobody reads it
`

func TestExceptionsExcuseABreakUntilTheRelease(t *testing.T) {
	t.Parallel()
	b := frozenBench(t)
	properties := objectOf(b.schema()["properties"])
	page := properties["page"]
	delete(properties, "page")
	b.answer(`{"total":0}`)
	b.write("snapshots/except.txt", pageExcused)
	c := b.compare()
	if err := c.Err(); err != nil {
		t.Fatalf("not excused: %v", err)
	}
	if diff := cmp.Diff([]string{"current/listJobs/200-all.json"}, b.pending(c)); diff != "" {
		t.Errorf("pending; the frozen files must stay (-want +got):\n%s", diff)
	}
	if _, err := c.Add(""); err != nil {
		t.Fatal(err)
	}

	b.write("CHANGELOG.md", "# Changelog\n\n## [1.0.0-rc.1] - 2026-11-28\n")
	if err := b.compare().Err(); err != nil {
		t.Errorf("a candidate may still be corrected: %v", err)
	}
	b.answer(`{"total":"0"}`)
	wantErr(t, b.compare().Err(), "BREAKING", "B | listJobs/200-all#/response/body/total | WHY")
	b.answer(`{"total":0}`)

	b.write("CHANGELOG.md", "# Changelog\n\n## [1.0.0] - 2026-12-01\n")
	wantErr(t, b.compare().Err(), "There is no other way", "except.txt has 3 lines")

	b.write("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n## [0.9.0]\n")
	properties["page"] = page
	b.answer(`{"total":0,"page":1}`)
	wantErr(t, b.compare().Err(), "excuse nothing any more", "line 2", "line 3", "line 5")
}

func TestFrozenFilesMustStay(t *testing.T) {
	t.Parallel()
	b := frozenBench(t)
	b.write("CHANGELOG.md", "## [1.0.0]\n")
	if err := os.Remove(b.folder.path("snapshots/v1/contract.frozen.json")); err != nil {
		t.Fatal(err)
	}
	delete(b.recorded, "listJobs/200-all")
	wantErr(t, b.compare().Err(), "restore it from git", "no case records it any more")
}

func TestAddRemovesWhatIsExcusedFromCurrent(t *testing.T) {
	t.Parallel()
	b := frozenBench(t)
	delete(b.recorded, "listJobs/200-all")
	b.write("snapshots/except.txt", "B | listJobs/200-all# | replaced by a better example\n")
	if _, err := b.compare().Add(""); err != nil {
		t.Fatal(err)
	}
	if _, ok := b.files()["snapshots/v1/current/listJobs/200-all.json"]; ok {
		t.Error("the exchange is still in current")
	}
	if err := b.compare().PendingErr(); err != nil {
		t.Error(err)
	}
}

func TestProseMayChangeWithoutAdding(t *testing.T) {
	t.Parallel()
	b := frozenBench(t)
	d := document{root: b.contract}
	d.object("paths", "/jobs", "get")["summary"] = "List jobs"
	if c := b.compare(); c.Err() != nil || c.PendingErr() != nil {
		t.Errorf("%v, %v", c.Err(), c.PendingErr())
	}
}

func TestExceptionMatches(t *testing.T) {
	t.Parallel()
	f := Finding{Gate: GateExchange, Where: "getJob/200-draft#/response/headers/Etag"}
	for where, want := range map[string]bool{
		f.Where: true, "getJob/*": true, "*#/response/headers/Etag": true, "getJob/*#/response/*/Etag": true, "*draft*": true,
		"getJob/200": false, "*/headers": false, "listJobs/*": false, "getJob/*/headers/*/Etag": false,
	} {
		if got := (Exception{Gate: GateExchange, Where: where}).matches(f); got != want {
			t.Errorf("%s matches: %t, want %t", where, got, want)
		}
	}
	if (Exception{Gate: GateKept, Where: "*"}).matches(f) {
		t.Error("another gate matches")
	}
}

func TestParseExceptionsRefusesFaults(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"A2 /paths: no bars", "A2 | /paths", "A3 | /paths | reason", "A2 | * | all of it", "A2 | /paths |  "} {
		if got, err := ParseExceptions([]byte(line)); err == nil {
			t.Errorf("%q gave %v", line, got)
		}
	}
}

func TestEncodeIsStable(t *testing.T) {
	t.Parallel()
	e := exchangeOf(200, map[string]string{"B": "1", "A": "2"}, `{"z":1.50,"a":"<p>&</p>"}`)
	data := e.Encode()
	read, err := DecodeExchange(data)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(read.Encode(), data) || !strings.Contains(string(data), "<p>&</p>") || !strings.Contains(string(data), "1.50") {
		t.Errorf("not stable:\n%s\n%s", data, read.Encode())
	}
}
