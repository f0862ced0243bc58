package okx

import (
	"fmt"

	"github.com/valyala/fastjson"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/wire"
)

// row is an object of a reply or a message, with the fields that are OKX's.
// What does not apply is an empty text there.
type row struct{ wire.Row }

func newRow(v *fastjson.Value, buf []byte) row { return row{wire.NewRow(v, buf)} }

// may reads a field that may be absent or empty, and is zero then.
func may[T any](r *row, key string, parse func([]byte) (T, error)) T {
	if len(r.Optional(key)) == 0 {
		var zero T
		return zero
	}
	return wire.Parsed(&r.Row, key, parse)
}

func (r *row) mayQuantity(key string) num.Quantity { return may(r, key, wire.ParseQuantity) }

func (r *row) mayPrice(key string) num.Price { return may(r, key, wire.ParsePrice) }

func (r *row) mayMilli(key string) market.Time { return may(r, key, wire.ParseMilli) }

// flag reads a boolean; some are texts.
func (r *row) flag(key string) bool {
	v := r.Value.Get(key)
	if r.Err != nil || v == nil {
		return false
	}
	switch v.Type() {
	case fastjson.TypeTrue:
		return true
	case fastjson.TypeFalse:
		return false
	default:
	}
	switch text := r.Text(key); text {
	case "true":
		return true
	case "false", "":
		return false
	default:
		r.Fail(key, fmt.Errorf("%q is neither true nor false", wire.Clip([]byte(text))))
		return false
	}
}

// eachRow calls f for every object of an array.
func eachRow(v *fastjson.Value, f func(*row) error) error {
	if v == nil || v.Type() != fastjson.TypeArray {
		return wire.ErrShape
	}
	for i, e := range v.GetArray() {
		r := newRow(e, nil)
		err := r.Err
		if err == nil {
			err = f(&r)
		}
		if err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
	}
	return nil
}

// rowsOf reads an array of objects.
func rowsOf[T any](v *fastjson.Value, read func(*row) (T, error)) ([]T, error) {
	var list []T
	err := eachRow(v, func(r *row) error {
		e, err := read(r)
		list = append(list, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// first reads the one object of an answer.
func first(v *fastjson.Value) (row, error) {
	if v == nil || v.Type() != fastjson.TypeArray || len(v.GetArray()) != 1 {
		return row{}, fmt.Errorf("want one object: %w", wire.ErrShape)
	}
	r := newRow(v.GetArray()[0], nil)
	return r, r.Err
}
