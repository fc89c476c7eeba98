package contract

import "strings"

func unknownField(name string, known []string) string {
	if meant := DidYouMean(name, known); meant != "" || len(known) == 0 {
		return "is not a known field" + meant
	}
	return "is not a known field; known are: " + strings.Join(known, ", ")
}

func unknownParameter(name string, known []string) string {
	if len(known) == 0 {
		return "is not a known parameter; this operation takes none"
	}
	return "is not a known parameter" + DidYouMean(name, known) + "; known are: " + strings.Join(known, ", ")
}

// DidYouMean is the suggestion that ends a message about an unknown name, such as " (did you mean salary?)", or "" when
// no known name is near. A name is near when it differs in case and separators only, or in at most two letters, which are
// at most half of it.
func DidYouMean(name string, known []string) string {
	if len(name) > 2*maxSuggested {
		return ""
	}
	folded := fold(name)
	best, least := "", 3
	for _, k := range known {
		target := fold(k)
		if d := distance(folded, target); d < least && 2*d <= len(target) {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return " (did you mean " + best + "?)"
}

// maxSuggested bounds the length of a name that gets a suggestion, so that the search stays cheap.
const maxSuggested = 32

func fold(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "", ".", "").Replace(name))
}

// distance is the Levenshtein distance in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = min(diagonal, row[j], row[j+1]) + 1
			}
			diagonal = row[j+1]
			row[j+1] = cost
		}
	}
	return row[len(b)]
}
