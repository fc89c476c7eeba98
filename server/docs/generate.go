package docs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"itmanagerjobs/store/board/event"
	"itmanagerjobs/webhooks/profile"
)

// generator writes what follows from the contract and from the program, so that no page copies it by hand.
type generator struct {
	contract   contract
	errors     map[string]errorUse
	operations int
	files      fs.FS
	changelog  string
}

func newGenerator(c Config) (*generator, error) {
	g := &generator{files: c.Files, changelog: string(c.Changelog)}
	if err := json.Unmarshal(c.Contract, &g.contract); err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
	g.errors, g.operations = g.contract.errorUses(), len(g.contract.calls())
	return g, nil
}

// insertion is a line of a document in whose place something is written: "<!-- insert events -->".
var insertion = regexp.MustCompile(`(?m)^<!-- insert ([a-z-]+)(?: ([a-z_]+))? -->$`)

// expand carries out the insertions of a document.
func (g *generator) expand(source string) (string, error) {
	var failed error
	out := insertion.ReplaceAllStringFunc(source, func(line string) string {
		m := insertion.FindStringSubmatch(line)
		text, err := g.insert(m[1], m[2])
		if err != nil {
			failed = fmt.Errorf("%s: %w", line, err)
		}
		return strings.TrimRight(text, "\n")
	})
	return out, failed
}

func (g *generator) insert(what, argument string) (string, error) {
	switch what {
	case "events":
		return g.eventTable(), nil
	case "errors":
		return g.errorTable()
	case "field-errors":
		return g.fieldErrorTable()
	case "error":
		return g.errorFacts(argument)
	case "operations":
		return g.operationTable(argument)
	case "all-operations":
		return g.allOperations(), nil
	case "programs":
		return g.programs()
	case "profile-events":
		return profileEventTable(), nil
	case "changelog":
		return g.changes()
	}
	return "", fmt.Errorf("there is nothing called %q to insert", what)
}

// eventTypes are the names of all events in the order of the catalogue. The last one is sent on demand.
func eventTypes() []event.Type { return append(event.AllTypes(), event.WebhookTest) }

func (g *generator) eventTable() string {
	var out strings.Builder
	out.WriteString("| event | when |\n|---|---|\n")
	for _, t := range eventTypes() {
		event := g.contract.Events[string(t)].Post
		fmt.Fprintf(&out, "| [`%s`](/docs/events/%s) | %s |\n", t, t, oneLine(event.Summary))
	}
	return out.String()
}

// eventPages makes a page for each event from the contract.
func (g *generator) eventPages(parent *page) []*page {
	all := make([]*page, 0, len(eventTypes()))
	for _, t := range eventTypes() {
		event := g.contract.Events[string(t)].Post
		var out strings.Builder
		fmt.Fprintf(&out, "# `%s`\n\n%s. %s\n\n", t, event.Summary, oneLine(event.Description))
		body := event.Body.Content["application/json"]
		out.WriteString("## Fields\n\n")
		out.WriteString(g.fieldTable(g.contract.resolve(body.Schema)))
		out.WriteString("\n## Examples\n\nThe body of a delivery in the profile `native`, and `data` of the event in `GET /api/v1/events`:\n\n")
		for _, name := range slices.Sorted(maps.Keys(body.Examples)) {
			fmt.Fprintf(&out, "```json\n%s\n```\n\n", indented(body.Examples[name].Value))
		}
		out.WriteString("## In other formats\n\n| profile | its name for this event |\n|---|---|\n")
		for _, p := range profile.All() {
			if name, ok := p.Wire(string(t)); ok {
				fmt.Fprintf(&out, "| [`%s`](/docs/webhooks/profiles/%s) | `%s` |\n", p.Name, p.Name, name)
			}
		}
		out.WriteString("\n[Webhooks](/docs/webhooks) says how deliveries are signed and retried.\n")
		all = append(all, &page{written: "guide/events/" + string(t) + ".md", source: out.String(), parent: parent})
	}
	return all
}

