package batch

// Keys is how many keys have a group.
func (b *By[Key, In, Out]) Keys() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.groups)
}
