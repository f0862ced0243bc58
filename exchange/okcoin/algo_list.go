package okcoin

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"github.com/valyala/fastjson"

	"rulebot/exchange/wire"
)

// Algos returns an instrument's algo orders of a kind and in a state, newest
// first, ours or not. Only Iceberg and TimeWeighted are ever partly effective
// or paused.
func (c *Client) Algos(ctx context.Context, instrument string, kind AlgoKind, state AlgoState, p Page) ([]Algo, error) {
	query, err := p.onto(url.Values{"status": {strconv.Itoa(int(state))}})
	if err == nil && (state < Waiting || state > AlgoFailed) {
		err = fmt.Errorf("%d is not a state", state)
	}
	var list []Algo
	if err == nil {
		list, err = c.algos(ctx, instrument, kind, query)
	}
	for i := range list {
		if list[i].State != state {
			err = fmt.Errorf("algo order %s is in state %d, asked for %d", list[i].ID, list[i].State, state)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("okcoin: algo orders %s: %w", instrument, err)
	}
	return list, nil
}

// WaitingAlgos returns every algo order of an instrument and a kind that
// waits, newest first, however many pages that takes; with an error, those of
// the pages before it.
func (c *Client) WaitingAlgos(ctx context.Context, instrument string, kind AlgoKind) ([]Algo, error) {
	var list []Algo
	var p Page
	for range pagesMax {
		page, err := c.Algos(ctx, instrument, kind, Waiting, p)
		if err != nil {
			return list, err
		}
		list = append(list, page...)
		if len(page) < pageSize {
			return list, nil
		}
		oldest := page[len(page)-1].ID
		if oldest == p.After {
			break
		}
		p.After = oldest
	}
	return list, fmt.Errorf("okcoin: algo orders %s: the pages do not end", instrument)
}

// Algo asks for one algo order. It reports false when the exchange lists none
// of that id.
func (c *Client) Algo(ctx context.Context, instrument string, kind AlgoKind, id string) (Algo, bool, error) {
	var list []Algo
	err := errors.New("the id is not one the exchange could have")
	if orderIDValid(id) {
		list, err = c.algos(ctx, instrument, kind, url.Values{"algo_id": {id}})
	}
	switch {
	case err == nil && len(list) == 1 && list[0].ID == id:
		return list[0], true, nil
	case err == nil && len(list) > 0:
		err = fmt.Errorf("the answer is about %d others", len(list))
	}
	var refused *Error
	if errors.As(err, &refused) && missing(refused) {
		err = nil
	}
	if err != nil {
		return Algo{}, false, fmt.Errorf("okcoin: algo order %s: %w", id, err)
	}
	return Algo{}, false, nil
}

func (c *Client) algos(ctx context.Context, instrument string, kind AlgoKind, query url.Values) ([]Algo, error) {
	if kind < Trigger || kind > Pair {
		return nil, fmt.Errorf("%d is not a kind of algo order", kind)
	}
	query.Set("instrument_id", instrument)
	query.Set("order_type", strconv.Itoa(int(kind)))
	v, err := c.query(ctx, getAlgos, target("/api/spot/v3/algo", query), true)
	if err != nil {
		return nil, err
	}
	return algoRows(v, instrument, kind)
}

// algoRows reads a list, which stands under the instrument's name in one of
// its spellings. An empty list may lack the name.
func algoRows(v *fastjson.Value, instrument string, kind AlgoKind) ([]Algo, error) {
	if v.Type() == fastjson.TypeArray && len(v.GetArray()) == 0 {
		return nil, nil
	}
	if v.Type() != fastjson.TypeObject {
		return nil, wire.ErrShape
	}
	var list []Algo
	var err error
	v.GetObject().Visit(func(key []byte, rows *fastjson.Value) {
		if err != nil || rows.Type() != fastjson.TypeArray {
			return
		}
		if canonical(key) != instrument {
			err = fmt.Errorf("the answer is about %q", wire.Clip(key))
			return
		}
		var page []Algo
		if page, err = rowsOf(rows, (*row).algo); err == nil {
			list = append(list, page...)
		}
	})
	seen := map[string]bool{}
	for i := range list {
		a := &list[i]
		if err == nil && (a.Instrument != instrument || a.Kind != kind || seen[a.ID]) {
			err = fmt.Errorf("algo order %s of %s and kind %d does not belong here", a.ID, a.Instrument, a.Kind)
		}
		seen[a.ID] = true
	}
	if err != nil {
		return nil, err
	}
	return list, nil
}
