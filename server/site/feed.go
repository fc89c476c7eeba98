package site

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"itmanagerjobs/server/document"
	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/publication"
	"itmanagerjobs/store/turns"
)

const (
	// feedForm is part of the feed's ETag: raise it when the same jobs are written otherwise than before.
	feedForm = "2"
	// feedBatch is how many jobs are in memory at once. Each batch is a query of its own, so that a reader who takes
	// long holds no transaction open.
	feedBatch = 500
	// feedPatience is how long a batch may take to be read.
	feedPatience = 30 * time.Second
	// maxFeeds bounds the feeds that are written at once by one copy of the program, and maxFeedsEach those of one network that are, if
	// another one has read the feed within feedCompany: a reader who takes long has its place as long.
	maxFeeds     = 8
	maxFeedsEach = 2
	feedCompany  = time.Hour
	// feedFree is after how long a reader finds one of them at its end, mostly.
	feedFree = 30 * time.Second
)

var errFeedBusy = board.ErrorAfter(feedFree, board.CodeUnavailable, "The feed is being read by many at this moment.")

// serveFeed streams all open jobs as XML. Its ETag is of the moment before the first job was read: what changes later
// may be in it already, and makes another ETag all the same, so that nobody misses it.
func (s *Site) serveFeed(w http.ResponseWriter, r *http.Request) error {
	state, err := s.Jobs.FeedState(r.Context())
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", "public, no-cache")
	h.Set("Vary", "Accept-Encoding")
	etag := s.feedTag(state)
	h.Set("ETag", etag)
	modified := state.UpdatedAt.UTC().Truncate(time.Second)
	// A second that is not over may bring another change under the same date (RFC 9110, 8.8.2.2).
	dated := !state.UpdatedAt.IsZero() && s.Now().Sub(modified) >= 2*time.Second
	if dated {
		h.Set("Last-Modified", modified.Format(http.TimeFormat))
	}
	if unchanged(r, etag, modified, dated) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	party := turns.Party(r.Context()) // the network that it comes from
	if !s.feeding.TryEnter(party) {
		for _, name := range []string{"ETag", "Last-Modified", "Vary"} {
			h.Del(name)
		}
		return errFeedBusy
	}
	defer s.feeding.Leave(party)
	h.Set("Content-Type", "application/xml; charset=utf-8")
	packed := document.AcceptsGzip(r)
	if packed {
		h.Set("Content-Encoding", "gzip")
	}
	if r.Method == http.MethodHead {
		return nil
	}
	if err := s.writeFeed(w, r, state, packed); err != nil {
		// The beginning is sent. An end that looks like one would make the reader take all other jobs for gone.
		if r.Context().Err() == nil {
			pages.VisitOf(r.Context()).Fault = err
		}
		panic(http.ErrAbortHandler)
	}
	return nil
}

// feedTag is weak: packed or not, it is the same feed.
func (s *Site) feedTag(state publication.FeedState) string {
	sum := sha256.Sum256([]byte(feedForm + "\x00" + s.PublicURL + "\x00" + state.Version))
	return `W/"` + hex.EncodeToString(sum[:12]) + `"`
}

// unchanged tells whether the reader has the feed already.
func unchanged(r *http.Request, etag string, modified time.Time, dated bool) bool {
	if lines := r.Header.Values("If-None-Match"); len(lines) > 0 {
		return document.Matches(lines, etag)
	}
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && dated && !modified.After(since)
}

// packers are costly to make: each has a window of its own.
var packers = sync.Pool{New: func() any { return gzip.NewWriter(io.Discard) }}

func (s *Site) writeFeed(w http.ResponseWriter, r *http.Request, state publication.FeedState, packed bool) error {
	var to io.Writer = w
	if packed {
		zip, ok := packers.Get().(*gzip.Writer)
		if !ok {
			return errors.New("the pool holds something else than packers")
		}
		zip.Reset(w)
		defer packers.Put(zip)
		to = zip
	}
	out := bufio.NewWriterSize(to, 32<<10)
	if err := s.writeJobs(r.Context(), out, http.NewResponseController(w), state); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the feed: %w", err)
	}
	if zip, ok := to.(*gzip.Writer); ok {
		if err := zip.Close(); err != nil {
			return fmt.Errorf("write the feed: %w", err)
		}
	}
	return nil
}

func (s *Site) writeJobs(ctx context.Context, out *bufio.Writer, conn *http.ResponseController, state publication.FeedState) error {
	var publisherURL strings.Builder
	if err := xml.EscapeText(&publisherURL, []byte(s.PublicURL)); err != nil {
		return fmt.Errorf("write the feed: %w", err)
	}
	fmt.Fprintf(out, "%s<source>\n  <publisher>ITManagerJobs</publisher>\n  <publisherurl>%s</publisherurl>\n  <lastBuildDate>%s</lastBuildDate>\n",
		xml.Header, publisherURL.String(), state.UpdatedAt.UTC().Format(http.TimeFormat))
	encoder := xml.NewEncoder(out)
	encoder.Indent("  ", "  ")
	for after := int64(0); ; {
		// The server's own deadline is for pages; what is not ours to set, in some tests, needs none.
		if err := conn.SetWriteDeadline(s.Wall().Add(feedPatience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return fmt.Errorf("write the feed: %w", err)
		}
		batch, err := s.Jobs.FeedPage(ctx, after, feedBatch)
		if err != nil {
			return fmt.Errorf("read the feed: %w", err)
		}
		for _, l := range batch {
			after = l.Job.ID
			if l.Job.OpenFor(s.Now()) != nil {
				continue // it expired a moment ago
			}
			if err := encoder.Encode(publication.NewFeedEntry(l.Job, l.Employer, s.jobURL(l.Job.ID))); err != nil {
				return fmt.Errorf("write the feed: %w", err)
			}
		}
		if len(batch) < feedBatch {
			break
		}
	}
	_, err := out.WriteString("\n</source>\n")
	return err
}
