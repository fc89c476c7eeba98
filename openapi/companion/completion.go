package companion

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help explains the command further.
func (completionCmd) Help() string {
	return `bash: eval "$(itmanagerjobs completion bash)" in ~/.bashrc. zsh: the same with zsh, in ~/.zshrc after compinit.
fish: itmanagerjobs completion fish > ~/.config/fish/completions/itmanagerjobs.fish.`
}

// The scripts hand the words of the line to the hidden command complete, so that the shell knows what this very program knows.
const (
	bashCompletion = `_itmanagerjobs() {
  local IFS=$'\n'
  COMPREPLY=($("${COMP_WORDS[0]}" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F _itmanagerjobs itmanagerjobs
`
	zshCompletion = `#compdef itmanagerjobs
_itmanagerjobs() {
  local -a found
  local line
  while IFS=$'\t' read -r name text; do
    found+=("${name//:/\\:}:$text")
  done < <("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe itmanagerjobs found || _files
}
compdef _itmanagerjobs itmanagerjobs
`
	fishCompletion = `function __itmanagerjobs_complete
  set -l words (commandline -opc) (commandline -ct)
  $words[1] complete -- $words[2..-1] 2>/dev/null
end
complete -c itmanagerjobs -a '(__itmanagerjobs_complete)'
`
)

// Run prints the script.
func (c completionCmd) Run(t *Terminal) error {
	script := map[string]string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}[c.Shell]
	_, err := fmt.Fprint(t.Out, script)
	return err
}

type completeCmd struct {
	Words []string `arg:"" optional:"" passthrough:""`
}

// Run prints how the last word can go on, with what it means behind a tab.
func (c completeCmd) Run(k *kong.Context, t *Terminal) error {
	words := c.Words
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	for _, candidate := range candidates(k.Model.Node, words) {
		fmt.Fprintln(t.Out, candidate)
	}
	return nil
}

// candidates are the commands or flags that the last of the words may become.
func candidates(node *kong.Node, words []string) []string {
	last := ""
	if len(words) > 0 {
		last, words = words[len(words)-1], words[:len(words)-1]
	}
	flags := slices.Clone(node.Flags)
	for i, word := range words {
		if strings.HasPrefix(word, "-") || i > 0 && takesValue(flags, words[i-1]) {
			continue
		}
		at := slices.IndexFunc(node.Children, func(n *kong.Node) bool { return n.Name == word })
		if at < 0 {
			continue // a value
		}
		if node = node.Children[at]; node.Name != "serve" && node.Name != "demo" {
			// The settings of a server have groups.
			flags = slices.DeleteFunc(flags, func(f *kong.Flag) bool { return f.Group != nil })
		}
		flags = append(flags, node.Flags...)
	}
	var found []string
	add := func(name, help string, hidden bool) {
		if !hidden && strings.HasPrefix(name, last) {
			found = append(found, name+"\t"+help)
		}
	}
	if len(words) > 0 && takesValue(flags, words[len(words)-1]) {
		for _, flag := range flags {
			if "--"+flag.Name == words[len(words)-1] {
				for _, value := range flag.EnumSlice() {
					add(value, flag.Name, value == "")
				}
			}
		}
		return found
	}
	for _, child := range node.Children {
		add(child.Name, child.Help, child.Hidden)
	}
	for _, argument := range node.Positional {
		for _, value := range argument.EnumSlice() {
			add(value, argument.Help, value == "")
		}
	}
	if strings.HasPrefix(last, "-") {
		for _, flag := range flags {
			add("--"+flag.Name, flag.Help, flag.Hidden)
		}
	}
	return found
}

// takesValue tells whether the word is a flag whose value is the next word.
func takesValue(flags []*kong.Flag, word string) bool {
	return slices.ContainsFunc(flags, func(f *kong.Flag) bool { return "--"+f.Name == word && !f.IsBool() && !f.IsCounter() })
}
