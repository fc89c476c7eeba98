package inbound

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"itmanagerjobs/store/board"
)

// TestAMessageUnpacksToABound: archives within archives, and many archives, share one bound. What was not read for it is named.
func TestAMessageUnpacksToABound(t *testing.T) {
	t.Parallel()
	file := "%PDF-1.4\n" + strings.Repeat(" ", 9<<20)
	bomb := string(archive("1.pdf", file, "2.pdf", file, "3.pdf", file, "4.pdf", file))
	var nested []string
	for i := range 20 {
		nested = append(nested, fmt.Sprint(i, ".zip"), bomb)
	}
	attached := func(name, content string) string {
		return attachment(`Content-Disposition: attachment; filename="`+name+`"`, encoded([]byte(content)))
	}
	for name, parts := range map[string][]string{
		"within each other":   {attached("all.zip", string(archive(nested...)))},
		"beside each other":   {attached("1.zip", bomb), attached("2.zip", bomb), attached("3.zip", bomb)},
		"one file beyond all": {attached("1.zip", bomb), attached("2.zip", string(archive("last.pdf", file)))},
	} {
		c := collector{left: maxUnpacked}
		h, body := splitHeader([]byte(withParts(parts...)))
		c.walk(h, body, 0)
		if c.left < -1 {
			t.Errorf("%s: %d bytes are unpacked, want %d at most", name, maxUnpacked-c.left, maxUnpacked)
		}
		cv, unread := c.choose()
		if cv == nil || len(cv.Bytes) != len(file) {
			t.Errorf("%s: the CV is %v", name, cv)
		}
		reasons := map[string]int{}
		for _, f := range unread {
			reasons[f.Reason]++
		}
		if reasons[board.ReasonUnpacked] == 0 || reasons[board.ReasonAnother] > 0 {
			t.Errorf("%s: what was left out is named as %v", name, unread)
		}
	}
}

// TestManyFilesInATextCostItsLength: what is made in memory grows with the length of the text, not with its square. The test is alone
// while it counts.
func TestManyFilesInATextCostItsLength(t *testing.T) { //nolint:paralleltest // see above
	const files, most = 2000, 300
	text := []byte(strings.Repeat("words\r\n=ybegin name=a.bin\r\n\x01\r\n=yend\r\n", files))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var c collector
	rest := c.uuencoded(text)
	runtime.ReadMemStats(&after)
	if spent := after.TotalAlloc - before.TotalAlloc; spent > uint64(most*len(text)) {
		t.Errorf("a text of %d bytes takes %d", len(text), spent)
	}
	if want := strings.Repeat("words\r\n", files); string(rest) != want {
		t.Errorf("the text without its files has %d bytes, want %d", len(rest), len(want))
	}
}

// TestWhatDecodesToMoreThanItIs: lines may leave their blanks out, and a text of Outlook says its own size.
func TestWhatDecodesToMoreThanItIs(t *testing.T) {
	t.Parallel()
	if n := len(decodeUU([]byte("begin 644 a\n" + strings.Repeat("_\n", MaxMessage/20)))); n > MaxMessage+63 {
		t.Errorf("a file in uuencode has %d bytes, want %d at most", n, MaxMessage)
	}
	if n := cap(unpackRich([]byte{0, 'a', 'b'}, maxText)); n > 64 {
		t.Errorf("room for %d bytes is made for a text of two", n)
	}
}
