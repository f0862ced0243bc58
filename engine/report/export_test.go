package report

// For one period, from its returns.
var (
	Sharpe  = sharpe
	Sortino = sortino
	Moments = moments
)
