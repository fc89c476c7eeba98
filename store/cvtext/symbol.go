package cvtext

// symbol reads a character of a font of symbols, in which people set bullets, telephones and stars: whatever it is, it stands
// between things.
func symbol(c rune) string {
	if c >= 0xf000 && c <= 0xf0ff {
		c -= 0xf000
	}
	if c <= ' ' {
		return " "
	}
	return " \u2022 "
}
