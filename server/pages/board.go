package pages

// Board shows cards in columns. Each card moves by a form of its own; with the script it can be dragged to another column too,
// which sends the same form.
type Board struct {
	Label   string
	Columns []BoardColumn
	// Empty is shown above the columns when no card is in any of them; nil otherwise.
	Empty *Empty
}

// BoardColumn is a column of a Board.
type BoardColumn struct {
	Name string
	// Value is what the form of a card sends to move it here.
	Value string
	// Count is how many cards it has, such as "12" or "600+".
	Count string
	Cards []BoardCard
	// More leads to all of the column; nil when all its cards are shown.
	More *Link
}

// BoardCard is a card on a Board.
type BoardCard struct {
	ID    string
	Title string
	Path  string
	Sub   string
	When  *Moment
	Tags  []Tag
	// Move is nil for those who only look.
	Move *BoardMove
}

// BoardMove is the form that moves a card: the value of one of Options is sent as "status".
type BoardMove struct {
	Post    string
	Options []Option
	Values  map[string]string
}

// OpenFor notes for whom the board is shown in the form of each card.
func (b *Board) OpenFor(o Opened) {
	for i := range b.Columns {
		for j := range b.Columns[i].Cards {
			if m := b.Columns[i].Cards[j].Move; m != nil {
				m.Values = o.with(m.Values)
			}
		}
	}
}

// Check is a box in a row of a table that belongs to a form elsewhere on the page.
type Check struct {
	Form, Name, Value string
	// Label is for screen readers.
	Label string
}
