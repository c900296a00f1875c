package embedded

// LookRound has the engine look on a circle round the origin from so few matching rows on.
func (e *Engine) LookRound(rows int) { e.many = rows }
