package okcoin

import (
	"context"

	"rulebot/engine/market"
)

// Now is the exchange's time, corrected by what was measured last. It signs.
func (c *Client) Now() market.Time { return c.clock.Now() }

// Measure measures the exchange's clock once and corrects ours. The warning
// tells a person what changed; the error is why nothing was measured.
func (c *Client) Measure(ctx context.Context) (warning, err error) {
	return c.clock.Measure(ctx, c.Time)
}

// KeepTime measures the exchange's clock now, each minute and when it refused
// our time, until ctx is done. While it is far off, jumps or is not known well
// no new order is sent; cancels are.
func (c *Client) KeepTime(ctx context.Context, report func(error)) {
	c.clock.Keep(ctx, c.Time, report)
}
