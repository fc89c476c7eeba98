package developers

import (
	"bytes"
	"embed"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"itmanagerjobs/server/pages"
)

// The few lines that verify a signature: one file for each language, with a part for each way of signing. A part begins with
// a line "=== name" and has the places that fill fills in.
//
//go:embed verify
var verifyFiles embed.FS

// language is one that the lines are shown in, with how it writes a text.
type language struct {
	name, file string
	quote      func(string) string
}

func languages() []language {
	return []language{
		{"Go", "go", strconv.Quote}, {"Node", "js", jsonQuote}, {"Python", "py", jsonQuote}, {"PHP", "php", singleQuote}, {"Ruby", "rb", singleQuote},
		{"Java", "java", jsonQuote}, {"C#", "cs", jsonQuote},
	}
}

// jsonQuote writes a text as JSON does, which those languages read alike.
func jsonQuote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return `""` // a string can always be encoded
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// singleQuote leaves nothing for PHP and Ruby to fill in.
func singleQuote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// verifiers are the lines of all languages, filled with a delivery.
func verifiers(profileName string, header http.Header, body string) []pages.Code {
	part := "timestamped"
	var signature string
	values := map[string]string{"BODY": body}
	switch profileName {
	case "standardwebhooks":
		part, signature = "standard", header.Get("Webhook-Signature")
		values["ID"], values["TIMESTAMP"] = header.Get("Webhook-Id"), header.Get("Webhook-Timestamp")
	case "rejento":
		part, signature = "bare", header.Get("X-Rejento-Signature")
	case "autotechjobs":
		for name, values := range header { // written as its documentation has it, which is not how Get looks for it
			if strings.EqualFold(name, "X-AutoTechJobs-Signature") {
				signature = values[0]
			}
		}
	default:
		signature = header.Get("X-Webhook-Signature")
	}
	values["SIGNATURE"] = signature
	var all []pages.Code
	for _, l := range languages() {
		if text := verifyPart(l.file, part); text != "" {
			for name, value := range values {
				text = strings.ReplaceAll(text, "{{"+name+"}}", l.quote(value))
			}
			all = append(all, pages.Code{Title: l.name, Text: text})
		}
	}
	return all
}

// verifyPart reads the lines of a language for a way of signing.
func verifyPart(file, part string) string {
	content, err := verifyFiles.ReadFile("verify/" + file + ".txt")
	if err != nil {
		return ""
	}
	for text := range strings.SplitSeq(string(content), "=== ") {
		if name, lines, _ := strings.Cut(text, "\n"); name == part {
			return strings.TrimSpace(lines)
		}
	}
	return ""
}

// sorted are the names of headers in their order.
func sorted(h http.Header) []string { return slices.Sorted(maps.Keys(h)) }