func (g *generator) fieldTable(s schema) string {
	var out strings.Builder
	out.WriteString("| field | type | meaning |\n|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		field := s.Properties[name]
		what := g.contract.resolve(field)
		kind := what.Type
		if what.Format != "" {
			kind += ", " + what.Format
		}
		if field.Nullable || what.Nullable {
			kind += ", or null"
		}
		if !slices.Contains(s.Required, name) {
			kind += ", may be absent"
		}
		text := field.Description
		if text == "" {
			text = what.Description
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s |\n", name, kind, cell(text))
	}
	return out.String()
}

func (g *generator) errorTable() (string, error) {
	codes, err := g.contract.codes()
	if err != nil {
		return "", err
	}
	var out strings.Builder
	out.WriteString("| status | code | meaning |\n|---|---|---|\n")
	for _, c := range codes {
		text := c.text
		if text == "" {
			text = g.summaryOf(c.code)
		}
		fmt.Fprintf(&out, "| %s | [`%s`](/docs/errors/%s) | %s |\n", c.status, c.code, c.code, cell(text))
	}
	return out.String(), nil
}

// summaryOf is the first paragraph of the page of an error.
func (g *generator) summaryOf(code string) string {
	source, err := fs.ReadFile(g.files, "guide/errors/"+code+".md")
	if err != nil {
		return ""
	}
	parts := strings.SplitN(string(source), "\n\n", 3)
	if len(parts) < 2 {
		return ""
	}
	return parts[1]
}

func (g *generator) fieldErrorTable() (string, error) {
	codes, err := listed(g.contract.Components.Schemas["FieldErrorCode"])
	if err != nil {
		return "", err
	}
	var out strings.Builder
	out.WriteString("| code of a field | meaning |\n|---|---|\n")
	for _, c := range codes {
		fmt.Fprintf(&out, "| `%s` | %s |\n", c.code, cell(c.text))
	}
	return out.String(), nil
}

// manyOperations is how many operations are too many to list.
const manyOperations = 20

// errorFacts is the status of an error, an example, and which operations answer it.
func (g *generator) errorFacts(code string) (string, error) {
	codes, err := g.contract.codes()
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(codes, func(c errorCode) bool { return c.code == code })
	if i < 0 {
		return "", fmt.Errorf("the contract has no code %q", code)
	}
	var out strings.Builder
	use := g.errors[code]
	fmt.Fprintf(&out, "## The answer\n\nThe status is `%s`.\n\n", codes[i].status)
	if use.example != nil {
		fmt.Fprintf(&out, "```json schema=ErrorEnvelope\n%s\n```\n\n", indented(use.example))
	}
	switch {
	case len(use.calls) > manyOperations:
		fmt.Fprintf(&out, "%d of %d operations can answer it; [the reference](/docs/reference) says which.\n", len(use.calls), g.operations)
	case len(use.calls) > 0:
		out.WriteString("| operation | what it does |\n|---|---|\n")
		for _, op := range use.calls {
			fmt.Fprintf(&out, "| `%s %s` | %s |\n", op.method, op.path, cell(op.Summary))
		}
	}
	return out.String(), nil
}

// operationTable lists the operations of a tag, which is written in small letters with underscores.
func (g *generator) operationTable(tag string) (string, error) {
	var out strings.Builder
	out.WriteString("| operation | what it does | scope |\n|---|---|---|\n")
	n := 0
	for _, op := range g.contract.calls() {
		if strings.ToLower(strings.ReplaceAll(op.Tags[0], " ", "_")) == tag {
			n++
			scope := "any"
			if op.Scope != "" {
				scope = "`" + op.Scope + "`"
			}
			fmt.Fprintf(&out, "| `%s %s` | %s | %s |\n", op.method, op.path, cell(op.Summary), scope)
		}
	}
	if n == 0 {
		return "", fmt.Errorf("the contract has no operations with the tag %q", tag)
	}
	return out.String(), nil
}

// allOperations are the operations with a heading for each tag.
func (g *generator) allOperations() string {
	var out strings.Builder
	tag := ""
	for _, op := range g.contract.calls() {
		if op.Tags[0] != tag {
			tag = op.Tags[0]
			fmt.Fprintf(&out, "\n## %s\n\n| operation | what it does | scope | limit |\n|---|---|---|---|\n", tag)
		}
		scope, family := "any", "none"
		if op.Scope != "" {
			scope = "`" + op.Scope + "`"
		}
		if op.Family != "" {
			family = "`" + op.Family + "`"
		}
		fmt.Fprintf(&out, "| `%s %s` | %s | %s | %s |\n", op.method, op.path, cell(op.Summary), scope, family)
	}
	return out.String()
}

// programs are those that verify a signature, one for each language.
func (g *generator) programs() (string, error) {
	var out strings.Builder
	for _, l := range []struct{ name, file, tag string }{
		{"Node", "verify.js", "js"}, {"Python", "verify.py", "python"}, {"Go", "verify.go", "go"}, {"PHP", "verify.php", "php"},
		{"C#", "Verify.cs", "cs"}, {"Java", "Verify.java", "java"}, {"Ruby", "verify.rb", "ruby"},
	} {
		source, err := fs.ReadFile(g.files, path.Join("webhooks/verify", l.file))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&out, "## %s\n\n[%s](/docs/webhooks/verify/%s)\n\n```%s\n%s\n```\n\n", l.name, l.file, l.file, l.tag, strings.TrimRight(string(source), "\n"))
	}
	return out.String(), nil
}

func profileEventTable() string {
	var out strings.Builder
	out.WriteString("| event |")
	all := profile.All()
	for _, p := range all {
		fmt.Fprintf(&out, " `%s` |", p.Name)
	}
	out.WriteString("\n|---|" + strings.Repeat("---|", len(all)) + "\n")
	for _, t := range eventTypes() {
		fmt.Fprintf(&out, "| `%s` |", t)
		for _, p := range all {
			name, ok := p.Wire(string(t))
			if ok {
				name = "`" + name + "`"
			} else {
				name = "–"
			}
			fmt.Fprintf(&out, " %s |", name)
		}
		out.WriteString("\n")
	}
	return out.String()
}

// changes are the releases of the change log, without its introduction, and links out of what is served.
func (g *generator) changes() (string, error) {
	_, releases, found := strings.Cut(g.changelog, "\n## ")
	if !found {
		return "", errors.New("the change log has no release")
	}
	out := repositoryLink.ReplaceAllString("## "+releases, "$1")
	return releaseName.ReplaceAllString(out, "## $1"), nil
}

var (
	repositoryLink = regexp.MustCompile(`\[([^\]]+)\]\([^):]+\)`)
	releaseName    = regexp.MustCompile(`(?m)^## \[([^\]]+)\]`)
)

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// cell is a text in a table.
func cell(s string) string { return strings.ReplaceAll(oneLine(s), "|", `\|`) }
