package taxonomy

import (
	"slices"
	"strings"

	"itmanagerjobs/store/cvquery"
)

// DidYouMean is a query in which words of the taxonomy replace those that are spelled nearly like them, with operators in
// capitals; "" when there is nothing to change. All else stays as it was typed.
func DidYouMean(text string, parsed cvquery.Query) string {
	typed := parsed.Words()
	better := text
	if operators := cvquery.Operators(text); operators != text {
		if _, err := cvquery.Parse(operators, Synonyms); err == nil {
			better = operators // as long as the text
		}
	}
	var b strings.Builder
	at := 0
	for t := range cvquery.Tokens(text) {
		if t.Start < at || !slices.Contains(typed, t.Word) {
			continue
		}
		if word, ok := Suggest(text[t.Start:t.End]); ok {
			b.WriteString(better[at:t.Start] + word)
			at = t.End
		}
	}
	b.WriteString(better[at:])
	if b.String() == text {
		return ""
	}
	return b.String()
}
