package pages

// Table is a list in columns. On a phone each row becomes a block of lines.
type Table struct {
	// Caption names the table for screen readers.
	Caption string
	Columns []Column
	Rows    []Row
	// Empty is shown when there are no rows.
	Empty *Empty
}

// Column is the head of one. A column without a name, for buttons, has an Unseen one.
type Column struct {
	Name   string
	Unseen string
	// Number puts figures at the right edge, below one another.
	Number bool
}

// Row has a cell for each column.
type Row struct {
	Cells []Cell
	// Chosen is the row that is shown beside the table.
	Chosen bool
	// Faded is for what is over.
	Faded bool
}

// Cell shows those of its parts that are set, in this order.
type Cell struct {
	Text string
	// Path makes the text a link; Opens makes the whole row lead there.
	Path  string
	Opens bool
	// Strong and Code are how the text is set.
	Strong, Code bool
	// Lines keeps the line breaks of a text that somebody has written.
	Lines bool
	Tags  []Tag
	When  *Moment
	// Sparkline is small, beside a text.
	Sparkline *Sparkline
	// Sub is a second line.
	Sub     string
	Actions []Action
	// Check lets people choose the row for a form; nil for none.
	Check *Check
}

// Head is the column that a cell is in.
func (t Table) Head(i int) Column {
	if i < len(t.Columns) {
		return t.Columns[i]
	}
	return Column{}
}
