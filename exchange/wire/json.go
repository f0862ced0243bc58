package wire

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/valyala/fastjson"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// Bounds on the JSON that is taken, beside its size.
const (
	depthMax = 32
	keysMax  = 256 // of one object
)

// What may be wrong with a value.
var (
	ErrMissing = errors.New("missing")
	ErrShape   = errors.New("wrong JSON type")

	errDepth     = errors.New("nested deeper than 32")
	errKeys      = errors.New("object with more than 256 keys")
	errDuplicate = errors.New("key appears twice")
)

// Decoder parses JSON into values that live until the next parse. It is for
// one goroutine.
type Decoder struct {
	parser fastjson.Parser
	keys   [][]byte // keys of the objects around the value being checked
	Digits [64]byte // for a Row's Buf
}

// Parse returns the value of a whole text.
func (d *Decoder) Parse(text []byte) (*fastjson.Value, error) {
	v, err := d.parser.ParseBytes(text)
	if err != nil {
		return nil, fmt.Errorf("json: %q is not JSON", Clip(text))
	}
	d.keys = d.keys[:0]
	if err := d.check(v, 1); err != nil {
		return nil, fmt.Errorf("json: %q: %w", Clip(text), err)
	}
	return v, nil
}

// check refuses what a parser may read in more than one way (a key twice) and
// what only an attacker nests.
func (d *Decoder) check(v *fastjson.Value, depth int) error {
	if depth > depthMax {
		return errDepth
	}
	switch v.Type() {
	case fastjson.TypeArray:
		for _, e := range v.GetArray() {
			if err := d.check(e, depth+1); err != nil {
				return err
			}
		}
	case fastjson.TypeObject:
		return d.checkObject(v.GetObject(), depth)
	default: // a plain value
	}
	return nil
}

func (d *Decoder) checkObject(o *fastjson.Object, depth int) error {
	if o.Len() > keysMax {
		return errKeys
	}
	first := len(d.keys)
	var err error
	o.Visit(func(key []byte, v *fastjson.Value) {
		for _, k := range d.keys[first:] {
			if err == nil && bytes.Equal(k, key) {
				err = fmt.Errorf("%q: %w", Clip(key), errDuplicate)
			}
		}
		d.keys = append(d.keys, key)
		if err == nil {
			err = d.check(v, depth+1)
		}
	})
	d.keys = d.keys[:first]
	return err
}

// Text returns a string's bytes, or a number's digits; nothing for null and
// for what is absent. buf holds the digits.
func Text(v *fastjson.Value, buf []byte) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	switch v.Type() {
	case fastjson.TypeString:
		return v.GetStringBytes(), nil
	case fastjson.TypeNumber:
		return v.MarshalTo(buf[:0]), nil
	case fastjson.TypeNull:
		return nil, nil
	default:
		return nil, ErrShape
	}
}

// Row reads the fields of one JSON object and keeps the first error, so that
// a decoder reads as a list of fields. Values are zero after an error.
type Row struct {
	Value *fastjson.Value
	Buf   []byte // for the digits of numbers; nil is as good, but slower
	Err   error
}

// NewRow returns a row of an object; of anything else it has an error.
func NewRow(v *fastjson.Value, buf []byte) Row {
	r := Row{Value: v, Buf: buf}
	if v == nil || v.Type() != fastjson.TypeObject {
		r.Err = ErrShape
	}
	return r
}

// Fail notes what is wrong with a field, unless something was before.
func (r *Row) Fail(key string, err error) {
	if r.Err == nil && err != nil {
		r.Err = fmt.Errorf("%s: %w", key, err)
	}
}

// Optional returns the bytes of a field, valid until the next call; nothing
// when it is absent or empty.
func (r *Row) Optional(key string) []byte {
	if r.Err != nil {
		return nil
	}
	b, err := Text(r.Value.Get(key), r.Buf)
	if err != nil {
		r.Fail(key, err)
		return nil
	}
	return b
}

// Required returns the bytes of a field that must be there.
func (r *Row) Required(key string) []byte {
	b := r.Optional(key)
	if len(b) == 0 {
		r.Fail(key, ErrMissing)
	}
	return b
}

// Text returns a field that may be absent or empty.
func (r *Row) Text(key string) string { return string(r.Optional(key)) }

// Price reads a required price.
func (r *Row) Price(key string) num.Price { return Parsed(r, key, ParsePrice) }

// Quantity reads a required quantity.
func (r *Row) Quantity(key string) num.Quantity { return Parsed(r, key, ParseQuantity) }

// Balance reads a required balance: see ParseBalance.
func (r *Row) Balance(key string) num.Money { return Parsed(r, key, ParseBalance) }

// Time reads a required time of the form that ParseISO takes.
func (r *Row) Time(key string) market.Time { return Parsed(r, key, ParseISO) }

// Milli reads a required time in milliseconds since 1970.
func (r *Row) Milli(key string) market.Time { return Parsed(r, key, ParseMilli) }

// Int reads a required whole number.
func (r *Row) Int(key string) int64 { return Parsed(r, key, ParseInt) }

// Side reads the field side.
func (r *Row) Side() order.Side { return Parsed(r, "side", ParseSide) }

// Parsed reads a required field by a function.
func Parsed[T any](r *Row, key string, parse func([]byte) (T, error)) T {
	var zero T
	b := r.Required(key)
	if r.Err != nil {
		return zero
	}
	v, err := parse(b)
	if err != nil {
		r.Fail(key, err)
		return zero
	}
	return v
}

// ParseSide reads buy or sell.
func ParseSide(b []byte) (order.Side, error) {
	switch string(b) {
	case "buy":
		return order.Buy, nil
	case "sell":
		return order.Sell, nil
	}
	return 0, fmt.Errorf("%q is neither buy nor sell", Clip(b))
}
