package pages

import (
	"fmt"
	"strconv"
	"strings"

	"itmanagerjobs/store/board"
)

// OrderTag is the status of an order in words.
func OrderTag(s board.OrderStatus) Tag {
	switch s {
	case board.OrderOpen:
		return Tag{"Waits for payment", Warn}
	case board.OrderPaid:
		return Tag{"Paid", Good}
	case board.OrderCancelled:
	}
	return Tag{Text: "Cancelled"}
}

// PackageText says what a package has: "5 job postings and 25 CV search credits".
func PackageText(p board.Package) string {
	var parts []string
	if p.ContractMonths > 0 {
		parts = append(parts, "unlimited job postings for "+Count(p.ContractMonths, "month"))
	}
	if p.JobPosting > 0 {
		parts = append(parts, Count(int(p.JobPosting), "job posting"))
	}
	if p.CVSearch > 0 {
		parts = append(parts, Count(int(p.CVSearch), "CV search credit"))
	}
	text := strings.Join(parts, " and ")
	if text != "" {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	return text
}

// Percent writes thousandths as people read them: "20%", "7.5%".
func Percent(permille int) string {
	if permille%10 == 0 {
		return strconv.Itoa(permille/10) + "%"
	}
	return fmt.Sprintf("%d.%d%%", permille/10, permille%10)
}
