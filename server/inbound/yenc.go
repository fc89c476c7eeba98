package inbound

import (
	"bytes"
	"regexp"
)

// yencBegin begins a file in yEnc, which programs that also read Usenet write: its bytes as they are, but for a shift.
var yencBegin = regexp.MustCompile(`(?m)^=ybegin [^\r\n]*?\bname=([^\r\n]+?)[ \t]*\r?\n`)

// cutYEnc cuts the first file in yEnc out of a text; ok is false for a text that has none.
func cutYEnc(text []byte) (name string, content, rest []byte, ok bool) {
	m := yencBegin.FindSubmatchIndex(text)
	if m == nil {
		return "", nil, nil, false
	}
	name, rest = string(text[m[2]:m[3]]), text[m[1]:]
	for len(rest) > 0 {
		var line []byte
		line, rest = cutLine(rest)
		switch {
		case bytes.HasPrefix(line, []byte("=yend")):
			return name, content, append(bytes.Clone(text[:m[0]]), rest...), true
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
	return name, content, bytes.Clone(text[:m[0]]), true
}
