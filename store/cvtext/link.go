package cvtext

import "strings"

// linkTarget is what of a link's address is text of a CV: an address of the web or of email. It is empty for a place in the
// document, a script, or a file.
func linkTarget(address string) string {
	address = strings.TrimSpace(address)
	lower := strings.ToLower(address)
	switch {
	case strings.HasPrefix(lower, "http://"), strings.HasPrefix(lower, "https://"):
		return address
	case strings.HasPrefix(lower, "mailto:"):
		to, _, _ := strings.Cut(address[len("mailto:"):], "?")
		return to
	case strings.HasPrefix(lower, "tel:"):
		return address[len("tel:"):]
	}
	return ""
}
