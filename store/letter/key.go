package letter

import "fmt"

// KeyApproved tells an admin of an employer that a key may be used. link leads to the keys.
func KeyApproved(to, employer, key, link string) Mail {
	return mailWith(to, "", fmt.Sprintf("Your API key “%s” is approved", key), whyAdmin(employer), button{"See your API keys", link}, []string{
		"Hello,",
		fmt.Sprintf("The API key “%s” of %s is approved. It works from now on, and you need not change anything in your system. Your keys are here:", key, employer),
		link,
	})
}

// KeyRefused tells an admin of an employer that a key is refused, and why. link leads to the keys.
func KeyRefused(to, employer, key, reason, link string) Mail {
	return mailWith(to, "", fmt.Sprintf("Your API key “%s” is not approved", key), whyAdmin(employer), button{"See your API keys", link}, []string{
		"Hello,",
		fmt.Sprintf("We have looked at the API key “%s” of %s and can't approve it. Requests with it are still refused (status 401).", key, employer),
		"The reason: " + reason,
		"When this is settled, create another key. Test keys work without approval:",
		link,
	})
}
