package cvtext

import (
	"regexp"
	"strings"
)

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

// hyperlink matches the instruction of a field that is a link.
var hyperlink = regexp.MustCompile(`HYPERLINK\s+(?:\\[a-z]\s+)*(?:"([^"]+)"|([^"\s\\]+))`)

// hyperlinkOf gives where the instruction of a field leads to; empty for another field.
func hyperlinkOf(instruction string) string {
	if m := hyperlink.FindStringSubmatch(instruction); m != nil {
		return linkTarget(m[1] + m[2])
	}
	return ""
}
