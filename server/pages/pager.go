package pages

import "fmt"

// NumberedPage is a page of a list whose pages are numbered from 1.
type NumberedPage struct {
	Number, Size int
	// Total items are in the list, and Shown of them on this page.
	Total, Shown int
	// Items says how many there are: "312 jobs".
	Items string
}

// Pager leads to the pages beside this one; it is nil where there is but one. address is where the page with a number is.
func (p NumberedPage) Pager(address func(number int) string) *Pager {
	if p.Total <= p.Size && p.Number == 1 {
		return nil
	}
	first := (p.Number-1)*p.Size + 1
	last := first + p.Shown - 1
	g := &Pager{Shown: fmt.Sprintf("%d–%d of %s", first, last, p.Items)}
	if p.Shown == 0 {
		g.Shown = "There are fewer pages now."
	}
	if p.Number > 1 {
		g.Previous = address(min(p.Number-1, max(1, (p.Total+p.Size-1)/p.Size)))
	}
	if p.Shown > 0 && last < p.Total {
		g.Next = address(p.Number + 1)
	}
	return g
}
