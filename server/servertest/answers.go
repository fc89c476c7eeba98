package servertest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"

	"itmanagerjobs/openapi"
)

// AnswersFolder is the environment variable that names a folder for what the tests of a package were answered: one file
// for each package, made anew with each run, in the form that openapi/consumer/ajv.mjs reads. Nothing is kept without it.
const AnswersFolder = "TEST_ANSWERS"

// answer is a part of an answer and the schema that it must fit.
type answer struct {
	Contract string `json:"contract"`
	// Schema is a JSON pointer into the contract.
	Schema string `json:"schema"`
	Value  any    `json:"value"`
	// Where says for a person what it is.
	Where string `json:"where"`
}

// answerLog is the file of this package.
type answerLog struct {
	mu   sync.Mutex
	file *os.File
	kept map[string]bool
}

var answers = sync.OnceValues(func() (*answerLog, error) {
	folder := os.Getenv(AnswersFolder)
	if folder == "" {
		return nil, nil //nolint:nilnil // nobody asked for them
	}
	file, err := os.Create(filepath.Join(folder, filepath.Base(os.Args[0])+".jsonl")) //nolint:gosec // the test's own environment names it
	if err != nil {
		return nil, err
	}
	return &answerLog{file: file, kept: map[string]bool{}}, nil
})

// keepAnswer writes the JSON body and the headers of an answer, unless the same were written before.
func keepAnswer(q Request, route *routers.Route, res Response) error {
	log, err := answers()
	if err != nil || log == nil {
		return err
	}
	for _, a := range parts(route, res) {
		a.Where = fmt.Sprintf("%s %s answered %d", q.Method, q.Path, res.Status)
		value, err := json.Marshal(a.Value)
		if err != nil {
			return err
		}
		if err := log.keep(a, a.Contract+a.Schema+string(value)); err != nil {
			return err
		}
	}
	return nil
}

func (l *answerLog) keep(a answer, key string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.kept[key] {
		return nil
	}
	l.kept[key] = true
	return json.NewEncoder(l.file).Encode(a)
}

// parts are the declared parts of an answer.
func parts(route *routers.Route, res Response) []answer {
	status := strconv.Itoa(res.Status)
	declared := route.Operation.Responses.Value(status)
	if declared == nil {
		return nil // the validator says so
	}
	contract := openapi.All()[slices.Index(Documents(), route.Spec)].Name
	at := pointer(declared.Ref, "/paths/"+strings.ReplaceAll(route.Path, "/", "~1")+"/"+strings.ToLower(route.Method)+"/responses/"+status)
	var all []answer
	if media := declared.Value.Content["application/json"]; media != nil && json.Valid(res.Body) {
		all = append(all, answer{Contract: contract, Schema: at + "/content/application~1json/schema", Value: json.RawMessage(res.Body)})
	}
	for name, header := range declared.Value.Headers {
		text := res.Header.Get(name)
		if text == "" {
			continue
		}
		value := any(text)
		if header.Value.Schema.Value.Type.Is(openapi3.TypeInteger) {
			value = json.Number(text)
		}
		all = append(all, answer{Contract: contract, Schema: pointer(header.Ref, at+"/headers/"+name) + "/schema", Value: value})
	}
	return all
}

// pointer is where a reference leads to, or the place itself when there is none.
func pointer(ref, place string) string {
	if ref == "" {
		return place
	}
	return strings.TrimPrefix(ref, "#")
}
