package taxonomy

import "strings"

// alike are words of titles and texts that people write in several ways: each line has the spellings of one. What stands behind > is
// short for the first of them, and stands for other things, too: it is looked for as the first one, but not in its place.
const alike = `
senior > sr; snr
junior > jr; jnr
developer > dev
engineer > eng; engr
manager > mgr
administrator > admin
frontend; front end
backend; back end
fullstack; full stack
devops; dev ops
devsecops; dev sec ops
cybersecurity; cyber security
infosec; info sec
helpdesk; help desk
servicedesk; service desk
database; data base
datacenter; datacentre; data center; data centre
center; centre
ecommerce; e commerce
microservices; micro services
website; web site
workflow; work flow
opensource; open source
realtime; real time
startup; start up
licence; license
organisation; organization
optimisation; optimization
virtualisation; virtualization
modernisation; modernization
containerisation; containerization
digitalisation; digitalization; digitisation; digitization
fulltime; full time
parttime; part time
onsite; on site
homeoffice; home office
internship; intern
apprenticeship; apprentice
freelance; freelancer
`

// readAlike gives for each spelling the others that are looked for with it, and for each short one the one that it is short for.
func readAlike() (others map[string][]string, full map[string]string) {
	others, full = map[string][]string{}, map[string]string{}
	for line := range strings.Lines(strings.TrimSpace(alike)) {
		whole, short, _ := strings.Cut(strings.TrimSpace(line), " > ")
		all := list(whole)
		for i, s := range all {
			others[s] = append(append(others[s], all[:i]...), all[i+1:]...)
		}
		for _, s := range list(short) {
			others[s], full[s] = append(others[s], all[0]), all[0]
		}
	}
	return others, full
}

// InFull writes the words of a title that are short for others in full: "senior developer" for "Sr. Dev"; empty when there are none.
func InFull(title string) string {
	t := data()
	words := wordsOf(title)
	found := false
	for i, word := range words {
		if full := t.full[word]; full != "" {
			words[i], found = full, true
		}
	}
	if !found {
		return ""
	}
	return strings.Join(words, " ")
}
