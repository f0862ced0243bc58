package okcoin

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

var (
	errDepth     = errors.New("nested deeper than 32")
	errKeys      = errors.New("object with more than 256 keys")
	errDuplicate = errors.New("key appears twice")
	errMissing   = errors.New("missing")
	errShape     = errors.New("wrong JSON type")
)

// decoder parses JSON into values that live until the next parse. It is for
// one goroutine.
type decoder struct {
	parser fastjson.Parser
	keys   [][]byte // keys of the objects around the value being checked
	digits [64]byte // for text
}

func (d *decoder) parse(text []byte) (*fastjson.Value, error) {
	v, err := d.parser.ParseBytes(text)
	if err != nil {
		return nil, fmt.Errorf("json: %q is not JSON", clip(text))
	}
	d.keys = d.keys[:0]
	if err := d.check(v, 1); err != nil {
		return nil, fmt.Errorf("json: %q: %w", clip(text), err)
	}
	return v, nil
}

// check refuses what a parser may read in more than one way (a key twice) and
// what only an attacker nests.
func (d *decoder) check(v *fastjson.Value, depth int) error {
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

func (d *decoder) checkObject(o *fastjson.Object, depth int) error {
	if o.Len() > keysMax {
		return errKeys
	}
	first := len(d.keys)
	var err error
	o.Visit(func(key []byte, v *fastjson.Value) {
		for _, k := range d.keys[first:] {
			if err == nil && bytes.Equal(k, key) {
				err = fmt.Errorf("%q: %w", clip(key), errDuplicate)
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

// text returns a string's bytes, or a number's digits; nothing for null and
// for what is absent. buf holds the digits.
func text(v *fastjson.Value, buf []byte) ([]byte, error) {
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
		return nil, errShape
	}
}

// row reads the fields of one JSON object and keeps the first error, so that
// a decoder reads as a list of fields. Values are zero after an error.
type row struct {
	v   *fastjson.Value
	buf []byte // for the digits of numbers; nil is as good, but slower
	err error
}

func newRow(v *fastjson.Value, buf []byte) row {
	r := row{v: v, buf: buf}
	if v == nil || v.Type() != fastjson.TypeObject {
		r.err = errShape
	}
	return r
}

func (r *row) fail(key string, err error) {
	if r.err == nil && err != nil {
		r.err = fmt.Errorf("%s: %w", key, err)
	}
}

// optional returns the bytes of a field, valid until the next call; nothing
// when it is absent or empty.
func (r *row) optional(key string) []byte {
	if r.err != nil {
		return nil
	}
	b, err := text(r.v.Get(key), r.buf)
	if err != nil {
		r.fail(key, err)
		return nil
	}
	return b
}

func (r *row) required(key string) []byte {
	b := r.optional(key)
	if len(b) == 0 {
		r.fail(key, errMissing)
	}
	return b
}

func (r *row) string(key string) string { return string(r.optional(key)) }

func (r *row) price(key string) num.Price { return parsed(r, key, parsePrice) }

func (r *row) quantity(key string) num.Quantity { return parsed(r, key, parseQuantity) }

func (r *row) balance(key string) num.Money { return parsed(r, key, parseBalance) }

func (r *row) time(key string) market.Time { return parsed(r, key, parseTime) }

func (r *row) int(key string) int64 { return parsed(r, key, parseInt) }

func (r *row) side() order.Side { return parsed(r, "side", parseSide) }

func parsed[T any](r *row, key string, parse func([]byte) (T, error)) T {
	var zero T
	b := r.required(key)
	if r.err != nil {
		return zero
	}
	v, err := parse(b)
	if err != nil {
		r.fail(key, err)
		return zero
	}
	return v
}

func parseSide(b []byte) (order.Side, error) {
	switch string(b) {
	case "buy":
		return order.Buy, nil
	case "sell":
		return order.Sell, nil
	}
	return 0, fmt.Errorf("%q is neither buy nor sell", clip(b))
}
