package samples

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBlocks(t *testing.T) {
	t.Parallel()
	document := "# Title\n\n    one\n\n    two\n\nText\n\n## A `heading`\n\n1. Item\n\n   ```json schema=Job\n   {\"a\":\n     1}\n   ```\n\n```sh\ncurl x\n```\n\n```\nplain\n```\n"
	want := []Block{
		{Heading: "Title", Line: 3, Text: "one\n\ntwo\n"},
		{Lang: "json", Note: "schema=Job", Heading: "A `heading`", Line: 14, Text: "{\"a\":\n  1}\n"},
		{Lang: "sh", Heading: "A `heading`", Line: 19, Text: "curl x\n"},
		{Heading: "A `heading`", Line: 23, Text: "plain\n"},
	}
	if diff := cmp.Diff(want, Blocks([]byte(document))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
