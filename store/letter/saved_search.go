package letter

import "fmt"

// NewHits tells somebody that a saved search finds new people. n is at most most, which then stands for more. stop is the page
// that ends these emails.
func NewHits(to, name, search string, n, most int, link, stop string) Mail {
	found := fmt.Sprintf("%d new people match", n)
	switch {
	case n == 1:
		found = "1 new person matches"
	case n >= most:
		found = fmt.Sprintf("More than %d new people match", most)
	}
	m := mailWith(to, "", found+": "+search, "You get this email because you saved this search at ITManagerJobs.", button{"See them", link}, []string{
		greeting(name),
		fmt.Sprintf("%s your saved search “%s” in the CV database:", found, search),
		link,
		"You get at most one email an hour about it. To get no more of them, open this page:\n" + stop,
	})
	m.Unsubscribe = stop
	return m
}
