package memory

import (
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadsMappings(t *testing.T) {
	got := read(strings.NewReader(`00400000-01814000 r-xp 00000000 fe:00 10101242                           /opt/itmanagerjobs
Size:              20560 kB
Rss:               19024 kB
Anonymous:             0 kB
01814000-031e1000 r--p 01414000 fe:00 10101242                           /opt/itmanagerjobs
Rss:               18804 kB
Anonymous:            16 kB
7fca0820c000-7fca0849c000 rw-p 00000000 00:00 0 
`))
	want := []mapping{
		{from: 0x400000, to: 0x1814000, perms: "r-xp", path: "/opt/itmanagerjobs", known: true},
		{from: 0x1814000, to: 0x31e1000, perms: "r--p", path: "/opt/itmanagerjobs", changed: 16, known: true},
		{from: 0x7fca0820c000, to: 0x7fca0849c000, perms: "rw-p"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(mapping{})); diff != "" {
		t.Errorf("mappings (-want +got):\n%s", diff)
	}
}

func TestGivesTheProgramBack(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	touch(t, program)
	before := held(t, program)
	GiveBack()
	if left := held(t, program); left > before*3/4 {
		t.Errorf("%d kB of the program are in memory, before %d", left, before)
	}
	// What was dropped comes back: this runs in it.
	if after, err := os.Executable(); err != nil || after != program {
		t.Errorf("the program is %q now, was %q (%v)", after, program, err)
	}
}

// touch reads all of the program that may not be written, as a start reads most of it.
func touch(t *testing.T, program string) {
	t.Helper()
	smaps, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = smaps.Close() }()
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = memory.Close() }()
	for _, m := range read(smaps) {
		if m.path == program && strings.HasPrefix(m.perms, "r-") {
			if _, err := io.Copy(io.Discard, io.NewSectionReader(memory, int64(m.from), int64(m.to-m.from))); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// held is how much is in memory of those parts of this program that may not be written, in kB.
func held(t *testing.T, program string) (kB int) {
	t.Helper()
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	within := false
	for line := range strings.Lines(string(smaps)) {
		fields := strings.Fields(line)
		if len(fields) >= 5 && strings.Contains(fields[0], "-") {
			within = fields[len(fields)-1] == program && strings.HasPrefix(fields[1], "r-")
		}
		if within && fields[0] == "Rss:" {
			n, err := strconv.Atoi(fields[1])
			if err != nil {
				t.Fatal(err)
			}
			kB += n
		}
	}
	return kB
}
