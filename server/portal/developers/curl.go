package developers

// CurlMe asks who the key is; it works with every key and changes nothing.
func (p *Pages) CurlMe(key string) string {
	return "curl " + p.PublicURL + "/api/v1/me \\\n  -H \"Authorization: Bearer " + key + `"`
}

// curlDraft makes a draft of a job, which costs nothing.
func (p *Pages) curlDraft(key string) string {
	return "curl " + p.PublicURL + "/api/v1/jobs \\\n  -H \"Authorization: Bearer " + key + "\" \\\n" +
		"  -H \"Content-Type: application/json\" \\\n  -d '{\"title\": \"IT Manager\"}'"
}
