package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"itmanagerjobs/store"
)

// secretKeyFile is where the key of the embedded database is kept, in DATA_DIR: base64 on one line.
const secretKeyFile = "secret.key"

// keptSecretKey reads the key of a data directory, and makes it the first time. Copies of the program that start at
// once agree on one: the file is written under another name and then linked, which fails for all but the first.
func keptSecretKey(dir string, random io.Reader) ([]byte, error) {
	path := filepath.Join(dir, secretKeyFile)
	key, err := readSecretKey(path)
	if !errors.Is(err, os.ErrNotExist) {
		return key, err
	}
	key = make([]byte, store.SecretKeySize)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, fmt.Errorf("make a secret key: %w", err)
	}
	if err := linkNewFile(path, []byte(base64.StdEncoding.EncodeToString(key)+"\n")); err != nil {
		return nil, fmt.Errorf("keep the secret key: %w", err)
	}
	return readSecretKey(path)
}

func readSecretKey(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the secret key: %w", err)
	}
	key, err := parseSecretKey(string(text))
	if err == nil && key == nil {
		err = errors.New("is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("the secret key in %s is damaged: restore the file, for without it no API key of this data works any more (it %w)", path, err)
	}
	return key, nil
}

// linkNewFile makes a file of mode 0600 that is complete from the moment it has its name. A file of that name that is
// there already stays, and is no error.
func linkNewFile(path string, content []byte) (err error) {
	draft, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp") // 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(draft.Name())) }()
	_, err = draft.Write(content)
	if err = errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	if err = os.Link(draft.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a directory survive a power cut.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
