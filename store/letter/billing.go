package letter

import (
	"fmt"

	"itmanagerjobs/store/board"
)

// LowCredits tells an admin of an employer that few credits of a kind are left. link leads to the packages.
func LowCredits(to, employer string, kind board.CreditKind, left int64, link string) Mail {
	name, then := "job posting", "Publishing a job"
	if kind == board.CreditCVSearch {
		name, then = "CV search", "Unlocking a profile"
	}
	rest := fmt.Sprintf("%s has %d %s credits left", employer, left, name)
	switch left {
	case 0:
		rest = fmt.Sprintf("%s has no %s credits left", employer, name)
	case 1:
		rest = fmt.Sprintf("%s has 1 %s credit left", employer, name)
	}
	return mailWith(to, "", rest, whyAdmin(employer), button{"Buy credits", link}, []string{
		"Hello,",
		rest + ". " + then + " takes one, and is not possible without. You can buy more here:",
		link,
		"You get this email once, until there are enough credits again.",
	})
}

// Order is what an email says of an order.
type Order struct {
	Employer, Package string
	// Total is the amount with VAT and its currency, in words: "£718.80".
	Total string
	// Invoice is its number.
	Invoice string
}

// OrderPlaced confirms an order to an admin of the employer. link leads to the invoice.
func OrderPlaced(to string, o Order, link string) Mail {
	return mailWith(to, "", "Your order: "+o.Package+", invoice "+o.Invoice, whyAdmin(o.Employer), button{"Open the invoice", link}, []string{
		"Hello,",
		fmt.Sprintf("Thank you for ordering the package %s for %s. This is the invoice %s for %s, with VAT, and how to pay it:", o.Package, o.Employer, o.Invoice, o.Total),
		link,
		"Give the number of the invoice when you pay. The credits are yours as soon as the payment has arrived.",
	})
}

// OrderWaits tells a reviewer of the platform that an employer has ordered. link leads to the order.
func OrderWaits(to string, o Order, link string) Mail {
	return mailWith(to, "", "An order of "+o.Employer+", invoice "+o.Invoice, whyReviewer, button{"Open the order", link}, []string{
		"Hello,",
		fmt.Sprintf("%s has ordered the package %s for %s, invoice %s. Mark it as paid when the payment has arrived: the credits follow at once.", o.Employer, o.Package, o.Total, o.Invoice),
		link,
	})
}

// OrderPaid tells an admin of the employer that the payment has arrived. link leads to the credits.
func OrderPaid(to string, o Order, link string) Mail {
	return mailWith(to, "", "Paid: "+o.Package+", invoice "+o.Invoice, whyAdmin(o.Employer), button{"See your credits", link}, []string{
		"Hello,",
		fmt.Sprintf("Your payment of %s for the invoice %s has arrived. The credits of the package %s are in the account of %s now:", o.Total, o.Invoice, o.Package, o.Employer),
		link,
	})
}
