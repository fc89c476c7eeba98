package inbound

import (
	"bytes"
	"regexp"
)

// yencBegin begins a file in yEnc, which programs that also read Usenet write: its bytes as they are, but for a shift.
var yencBegin = regexp.MustCompile(`(?m)^=ybegin [^\r\n]*?\bname=([^\r\n]+?)[ \t]*\r?\n`)

// cutYEnc cuts the first file in yEnc out of a text, and gives what stands before it and after it; ok is false for a text that has none.
func cutYEnc(text []byte) (name string, content, before, after []byte, ok bool) {
	if !bytes.Contains(text, []byte("=ybegin ")) { // which takes a hundredth of the time
		return "", nil, nil, nil, false
	}
	m := yencBegin.FindSubmatchIndex(text)
	if m == nil {
		return "", nil, nil, nil, false
	}
	name, before, after = string(text[m[2]:m[3]]), text[:m[0]], text[m[1]:]
	for len(after) > 0 {
		var line []byte
		line, after = cutLine(after)
		switch {
		case bytes.HasPrefix(line, []byte("=yend")):
			return name, content, before, after, true
		case bytes.HasPrefix(line, []byte("=ypart ")):
			continue
		}
		for i := 0; i < len(line); i++ {
			shift := byte(42)
			if line[i] == '=' && i+1 < len(line) {
				i++
				shift += 64
			}
			content = append(content, line[i]-shift)
		}
	}
	return name, content, before, nil, true
}
