package letter

import "fmt"

// ProposalWaits tells an admin of an employer that a key asks for something which a person decides. link leads to it.
func ProposalWaits(to, employer, key, summary, link string) Mail {
	return mailWith(to, "", "An API key asks for your approval", whyAdmin(employer), button{"Approve or refuse", link}, []string{
		"Hello,",
		fmt.Sprintf("The API key “%s” of %s asks to do something that spends credits. Nothing is done until somebody of your team approves it:", key, employer),
		summary,
		"Approve or refuse it here:",
		link,
		"After 24 hours the proposal expires, and nothing happens. While it waits, further proposals are listed on the same pages without another email.",
	})
}
