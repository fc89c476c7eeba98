package letter

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"itmanagerjobs/store/board"
)

// Confirmation confirms an application to the applicant. withdrawURL is empty for no link; unread are the
// files that could not be read.
func Confirmation(a board.Applicant, jobTitle, employer, withdrawURL string, unread []board.UnreadFile) Mail {
	paragraphs := []string{
		greetingOf(a.FirstName),
		fmt.Sprintf("Thank you for applying for the job “%s” at %s. Your application has arrived, and the employer can read it now.", jobTitle, employer),
	}
	if len(unread) > 0 {
		paragraphs = append(paragraphs, "We could not read everything that you sent:", unreadLines(unread),
			"If that matters, send the employer another file, best as PDF.")
	}
	if withdrawURL != "" {
		paragraphs = append(paragraphs, fmt.Sprintf("If you change your mind, you can withdraw your application within %d days:", int(board.WithdrawLife/(24*time.Hour))), withdrawURL)
	}
	return mailWith(a.Email, "", "Your application: "+jobTitle, whyApplied, button{"Withdraw the application", withdrawURL}, paragraphs)
}

// UnreadCV tells an applicant that the CV, which was read after the application had been confirmed, has no text.
func UnreadCV(a board.Applicant, jobTitle, employer string, file board.UnreadFile) Mail {
	return mailOf(a.Email, "", "Your CV for the job "+jobTitle, whyApplied, []string{
		greetingOf(a.FirstName),
		fmt.Sprintf("Your application for the job “%s” has arrived at %s with your CV, but its text could not be read:", jobTitle, employer),
		unreadLines([]board.UnreadFile{file}),
		"The employer can open the file all the same. If you think that it is damaged, send the employer another one, best as PDF.",
	})
}

// AppliedBefore tells somebody who applies for a job once more that the first application counts. cvName is the CV of the second one,
// empty without; withdrawURL is empty for no link.
func AppliedBefore(a board.Applicant, jobTitle, employer string, appliedAt time.Time, cvName, withdrawURL string) Mail {
	paragraphs := []string{
		greetingOf(a.FirstName),
		fmt.Sprintf("You have applied for the job “%s” at %s already, on %s. The employer has that application, and what was sent now was not added to it.",
			jobTitle, employer, appliedAt.UTC().Format("2 January 2006")),
	}
	if cvName != "" {
		paragraphs = append(paragraphs, "The file "+cvName+" was not added.")
	}
	if withdrawURL != "" {
		paragraphs = append(paragraphs, "To send other documents, withdraw the first application by this link, and apply again:", withdrawURL)
	}
	paragraphs = append(paragraphs, "If it was not you who applied now, there is nothing to do.")
	return mailWith(a.Email, "", "You have applied already: "+jobTitle, whyApplied, button{"Withdraw the first application", withdrawURL}, paragraphs)
}

// greetingOf greets a person, without a name that could advertise something: anybody can apply in the name of anybody.
func greetingOf(name string) string {
	if strings.TrimSpace(name) == "" || strings.ContainsAny(name, "@/\\:<>") || address.MatchString(name) {
		return "Hello,"
	}
	return fmt.Sprintf("Hello %s,", name)
}

// address is what mail programs make a link of. A dot between initials is none.
var address = regexp.MustCompile(`(?i)\bwww\.|[\pL\pN-]{2,}\.\pL{2,}`)

// Application is the email with an application to the employer. The sender attaches the CV, whose name is cvName. why
// explains why the application comes by email, when the job has another apply method; unread are the files that could not be read.
func Application(to string, a board.Applicant, job board.Job, applicationID int64, cvName string, unread []board.UnreadFile, why string) Mail {
	lines := []string{"Name: " + a.FirstName + " " + a.LastName, "Email: " + a.Email}
	if a.Phone != "" {
		lines = append(lines, "Phone: "+a.Phone)
	}
	if cvName != "" {
		lines = append(lines, "CV: "+cvName+" (attached)")
	}
	title := "“" + job.Title + "”"
	if job.Reference != nil {
		title += " (" + *job.Reference + ")"
	}
	paragraphs := []string{
		greeting(""),
		fmt.Sprintf("There is a new application for your job %s.", title),
		strings.Join(lines, "\n"),
	}
	if a.CoverLetter != "" {
		paragraphs = append(paragraphs, "Cover letter:", a.CoverLetter)
	}
	if len(unread) > 0 {
		paragraphs = append(paragraphs, "These files of the applicant could not be read:", unreadLines(unread))
	}
	if why != "" {
		paragraphs = append(paragraphs, why)
	}
	paragraphs = append(paragraphs, fmt.Sprintf("Your answer to this email goes to the applicant. At ITManagerJobs this is application %d.", applicationID))
	return mailOf(to, a.Email, fmt.Sprintf("Application for %s: %s %s", job.Title, a.FirstName, a.LastName), "You get this email because this address receives the applications for the job.", paragraphs)
}

// unreadLines has a line for each file.
func unreadLines(files []board.UnreadFile) string {
	lines := make([]string, len(files))
	for i, f := range files {
		lines[i] = f.Name + ": " + f.Reason
	}
	return strings.Join(lines, "\n")
}

// PushGivenUp explains why an application comes by email, when it should have been posted to the employer's endpoint.
func PushGivenUp(pushURL, reason string) string {
	return fmt.Sprintf("It comes by email because it could not be posted to %s: %s", pushURL, reason)
}

// ToApplicant is an email that an employer has written to somebody who applied. The text is plain, with an empty line between
// paragraphs; nothing in it becomes a link.
func ToApplicant(to, replyTo, subject, text string) Mail {
	return mailOf(to, replyTo, subject, whyApplied, strings.Split(text, "\n\n"))
}
