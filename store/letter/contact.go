package letter

import "fmt"

// whyReviewer is why a reviewer of the platform gets an email.
const whyReviewer = "You get this email because you work at the desk of ITManagerJobs."

// MessageWaits tells a reviewer of the platform that somebody has written. It has none of their words, which could be anything. link
// leads to the messages that wait.
func MessageWaits(to, ticket, link string) Mail {
	return mailWith(to, "", "Message "+ticket+" waits for an answer", whyReviewer, button{"Read the message", link}, []string{
		"Hello,",
		fmt.Sprintf("Somebody has written to the platform. The message has the number %s:", ticket),
		link,
		"While it waits, further messages are listed on the same page without another email.",
	})
}

// ContactReceived tells a person who has written to the platform under which number that is kept.
func ContactReceived(to, ticket string) Mail {
	return mailOf(to, "", "Your message has arrived: "+ticket, whyAddress, []string{
		"Hello,",
		fmt.Sprintf("Your message to ITManagerJobs has arrived. It has the number %s, and a person answers it by email.", ticket),
		"If you did not write to us, somebody has entered your address on our contact page. You can ignore this email: we do not use your address for anything else.",
	})
}
