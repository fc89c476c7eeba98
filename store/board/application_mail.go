package board

import (
	"fmt"
	"html"
	"strings"
	"time"
)

// WithdrawPath is the page of the link in the confirmation of an application, with the query parameter token. GET only
// shows it and asks: programs that look after people's mail follow links. POST withdraws.
const WithdrawPath = "/applications/withdraw"

// WithdrawLife is how long that link works.
const WithdrawLife = 180 * 24 * time.Hour

// ConfirmationMail thanks somebody for an application. withdrawURL is "" when there is no link.
func ConfirmationMail(a Applicant, jobTitle, employer, withdrawURL string) Mail {
	paragraphs := []string{
		fmt.Sprintf("Hello %s,", a.FirstName),
		fmt.Sprintf("thank you for applying for the job %q at %s. Your application has arrived, and the employer can read it now.", jobTitle, employer),
	}
	if withdrawURL != "" {
		paragraphs = append(paragraphs, fmt.Sprintf("If you change your mind, you can withdraw your application within %d days:", int(WithdrawLife/(24*time.Hour))), withdrawURL)
	}
	return mailOf(a.Email, "", "Your application: "+jobTitle, withdrawURL, paragraphs)
}

// ApplicationMail brings an application to the employer; the CV, when there is one, is attached. why says why it comes
// by email when that is not what the employer asked for.
func ApplicationMail(to string, a Applicant, job Job, applicationID int64, cvName, why string) Mail {
	lines := []string{"Name: " + a.FirstName + " " + a.LastName, "Email: " + a.Email}
	if a.Phone != "" {
		lines = append(lines, "Phone: "+a.Phone)
	}
	if cvName != "" {
		lines = append(lines, "CV: "+cvName+" (attached)")
	}
	title := fmt.Sprintf("%q", job.Title)
	if job.Reference != nil {
		title += " (" + *job.Reference + ")"
	}
	paragraphs := []string{
		fmt.Sprintf("There is a new application for your job %s.", title),
		strings.Join(lines, "\n"),
	}
	if a.CoverLetter != "" {
		paragraphs = append(paragraphs, "Cover letter:", a.CoverLetter)
	}
	if why != "" {
		paragraphs = append(paragraphs, why)
	}
	paragraphs = append(paragraphs, fmt.Sprintf("It is application %d; an answer to this email goes to the applicant.", applicationID))
	return mailOf(to, a.Email, fmt.Sprintf("Application for %s: %s %s", job.Title, a.FirstName, a.LastName), "", paragraphs)
}

// PushGivenUp is why an application that should have been posted comes by email (R19).
func PushGivenUp(pushURL, reason string) string {
	return fmt.Sprintf("It comes by email because it could not be posted to %s: %s", pushURL, reason)
}

// mailOf writes the paragraphs as text and as HTML. The paragraph that is link becomes one, and no other: what an
// applicant wrote is not made something to click on.
func mailOf(to, replyTo, subject, link string, paragraphs []string) Mail {
	var b strings.Builder
	b.WriteString("<!doctype html><html><body style=\"font-family:sans-serif\">\n")
	for _, p := range paragraphs {
		escaped := strings.ReplaceAll(html.EscapeString(p), "\n", "<br>\n")
		if link != "" && p == link {
			escaped = `<a href="` + escaped + `">` + escaped + `</a>`
		}
		b.WriteString("<p>" + escaped + "</p>\n")
	}
	b.WriteString("</body></html>\n")
	return Mail{To: to, ReplyTo: replyTo, Subject: subject, Text: strings.Join(paragraphs, "\n\n") + "\n", HTML: b.String()}
}
