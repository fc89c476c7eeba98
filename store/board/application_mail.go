package board

import (
	"fmt"
	"strings"
	"time"
)

// WithdrawPath is the path of the page that withdraws an application, with the query parameter token; the confirmation email
// links to it. GET only asks, because mail programs follow links by themselves. POST withdraws.
const WithdrawPath = "/applications/withdraw"

// WithdrawLife is how long the link is valid.
const WithdrawLife = 180 * 24 * time.Hour

// ConfirmationMail confirms an application to the applicant. withdrawURL is empty for no link.
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

// ApplicationMail is the email with an application to the employer. The sender attaches the CV, whose name is cvName. why
// explains why the application comes by email, when the job has another apply method.
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
