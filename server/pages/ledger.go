package pages

import (
	"fmt"
	"strconv"
	"strings"

	"itmanagerjobs/store/board"
)

// CreditName is a kind of credits in words.
func CreditName(k board.CreditKind) string {
	if k == board.CreditCVSearch {
		return "CV search"
	}
	return "Job posting"
}

// Signed is a change of a balance: "+5", "−1".
func Signed(n int64) string {
	if n < 0 {
		return "−" + strings.TrimPrefix(strconv.FormatInt(n, 10), "-")
	}
	return "+" + strconv.FormatInt(n, 10)
}

// LedgerText says what a line of the ledger of credits was for. Numbers are 0 and texts empty where they do not apply.
func LedgerText(reason, jobTitle, orderName, note string, jobID, candidateID, orderID int64) (what, detail string) {
	switch reason {
	case "Publish":
		if jobTitle == "" {
			jobTitle = fmt.Sprintf("job %d", jobID)
		}
		return "Published: " + jobTitle, ""
	case "Unlock":
		return fmt.Sprintf("Unlocked candidate %d", candidateID), ""
	case "Refund":
		return fmt.Sprintf("Refund for candidate %d", candidateID), ""
	case "Order":
		return fmt.Sprintf("Order %d: %s", orderID, orderName), ""
	case "Correction":
		return "Correction by the platform", note
	}
	return "Granted by the platform", note
}

// SpreadsheetText makes a text harmless in a file for a spreadsheet, which takes what begins with one of these signs for a formula.
func SpreadsheetText(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
