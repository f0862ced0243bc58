package okcoin

import (
	"github.com/valyala/fastjson"

	"rulebot/exchange/wire"
)

// row is an object of a reply or a message, with the fields that are Okcoin's.
type row struct{ wire.Row }

func newRow(v *fastjson.Value, buf []byte) row { return row{wire.NewRow(v, buf)} }
