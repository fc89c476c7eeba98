package cvtext_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvtext"
	"itmanagerjobs/store/cvtext/cvtexttest"
)

// TestMain lets the test's own program stand in for ours: as the child of a Sandbox, and as children that fail.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "read-cv" {
		if err := cvtext.Child(context.Background(), os.Args[2], os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		return
	}
	if len(os.Args) == 2 && os.Args[1] == "stand-in" {
		standIn(false)
		return
	}
	if len(os.Args) == 2 && os.Args[1] == "never-loads" {
		standIn(true)
		return
	}
	os.Exit(m.Run())
}

// standIn answers each file with the number of files that it has been sent, crashes at "crash" and hangs at "hang". neverLoads makes
// it hang when it is asked to load PDFium, too.
func standIn(neverLoads bool) {
	in := bufio.NewReader(os.Stdin)
	for n := 0; ; n++ {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var head struct {
			Kind string
			Size int
		}
		if json.Unmarshal(line, &head) != nil {
			os.Exit(1)
		}
		b := make([]byte, head.Size)
		_, _ = io.ReadFull(in, b)
		if neverLoads && head.Kind == "" {
			select {}
		}
		switch string(b) {
		case "crash":
			os.Exit(1)
		case "hang":
			select {}
		}
		fmt.Printf("{\"text\":\"%d\"}\n", n)
	}
}

