// Package verify holds the programs that verify a signature, one for each language, to be shown by the guide and by the
// command quickstart. Our tests run each against good and forged signatures.
package verify

import "embed"

//go:embed verify.go verify.js verify.py verify.php verify.rb Verify.java Verify.cs
var files embed.FS

// Program is one language's way of verifying.
type Program struct {
	// Language is how a person asks for it; Name is how it is written.
	Language, Name string
	// File is the name of the file, Run the command that runs it: with the secret, the header and the time behind it, and by the
	// body on standard input.
	File, Run string
}

// Programs lists all of them.
func Programs() []Program {
	return []Program{
		{"node", "Node", "verify.js", "node verify.js"},
		{"python", "Python", "verify.py", "python3 verify.py"},
		{"go", "Go", "verify.go", "go run verify.go"},
		{"php", "PHP", "verify.php", "php verify.php"},
		{"ruby", "Ruby", "verify.rb", "ruby verify.rb"},
		{"java", "Java", "Verify.java", "java Verify.java"},
		{"csharp", "C#", "Verify.cs", "dotnet run Verify.cs --"},
	}
}

// Text is the program itself.
func (p Program) Text() (string, error) {
	text, err := files.ReadFile(p.File)
	return string(text), err
}
