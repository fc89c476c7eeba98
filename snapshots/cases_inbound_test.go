package snapshots_test

import (
	"strings"

	"itmanagerjobs/store/board"
)

const email = "Return-Path: <ada@example.com>\r\nFrom: Ada Lovelace <ada@example.com>\r\nTo: apply+PL-001@jobs.example.com\r\n" +
	"Subject: Platform Lead\r\nMessage-ID: <1@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" +
	"--x\r\nContent-Type: text/plain\r\n\r\nDear team,\r\nI have run platforms for ten years.\r\n" +
	"--x\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=\"ada-lovelace.txt\"\r\n\r\n" + cvText + "\r\n--x--\r\n"

// mailed is an email that a provider hands on.
func mailed(name, shows, message string, given ...step) exchangeCase {
	return exchangeCase{
		operation: "receiveInboundEmail", name: name, shows: shows, given: given, key: liveKey, call: "POST /apply/inbound",
		header: map[string]string{"Content-Type": "message/rfc822"}, body: message,
	}
}

// mailedAgain is the email of the cases, sent before.
func mailedAgain(header map[string]string) step {
	return answered("POST", "/apply/inbound", email, header)
}

func inboundCases() []exchangeCase {
	withHeader := map[string]string{"Content-Type": "message/rfc822", "Idempotency-Key": idempotencyKey}
	change := func(c exchangeCase, f func(*exchangeCase)) exchangeCase {
		f(&c)
		return c
	}
	keyed := func(c *exchangeCase) { c.header = withHeader }
	size := 25<<20 + 1
	return []exchangeCase{
		change(mailed("409-in-flight", "A request with the same Idempotency-Key has not been answered within 10 seconds.", email, anActiveJob, keyInFlight(liveKey)), keyed),
		mailed("202-received", "An email with a CV.", email, anActiveJob),
		mailed("202-again", "The same message is taken once.", email, anActiveJob, mailedAgain(map[string]string{"Content-Type": "message/rfc822"})),
		change(mailed("202-to", "The recipient that the provider names counts.", strings.Replace(email, "apply+", "jobs+", 1), anActiveJob),
			func(c *exchangeCase) { c.call += "?to=apply%2B1.PL-001%40jobs.example.com" }),
		change(mailed("202-replayed", "A repetition gives the first answer.", email, anActiveJob, mailedAgain(withHeader)), keyed),
		mailed("200-automatic", "A program wrote it.", "Auto-Submitted: auto-replied\r\n"+email, anActiveJob),
		mailed("400-no-recipient", "No recipient is an address for applications.", strings.Replace(email, "apply+", "jobs+", 1), anActiveJob),
		mailed("400-no-email", "What is no email.", "Dear team", anActiveJob),
		mailed("202-cv-content", "A file that is known by its content.", strings.Replace(email, "lovelace.txt", "lovelace.pdf", 1), anActiveJob),
		change(mailed("400-unknown-parameter", "A query parameter that does not exist.", email, anActiveJob), func(c *exchangeCase) { c.call += "?colour=red" }),
		change(mailed("401-no-key", "A request without a key.", email, anActiveJob), func(c *exchangeCase) { c.key = "" }),
		change(mailed("403-scope", "The key lacks the scope.", email, anActiveJob), func(c *exchangeCase) { c.key = cvKey }),
		change(mailed("403-read-only", "A read-only key may not write.", email, anActiveJob), func(c *exchangeCase) { c.key = readOnlyKey }),
		mailed("404-absent", "There is no such job.", email),
		mailed("404-of-another", "A job of another employer is answered as one that is not there.", email, anothersJob),
		mailed("409-twice", "The same person a second time.", strings.Replace(email, "<1@", "<2@", 1), anApplication),
		mailed("410-closed", "The job is closed.", email, aClosedJob),
		mailed("410-expired", "The job has expired.", email, anExpiredJob),
		change(mailed("413-too-large", "The body is a byte longer than it may be.", strings.Repeat("x", size), anActiveJob),
			func(c *exchangeCase) { c.sends = "{26214401 bytes}" }),
		change(mailed("415-media-type", "A body that is not called an email.", email, anActiveJob),
			func(c *exchangeCase) { c.header = map[string]string{"Content-Type": "text/plain"} }),
		change(mailed("422-key-reused", "The Idempotency-Key belongs to another request.", email, anActiveJob, keyUsed(liveKey)), keyed),
		mailed("429-limit", "The limit of the key is reached.", email, anActiveJob, limitReached(liveKey, board.FamilyJobs)),
		mailed("503-database", "The database is away.", email, anActiveJob, databaseGone),
		mailed("500-fault", "A fault of ours.", email, anActiveJob, databaseBroken),
	}
}
