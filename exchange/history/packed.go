package history

import (
	"errors"
	"fmt"

	"rulebot/engine/market"
	"rulebot/engine/num"
)

// packed is a bar in 56 bytes: whole numbers of the last digit that any of its
// prices, or its volume, is written with.
type packed struct {
	open       market.Time
	o, h, l, c int64
	volume     int64
	price      int8 // digits after the point of the prices
	size       int8 // of the volume
}

// errPack tells of a bar that no file of a market has.
var errPack = errors.New("has prices that are too many digits apart, or a volume of too many digits")

// pack is exact, or refuses.
func pack(b *market.Bar) (packed, error) {
	p := packed{open: b.Open}
	scale := max(b.O.Scale(), b.H.Scale(), b.L.Scale(), b.C.Scale())
	p.price, p.size = int8(scale), int8(b.Volume.Scale())
	var fits [5]bool
	p.o, fits[0] = b.O.Whole(scale)
	p.h, fits[1] = b.H.Whole(scale)
	p.l, fits[2] = b.L.Whole(scale)
	p.c, fits[3] = b.C.Whole(scale)
	p.volume, fits[4] = b.Volume.Whole(b.Volume.Scale())
	if fits != [5]bool{true, true, true, true, true} {
		return p, fmt.Errorf("bar %w", errPack)
	}
	return p, nil
}

// unpack fills in a bar.
func (p *packed) unpack(b *market.Bar, tf market.Timeframe) {
	b.Open, b.Timeframe, b.Synthetic, b.Gap = p.open, tf, false, false
	b.O, b.H, b.L, b.C = p.at(p.o), p.at(p.h), p.at(p.l), p.at(p.c)
	b.Volume = num.QuantityOf(p.volume, int(p.size))
}

// at is one of the bar's prices.
func (p *packed) at(v int64) num.Price { return num.PriceOf(v, int(p.price)) }

// sane reports what market.Bar.Check does.
func (p *packed) sane() bool {
	return p.l > 0 && p.h >= max(p.o, p.c) && p.l <= min(p.o, p.c) && p.volume >= 0
}
