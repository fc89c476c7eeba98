package letter

import "fmt"

// ContactReceived tells a person who has written to the platform under which number that is kept.
func ContactReceived(to, ticket string) Mail {
	return mailOf(to, "", "Your message has arrived: "+ticket, whyAddress, []string{
		"Hello,",
		fmt.Sprintf("Your message to ITManagerJobs has arrived. It has the number %s, and a person answers it by email.", ticket),
		"If you did not write to us, somebody has entered your address on our contact page. You can ignore this email: we do not use your address for anything else.",
	})
}
