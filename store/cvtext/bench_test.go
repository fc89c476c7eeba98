package cvtext_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvtext"
	"itmanagerjobs/store/cvtext/cvtexttest"
)

// BenchmarkReadingOfCVs says how long the reader of the program takes for a CV of each kind, and how much memory it has then.
func BenchmarkReadingOfCVs(b *testing.B) {
	sandbox := cvtext.NewSandbox(self(b), "read-cv", cvtexttest.CacheDir())
	b.Cleanup(sandbox.Close)
	for _, name := range []string{"cv-latex.pdf", "cv-unigb.pdf", "cv-aes256-owner.pdf", "cv-hyphen.docx", "corpus/abiword-ada.odt", "cv-cyr-fcharset.rtf", "cv-cyr.txt"} {
		cv := board.CV{Kind: board.FileKind(strings.TrimPrefix(filepath.Ext(name), ".")), Bytes: readFile(b, name)}
		b.Run(filepath.Base(name), func(b *testing.B) {
			if text, problem := sandbox.Read(b.Context(), cv); text == "" { // a PDF file loads PDFium first
				b.Fatal(problem)
			}
			for b.Loop() {
				sandbox.Read(b.Context(), cv)
			}
			b.ReportMetric(residentOfChildren(b), "reader-MB")
		})
	}
}

// residentOfChildren is how much memory the processes have that this one has started, in MB.
func residentOfChildren(b *testing.B) float64 {
	b.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/status")
	if err != nil || len(files) == 0 {
		b.Fatalf("this benchmark reads /proc of Linux: %v", err)
	}
	parent, kilobytes := fmt.Sprintf("PPid:\t%d\n", os.Getpid()), 0.0
	for _, name := range files {
		status, err := os.ReadFile(name)
		if err != nil || !strings.Contains(string(status), parent) {
			continue // it has ended meanwhile, or is none of ours
		}
		_, rss, _ := strings.Cut(string(status), "VmRSS:")
		var n float64
		if _, err := fmt.Sscan(rss, &n); err == nil {
			kilobytes += n
		}
	}
	return kilobytes / 1024
}
