package companion

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"itmanagerjobs/gen/client"
)

type loginCmd struct {
	connection

	Forget bool `help:"Forget the key that was kept."`
}

// Help explains the command further.
func (loginCmd) Help() string {
	return `Without --key it asks for one: a test key, pk_test_…, is best, because it can break nothing. The key is tried, and kept in your
directory of settings, in a file that only you can read.`
}

// Run tries the key and keeps it.
func (c loginCmd) Run(ctx context.Context, t *Terminal) error {
	if c.Forget {
		return t.forgetLogin()
	}
	if c.Key == "" {
		var err error
		if c.Key, err = t.ask("API key (pk_test_…): "); err != nil {
			return err
		}
	}
	s, err := c.open(t)
	if err != nil {
		return err
	}
	res, err := s.api.GetMe(ctx, &client.GetMeParams{})
	me, err := read[client.Me](s, res, err)
	if err != nil {
		return err
	}
	path, err := t.keepLogin(login{Server: s.server, Key: s.key})
	if err != nil {
		return err
	}
	answer := struct {
		Server   string         `json:"server"`
		Employer string         `json:"employer"`
		KeyName  string         `json:"keyName"`
		Mode     client.Mode    `json:"mode"`
		Scopes   []client.Scope `json:"scopes"`
		File     string         `json:"file"`
	}{s.server, me.Employer.Name, me.Key.Name, me.Key.Mode, me.Key.Scopes, path}
	return s.print(answer, func(w io.Writer) {
		fmt.Fprintf(w, "Key %q of %s, %s mode, is kept in %s.\n", me.Key.Name, me.Employer.Name, strings.ToLower(string(me.Key.Mode)), path)
		if me.Key.Mode != client.ModeTest {
			fmt.Fprintln(w, "It is a live key: what you publish costs credits, and trigger will refuse it. A test key is safer to try things with.")
		}
	})
}

// login is what is kept between two commands.
type login struct {
	Server string `json:"server"`
	Key    string `json:"key"`
}

func (t *Terminal) loginFile() (string, error) {
	dir, err := t.ConfigDir()
	if err != nil {
		return "", fmt.Errorf("find your directory of settings: %w; give --key and --server instead", err)
	}
	return filepath.Join(dir, "itmanagerjobs", "login.json"), nil
}

// readLogin is what was kept; nothing when nobody has logged in, or where there is no directory to keep it in.
func (t *Terminal) readLogin() (login, error) {
	path, err := t.loginFile()
	if err != nil {
		return login{}, nil //nolint:nilerr // then the flags say it all
	}
	content, err := os.ReadFile(path) //nolint:gosec // the file of the person who runs the program
	if errors.Is(err, fs.ErrNotExist) {
		return login{}, nil
	}
	var l login
	if err == nil {
		err = json.Unmarshal(content, &l)
	}
	if err != nil {
		return login{}, fmt.Errorf("read the key that login has kept (%w): run itmanagerjobs login again", err)
	}
	return l, nil
}

// keepLogin writes the file anew, so that it is readable by its owner alone whatever was there before.
func (t *Terminal) keepLogin(l login) (string, error) {
	path, err := t.loginFile()
	if err != nil {
		return "", err
	}
	content, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("keep the key: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "login-*") // made with mode 0600
	if err != nil {
		return "", fmt.Errorf("keep the key: %w", err)
	}
	_, err = f.Write(append(content, '\n'))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return "", fmt.Errorf("keep the key: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return path, nil
}

func (t *Terminal) forgetLogin() error {
	path, err := t.loginFile()
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget the key: %w", err)
	}
	fmt.Fprintf(t.Err, "No key is kept any more in %s.\n", path)
	return nil
}

// ask reads one line, which a terminal does not show.
func (t *Terminal) ask(question string) (string, error) {
	fmt.Fprint(t.Err, question)
	line, err := t.readSecret()
	if err != nil && line == "" {
		return "", fmt.Errorf("read the answer: %w; give it by --key", err)
	}
	return strings.TrimSpace(line), nil
}

func (t *Terminal) readSecret() (string, error) {
	if f, ok := t.In.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		secret, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(t.Err)
		return string(secret), err
	}
	return bufio.NewReader(t.In).ReadString('\n')
}
