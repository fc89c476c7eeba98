package document

import "strings"

// Matches tells whether the lines of If-None-Match have an entity tag, by the weak comparison of RFC 9110, section 8.8.3.2.
func Matches(lines []string, etag string) bool {
	etag = strings.TrimPrefix(etag, "W/")
	for _, tag := range Tags(lines) {
		if tag == "*" || Unproxied(tag) == etag {
			return true
		}
	}
	return false
}

// Unproxied is a tag as it was sent, without what proxies make of the tags of what they compress: some weaken them, and others, such as
// Apache's and Jetty's, add the name of the compression.
func Unproxied(tag string) string {
	tag = strings.TrimPrefix(tag, "W/")
	opaque, quoted := strings.CutSuffix(tag, `"`)
	if !quoted {
		return tag
	}
	for _, compression := range []string{"gzip", "br", "zstd", "deflate"} {
		for _, sign := range []string{"--", "-", ";", ":"} {
			if short, ok := strings.CutSuffix(opaque, sign+compression); ok {
				return short + `"`
			}
		}
	}
	return tag
}

// Tags are the entity tags that the lines of If-Match or If-None-Match list, as they were written.
func Tags(lines []string) []string {
	var tags []string
	for _, line := range lines {
		for tag := range strings.SplitSeq(line, ",") {
			if tag = strings.TrimSpace(tag); tag != "" {
				tags = append(tags, tag)
			}
		}
	}
	return tags
}
