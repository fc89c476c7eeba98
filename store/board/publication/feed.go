// Package publication is how a job is told to the public: where it is live, how it is searched for, an entry of the XML feed, and the
// JobPosting that search engines read. It is pure, as package board is, and must not know how jobs are kept or found.
package publication

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/store/board"
)

// FeedEntry is one job of the public XML feed. The element names are those that Indeed's and Careerjet's importers
// read. ReferenceNumber is unique in the whole feed. Reference is what Careerjet sends with an application: the employer's own identifier,
// which other employers may use as well, or our id for a job that has none.
type FeedEntry struct {
	XMLName         xml.Name `xml:"job"`
	Title           CDATA    `xml:"title"`
	Date            string   `xml:"date,omitempty"` // of publication, RFC 1123 in GMT
	ReferenceNumber string   `xml:"referencenumber"`
	Reference       CDATA    `xml:"reference"`
	URL             CDATA    `xml:"url"`
	Company         CDATA    `xml:"company"`
	City            *CDATA   `xml:"city,omitempty"`
	Country         *CDATA   `xml:"country,omitempty"`
	Description     *CDATA   `xml:"description,omitempty"` // sanitised HTML
	Salary          *CDATA   `xml:"salary,omitempty"`      // for people: "GBP 45,000 - 55,000 per year"
	JobType         string   `xml:"jobtype,omitempty"`
	RemoteType      string   `xml:"remotetype,omitempty"`
	ExpirationDate  string   `xml:"expirationdate,omitempty"` // RFC 1123 in GMT
}

// CDATA is text that is written as a CDATA section. Importers expect one for text that may contain markup.
type CDATA struct {
	Text string `xml:",cdata"`
}

// feedTime is RFC 1123 with the zone that HTTP and the importers' examples use.
const feedTime = "Mon, 02 Jan 2006 15:04:05 GMT"

// NewFeedEntry describes a job for the feed. pageURL is the job's public page.
func NewFeedEntry(j board.Job, employerName, pageURL string) FeedEntry {
	e := FeedEntry{
		Title:           cdata(j.Title),
		ReferenceNumber: strconv.FormatInt(j.ID, 10),
		Reference:       cdata(identifier(j)),
		URL:             cdata(pageURL),
		Company:         cdata(employerName),
		City:            cdataOf(j.City),
		Country:         cdataOf(j.Country()),
		Description:     cdataOf(j.Description),
		Date:            feedDate(j.PostedDate),
		ExpirationDate:  feedDate(j.ExpiryDate),
	}
	if j.Salary != nil {
		text := cdata(j.Salary.Text())
		e.Salary = &text
	}
	if j.EmploymentType != nil {
		e.JobType = strings.ToLower(string(*j.EmploymentType))
	}
	if j.RemoteType != nil {
		e.RemoteType = feedRemoteType(*j.RemoteType)
	}
	return e
}

// XML gives the entry as an indented <job> element.
func (e FeedEntry) XML() (string, error) {
	b, err := xml.MarshalIndent(e, "", "  ")
	if err != nil {
		return "", fmt.Errorf("publication: feed entry: %w", err)
	}
	return string(b), nil
}

// cdata removes the characters that XML 1.0 does not allow (section 2.2). encoding/xml writes them, and one of them makes the
// whole feed unreadable.
func cdata(s string) CDATA {
	return CDATA{strings.Map(func(c rune) rune {
		if c == '\t' || c == '\n' || c == '\r' ||
			c >= 0x20 && c <= 0xD7FF || c >= 0xE000 && c <= 0xFFFD || c >= 0x10000 {
			return c
		}
		return -1
	}, strings.ToValidUTF8(s, "\uFFFD"))}
}

func cdataOf(s *string) *CDATA {
	if s == nil {
		return nil
	}
	c := cdata(*s)
	return &c
}

func feedDate(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(feedTime)
}

func feedRemoteType(t board.RemoteType) string {
	switch t {
	case board.HybridRemote:
		return "Hybrid remote"
	case board.FullyRemote:
		return "Fully remote"
	case board.OnSite: // for importers this is the absence of the element
	}
	return ""
}
