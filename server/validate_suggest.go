package server

import "strings"

func unknownField(name string, known []string) string {
	return "is not a known field" + didYouMean(name, known)
}

func unknownParameter(name string, known []string) string {
	if len(known) == 0 {
		return "is not a known parameter; this operation takes none"
	}
	return "is not a known parameter" + didYouMean(name, known) + "; known are: " + strings.Join(known, ", ")
}

// didYouMean names the known name that was probably meant: the same but for case and separators, or one with at most
// two letters changed, and most of them kept.
func didYouMean(name string, known []string) string {
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

// maxSuggested is the length of name up to which a suggestion is looked for, so that the search stays cheap.
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
