package inbound

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/mutation"
)

// messagesOfPrograms are the messages in testdata.
func messagesOfPrograms(t testing.TB) [][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "mail", "*.eml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no messages: %v", err)
	}
	messages := make([][]byte, len(files))
	for i, f := range files {
		if messages[i], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	return messages
}

// TestMutatedMessagesAreAccountedFor: of messages that were damaged on the way each is an application, or was refused for
// good. None vanishes, and none is sent again and again.
func TestMutatedMessagesAreAccountedFor(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	tenant, _ := employerWithJob(t, s, "first")
	address, log := startServer(t, Delivery{Store: s})
	r := rand.New(rand.NewPCG(1, 2))
	messages := messagesOfPrograms(t)
	const n = 200
	taken, refused, programs := 0, 0, 0
	for i := range n {
		raw := strings.ReplaceAll(string(messages[i%len(messages)]), "@example.com", fmt.Sprintf("@p%d.example.com", i))
		raw = strings.ReplaceAll(raw, "@mail.example.com", fmt.Sprintf("@p%d.mail.example.com", i))
		before := strings.Count(log.String(), "not from a person")
		err := send(address, "sender@example.com", jobAddress, string(mutation.Of(r, []byte(raw))))
		switch got := code(t, err); {
		case got >= 500:
			refused++
		case got != 250:
			t.Errorf("message %d is answered with %v", i, err)
		case strings.Count(log.String(), "not from a person") > before:
			programs++
		default:
			taken++
		}
	}
	kept := 0
	for page := (pipeline.ApplicationQuery{Limit: 100}); ; page.Offset += 100 {
		got, err := s.Pipeline.Applications(t.Context(), tenant, page)
		if err != nil {
			t.Fatal(err)
		}
		if kept += len(got.Items); len(got.Items) < 100 {
			break
		}
	}
	if kept != taken || taken+refused+programs != n || refused > n/5 {
		t.Errorf("%d taken, %d refused, %d of programs; %d applications", taken, refused, programs, kept)
	}
	t.Logf("%d taken, %d refused, %d of programs", taken, refused, programs)
}

// TestALongLine: programs write a whole text on one line.
func TestALongLine(t *testing.T) {
	t.Parallel()
	box := &inbox{}
	address, _ := startServer(t, box)
	for size, want := range map[int]int{200 << 10: 250, maxLine + 1: 554} {
		err := send(address, "zoe@example.com", jobAddress, email("From: Zoe <zoe@example.com>", "", strings.Repeat("x", size)))
		if got := code(t, err); got != want {
			t.Errorf("a line of %d bytes: %v", size, err)
		}
	}
	if n := len(box.messages()); n != 1 {
		t.Errorf("%d messages", n)
	}
}