// zipped makes a zip of names and contents, in their order.
func zipped(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, parts[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pdfOf makes a PDF of one page for each text; extra stands in the trailer.
func pdfOf(extra string, pages ...string) []byte {
	var b bytes.Buffer
	var offsets []int
	object := func(body string) {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(offsets), body)
	}
	b.WriteString("%PDF-1.4\n")
	var kids []string
	for i := range pages {
		kids = append(kids, fmt.Sprintf("%d 0 R", 4+2*i))
	}
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object(fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", strings.Join(kids, " "), len(pages)))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
	for i, text := range pages {
		object(fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>", 5+2*i))
		content := "BT /F1 12 Tf 72 720 Td (" + text + ") Tj ET"
		object(fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content))
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, extra, start)
	return b.Bytes()
}

const (
	docxBody = `<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="w" xmlns:mc="mc"><w:body>
<w:p><w:r><w:t>Ada </w:t></w:r><w:r><w:t>Lovelace</w:t></w:r></w:p>
<w:p><w:r><w:t>C++</w:t><w:tab/><w:t>C# &amp; .NET</w:t><w:br/><w:t>CI/CD</w:t></w:r></w:p>
<w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:instrText>PAGE</w:instrText>
<mc:AlternateContent><mc:Choice><w:p><w:t>box</w:t></w:p></mc:Choice><mc:Fallback><w:p><w:t>box</w:t></w:p></mc:Fallback></mc:AlternateContent>
</w:body></w:document>`
	odtBody = `<?xml version="1.0"?><office:document-content xmlns:office="o" xmlns:text="t"><office:body><office:text>
<text:h>Ada Lovelace</text:h><text:p>C++<text:tab/><text:span>C#</text:span><text:s text:c="3"/>&amp; .NET<text:line-break/>CI/CD</text:p>
<office:annotation><text:p>note</text:p></office:annotation></office:text></office:body></office:document-content>`
)

func files(t testing.TB) map[string]struct {
	kind          board.FileKind
	b             []byte
	text, problem string
} {
	t.Helper()
	bomb := zipped(t, "word/document.xml", "<w:t>"+strings.Repeat(" ", 20<<20)+"</w:t>")
	return map[string]struct {
		kind          board.FileKind
		b             []byte
		text, problem string
	}{
		"docx":       {board.KindDOCX, zipped(t, "word/header1.xml", "<w:hdr><w:p><w:t>Leeds</w:t></w:p></w:hdr>", "word/document.xml", docxBody), "Ada Lovelace\nC++ C# & .NET\nCI/CD\nbox\nLeeds", ""},
		"odt":        {board.KindODT, zipped(t, "content.xml", odtBody), "Ada Lovelace\nC++ C# & .NET\nCI/CD", ""},
		"pdf":        {board.KindPDF, pdfOf("", "Ada Lovelace, C++", "Page two"), "Ada Lovelace, C++\n\nPage two", ""},
		"rtf":        {board.KindRTF, []byte(`{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\*\generator Word;}{\info{\author Bob}}\f0\fs24 Ada \b Lovelace\b0\par J\'f6rg \u8364?5\tab {\uc2\u937??}\line \{x\}}trailing`), "Ada Lovelace\nJ\u00f6rg \u20ac5 \u03a9\n{x}", ""},
		"rtf emoji":  {board.KindRTF, []byte(`{\rtf1\uc1 a\u-10179?\u-8704?b{\*\bin5 }}{}z}`), "a\U0001f600b", ""},
		"txt":        {board.KindTXT, []byte("\ufeffJ\u00f6rg\r\n\r\n\r\n\r\n  C++\x0cC#  "), "J\u00f6rg\n\nC++\nC#", ""},
		"txt 8 bits": {board.KindTXT, []byte("J\xf6rg \x80"), "J\u00f6rg \u20ac", ""},
		"txt 16 bit": {board.KindTXT, []byte("\xff\xfeJ\x00\xf6\x00"), "J\u00f6", ""},
		"long":       {board.KindTXT, bytes.Repeat([]byte("a"), cvtext.MaxText+10), strings.Repeat("a", cvtext.MaxText), ""},

		"scan":               {board.KindPDF, pdfOf("", ""), "", cvtext.ProblemNoText},
		"pdf cut off":        {board.KindPDF, pdfOf("", "Ada")[:200], "", cvtext.ProblemBroken},
		"pdf of nothing":     {board.KindPDF, []byte("%PDF-1.7"), "", cvtext.ProblemBroken},
		"pdf with password":  {board.KindPDF, pdfOf(`/ID [(0123456789abcdef) (0123456789abcdef)] /Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O (`+strings.Repeat("o", 32)+`) /U (`+strings.Repeat("u", 32)+`) >>`, "Ada"), "", cvtext.ProblemProtected},
		"docx cut off":       {board.KindDOCX, zipped(t, "word/document.xml", docxBody)[:100], "", cvtext.ProblemBroken},
		"docx no xml":        {board.KindDOCX, zipped(t, "word/document.xml", "<w:p"), "", cvtext.ProblemBroken},
		"docx with password": {board.KindDOCX, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "", cvtext.ProblemProtected},
		"odt with password":  {board.KindODT, zipped(t, "META-INF/manifest.xml", "<manifest:encryption-data/>", "content.xml", "\x00"), "", cvtext.ProblemProtected},
		"docx bomb":          {board.KindDOCX, bomb, "", cvtext.ProblemTooLarge},
		"rtf nested":         {board.KindRTF, []byte(`{\rtf1` + strings.Repeat("{", 100_000)), "", cvtext.ProblemTooLarge},
		"docx nested":        {board.KindDOCX, zipped(t, "word/document.xml", strings.Repeat("<a>", 1_000_000)), "", cvtext.ProblemNoText},
	}
}

func TestExtract(t *testing.T) {
	t.Parallel()
	for name, tc := range files(t) {
		text, problem := cvtexttest.Reader().Read(t.Context(), board.CV{Kind: tc.kind, Bytes: tc.b})
		if text != tc.text || problem != tc.problem {
			t.Errorf("%s: %.200q, %q; want %.200q, %q", name, text, problem, tc.text, tc.problem)
		}
	}
}

func self(t testing.TB) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestASandboxReadsTheSame(t *testing.T) {
	t.Parallel()
	sandbox := cvtext.NewSandbox(self(t), "read-cv", cvtexttest.CacheDir())
	t.Cleanup(sandbox.Close)
	sandbox.Load(t.Context())
	for name, tc := range files(t) {
		text, problem := sandbox.Read(t.Context(), board.CV{Kind: tc.kind, Bytes: tc.b})
		if text != tc.text || problem != tc.problem {
			t.Errorf("%s: %.200q, %q; want %.200q, %q", name, text, problem, tc.text, tc.problem)
		}
	}
}

func standInSandbox(t *testing.T) func(ctx context.Context, content string) string {
	t.Helper()
	sandbox := cvtext.NewSandbox(self(t), "stand-in")
	t.Cleanup(sandbox.Close)
	return func(ctx context.Context, content string) string {
		text, problem := sandbox.Read(ctx, board.CV{Kind: board.KindTXT, Bytes: []byte(content)})
		return text + problem
	}
}

func TestOneProcessReadsFileAfterFile(t *testing.T) {
	t.Parallel()
	read := standInSandbox(t)
	for _, want := range []string{"0", "1", "2"} {
		if got := read(t.Context(), "a file"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestWhatBringsAParserDownBringsNothingElseDown(t *testing.T) {
	t.Parallel()
	read := standInSandbox(t)
	for _, tc := range []struct{ content, want string }{
		{"crash", cvtext.ProblemBroken},
		{"a file", "0"}, // in another process
		{"crash", cvtext.ProblemBroken},
		{"a file", "0"},
	} {
		if got := read(t.Context(), tc.content); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.content, got, tc.want)
		}
	}
}

func TestAFileThatTakesTooLongIsGivenUp(t *testing.T) {
	t.Parallel()
	read := standInSandbox(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if got := read(ctx, "hang"); got != cvtext.ProblemTimeout {
		t.Error(got)
	}
	if got := read(t.Context(), "a file"); got != "0" {
		t.Errorf("%s after a process that hung, want a fresh one", got)
	}
	if text, problem := cvtexttest.Reader().Read(ctx, board.CV{Kind: board.KindPDF, Bytes: pdfOf("", "Ada")}); text != "" || problem != cvtext.ProblemTimeout {
		t.Errorf("%q, %q", text, problem)
	}
}

func TestAProgramThatIsMissingIsNoFaultOfTheFile(t *testing.T) {
	t.Parallel()
	if text, problem := cvtext.NewSandbox("/nonexistent").Read(t.Context(), board.CV{Kind: board.KindPDF}); text != "" || problem != cvtext.ProblemUnread {
		t.Errorf("%q, %q", text, problem)
	}
}

// TestHowAReadingEnds has every end but one of a file that is read: they decide whether the file is read again.
func TestHowAReadingEnds(t *testing.T) {
	t.Parallel()
	sandbox := cvtext.NewSandbox(self(t), "stand-in")
	t.Cleanup(sandbox.Close)
	read := func(ctx context.Context, s *cvtext.Sandbox, kind board.FileKind, content string, limit time.Duration) board.CVReading {
		return s.ReadWithin(ctx, board.CV{Kind: kind, Bytes: []byte(content)}, limit)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	missing := cvtext.NewSandbox("/nonexistent")
	for _, tc := range []struct {
		name string
		got  board.CVReading
		want board.ReadingEnd
	}{
		{"done", read(t.Context(), sandbox, board.KindTXT, "a file", cvtext.Timeout), board.ReadingDone},
		{"slow", read(t.Context(), sandbox, board.KindTXT, "hang", 50*time.Millisecond), board.ReadingSlow},
		{"crash", read(t.Context(), sandbox, board.KindTXT, "crash", cvtext.Timeout), board.ReadingCrashed},
		{"nobody waits", read(gone, sandbox, board.KindTXT, "hang", cvtext.Timeout), board.ReadingNotBegun},
		{"missing", read(t.Context(), missing, board.KindTXT, "a file", cvtext.Timeout), board.ReadingFailed},
	} {
		if tc.got.End != tc.want {
			t.Errorf("%s: %+v, want end %d", tc.name, tc.got, tc.want)
		}
	}
}

// TestALoadThatNobodyWaitsForGoesOn asks to load PDFium, which never ends here, and has no time: the reading is not begun, and the
// other process reads on.
func TestALoadThatNobodyWaitsForGoesOn(t *testing.T) {
	t.Parallel()
	sandbox := cvtext.NewSandbox(self(t), "never-loads")
	t.Cleanup(sandbox.Close)
	for range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if r := sandbox.ReadWithin(ctx, board.CV{Kind: board.KindPDF, Bytes: []byte("a PDF file")}, cvtext.Timeout); r.End != board.ReadingNotBegun {
			t.Errorf("%+v", r)
		}
	}
	if r := sandbox.ReadWithin(t.Context(), board.CV{Kind: board.KindTXT, Bytes: []byte("a file")}, cvtext.Timeout); r.End != board.ReadingDone {
		t.Errorf("%+v", r)
	}
}

// FuzzExtract has the readers of ours, which the fuzzer sees into. PDFium takes a hundred times as long and is seen as one step: FuzzPDF.
func FuzzExtract(f *testing.F) {
	for _, tc := range files(f) {
		if len(tc.b) < 1<<16 && tc.kind != board.KindPDF {
			f.Add(string(tc.kind), tc.b)
		}
	}
	for _, name := range []string{"cv-hyphen.docx", "cv-textbox.docx", "cv-cyr-fcharset.rtf", "cv-cyr.txt"} {
		f.Add(strings.TrimPrefix(filepath.Ext(name), "."), readFile(f, name))
	}
	f.Add("odt", []byte(flatODT))
	f.Add("doc", []byte(webArchive))
	f.Fuzz(func(t *testing.T, kind string, b []byte) {
		if kind != string(board.KindPDF) {
			readsOrSays(t, board.FileKind(kind), b)
		}
	})
}

func FuzzPDF(f *testing.F) {
	if err := cvtexttest.Reader().Load(); err != nil { // else the first file takes as long as one that hangs
		f.Fatal(err)
	}
	for _, tc := range files(f) {
		if tc.kind == board.KindPDF {
			f.Add(tc.b)
		}
	}
	for _, name := range []string{"cv-latex.pdf", "cv-xobject.pdf", "cv-aes256-owner.pdf"} {
		f.Add(readFile(f, name))
	}
	f.Fuzz(func(t *testing.T, b []byte) { readsOrSays(t, board.KindPDF, b) })
}

// readsOrSays reads a file, which has a text, or a sentence that says why not.
func readsOrSays(t *testing.T, kind board.FileKind, b []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	text, problem := cvtexttest.Reader().Read(ctx, board.CV{Kind: kind, Bytes: b})
	if (text == "") == (problem == "") || len(text) > cvtext.MaxText || strings.ContainsRune(text, 0) {
		t.Errorf("%.100q, %q", text, problem)
	}
}

// .ci/test runs this test alone before the others; see cvtexttest.
func TestPDFIsCompiled(t *testing.T) {
	t.Parallel()
	if err := cvtexttest.Reader().Load(); err != nil {
		t.Fatal(err)
	}
}
