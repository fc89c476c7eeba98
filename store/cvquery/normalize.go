package cvquery

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Token is one word of a text.
type Token struct {
	Word       string // normalised: letters and digits, small, without accents
	Start, End int    // where it stands in the text, in bytes; C++ and .NET with all their signs
}

// Tokens reads the words of a text.
func Tokens(text string) iter.Seq[Token] {
	return func(yield func(Token) bool) {
		narrow, places := narrowed(text)
		s := scanner{text: narrow}
		for t, ok := s.next(); ok; {
			next, more := s.next()
			if joined := joinedWord(t.Word, next.Word); more && joined != "" {
				t = Token{joined, t.Start, next.End}
				next, more = s.next()
			}
			if places != nil {
				t.Start, t.End = places[t.Start], places[t.End]
			}
			if !yield(t) {
				return
			}
			t, ok = next, more
		}
	}
}

// joinedWord makes one word of two that are one name, or "" of others: "C sharp" is C#, and the C of "C-level" must not
// be taken for the language.
func joinedWord(a, b string) string {
	joined := false
	switch b {
	case "sharp":
		joined = a == "c" || a == "f"
	case "level", "suite":
		joined = a == "c"
	case "net":
		joined = a == "dot"
	case "c":
		joined = a == "objective"
	}
	if !joined {
		return ""
	}
	return a + b
}

// scanner reads the words of a text one by one.
type scanner struct {
	text string
	at   int
}

// The classes of bytes: most texts are read by them alone.
type class uint8

const (
	otherByte class = iota
	smallByte       // a small letter or a digit
	largeByte
	signByte // may belong to the word before it: see signs
	apostropheByte
	highByte // of a character beyond ASCII
)

var classes = func() (t [256]class) {
	for c := range t {
		switch {
		case c >= utf8.RuneSelf:
			t[c] = highByte
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			t[c] = smallByte
		case c >= 'A' && c <= 'Z':
			t[c] = largeByte
		}
	}
	t['+'], t['#'], t['&'], t['.'] = signByte, signByte, signByte, signByte
	t['\''], t['`'] = apostropheByte, apostropheByte
	return t
}()

func (s *scanner) next() (Token, bool) {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; classes[c] {
		case smallByte, largeByte:
			if t, ok := s.word(); ok {
				return t, true
			}
		case highByte:
			c, size := s.rune(s.at)
			switch {
			case isIdeograph(c):
				if t, ok := s.pair(); ok {
					return t, true
				}
			case !isWord(c) || isApostrophe(c):
				s.at += size
			default:
				if t, ok := s.word(); ok {
					return t, true
				}
			}
		default:
			// ".NET" by itself. "example.net" and "ASP.NET" are met by the words before the dot.
			if c == '.' {
				if end := s.suffix(s.at, ".net"); end > 0 {
					t := Token{"dotnet", s.at, end}
					s.at = end
					return t, true
				}
			}
			s.at++
		}
	}
	return Token{}, false
}

func (s *scanner) rune(at int) (rune, int) {
	if at >= len(s.text) {
		return ' ', 0
	}
	if c := s.text[at]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	return utf8.DecodeRuneInString(s.text[at:])
}

// word reads a word that begins here, with the signs that belong to it. ok is false when nothing of it is left.
func (s *scanner) word() (t Token, ok bool) {
	start, at, plain := s.at, s.at, true
	for ; at < len(s.text); at++ {
		switch classes[s.text[at]] {
		case smallByte:
			continue
		case largeByte:
			plain = false
			continue
		case signByte, otherByte:
		case apostropheByte, highByte:
			s.at = at
			return s.rareWord(start, plain)
		}
		break
	}
	s.at = at
	word := s.folded(start, plain, false)
	if at < len(s.text) && classes[s.text[at]] == signByte {
		return s.signs(start, word)
	}
	return Token{word, start, at}, true
}

// rareWord is word, of one that goes on with an apostrophe or beyond ASCII.
func (s *scanner) rareWord(start int, plain bool) (t Token, ok bool) {
	apostrophe := false
	for {
		c, size := s.rune(s.at)
		switch {
		case c < utf8.RuneSelf && isWord(c):
			plain = plain && (c < 'A' || c > 'Z')
		case isApostrophe(c): // don't, O'Brien: one word
			if next, _ := s.rune(s.at + size); !unicode.IsLetter(next) {
				return s.signs(start, s.folded(start, plain, apostrophe))
			}
			apostrophe = true
		case isIdeograph(c):
			return s.signs(start, s.folded(start, plain, apostrophe))
		case c >= utf8.RuneSelf && (isWord(c) || unicode.IsMark(c) || isInvisible(c)):
			plain = false
		default:
			return s.signs(start, s.folded(start, plain, apostrophe))
		}
		s.at += size
	}
}

// folded is the word that ends here in its normal form.
func (s *scanner) folded(start int, plain, apostrophe bool) string {
	word := s.text[start:s.at]
	if plain && !apostrophe {
		return word
	}
	return fold(word)
}

// signs adds to a word what makes another word of it: C++, C#, A+, Node.js, ASP.NET, R&D.
func (s *scanner) signs(start int, word string) (Token, bool) {
	if word == "" {
		return Token{}, false
	}
	add, end := "", s.at
	single := len(word) == 1 && word[0] >= 'a'
	switch c, size := s.rune(s.at); {
	case single && c == '+' && strings.HasPrefix(s.text[s.at:], "++"):
		add, end = "plusplus", s.at+2
	case word == "a" && c == '+' && s.endsAt(s.at+1): // CompTIA A+
		add, end = "plus", s.at+1
	case single && (c == '#' || c == '♯'):
		add, end = "sharp", s.at+size
	case single && c == '&': // R&D has nothing to do with R
		if next, size := s.rune(s.at + 1); next < utf8.RuneSelf && unicode.IsLetter(next) && s.endsAt(s.at+1+size) {
			add, end = "n"+strings.ToLower(string(next)), s.at+1+size
		}
	case c == '.':
		if after := s.suffix(s.at, ".js"); after > 0 {
			add, end = "js", after
		} else if after := s.suffix(s.at, ".net"); after > 0 && (word == "asp" || word == "vb" || word == "ado" || word == "ml") {
			add, end = "dotnet", after
		} else if after > 0 { // a domain: the dot is not the beginning of .NET
			s.at++
			return Token{word, start, end}, true
		}
	}
	s.at = end
	return Token{word + add, start, end}, true
}

// suffix is where name ends, if it stands here and nothing of a word follows; else 0.
func (s *scanner) suffix(at int, name string) int {
	end := at + len(name)
	if end > len(s.text) || s.text[at] != '.' || !strings.EqualFold(s.text[at:end], name) || !s.endsAt(end) {
		return 0
	}
	return end
}

// endsAt reports whether no word goes on here.
func (s *scanner) endsAt(at int) bool {
	c, _ := s.rune(at)
	return !isWord(c) && !unicode.IsMark(c)
}

func isWord(c rune) bool {
	if c < utf8.RuneSelf {
		return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z'
	}
	return unicode.IsLetter(c) || unicode.IsDigit(c)
}
