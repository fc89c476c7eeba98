package store

// CursorKey is the key that signs the cursors of lists, 32 bytes derived from SECRET_KEY: every copy of the program has
// the same one. It must not be modified.
func (s *Store) CursorKey() []byte { return s.cursors }
