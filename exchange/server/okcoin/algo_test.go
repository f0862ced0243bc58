package okcoin_test

import (
	"fmt"
	"testing"
)

// TestAlgo places, lists and cancels orders that wait for a price, and lets
// the market reach two of them.
func TestAlgo(t *testing.T) {
	b := startMarket(t, someMinutes(1))
	c := b.dial()
	c.login()
	c.subscribe("spot/order_algo:BTC-USD", "spot/order:BTC-USD")
	const place, cancel = "/api/spot/v3/order_algo", "/api/spot/v3/cancel_batch_algos"
	lines := b.talk([][2]string{
		{place, `{"instrument_id":"BTC-USD","order_type":"1","mode":"1","side":"buy","size":"0.005","trigger_price":"50001","algo_price":"50100","algo_type":"1"}`},
		{place, `{"instrument_id":"btc-usd","order_type":1,"mode":1,"side":"sell","size":"0.005","trigger_price":"40000","algo_type":"2","algo_price":""}`},
		{place, `{"instrument_id":"BTC-USD","order_type":"5","mode":"1","side":"sell","size":"0.1","tp_trigger_price":"50002","tp_price":"49990","tp_trigger_type":"1","sl_trigger_price":"45000","sl_price":"","sl_trigger_type":"2"}`},
		{place, `{"instrument_id":"BTC-USD","order_type":"1","side":"buy","size":"0.005","trigger_price":"50001","algo_price":"66000"}`},
		{place, `{"instrument_id":"BTC-USD","order_type":"1","side":"sell","size":"0.005","trigger_price":"50001","algo_price":"35000"}`},
		{place, `{"instrument_id":"BTC-USD","order_type":"1","side":"sell","size":"0.00001","trigger_price":"50001","algo_price":"50000"}`},
		{place, `{"instrument_id":"BTC-USD","order_type":"3","side":"sell","size":"1"}`},
		{place, `{"instrument_id":"BTC-USD","order_type":"1","side":"sell","size":"1"}`},
		{place, `{"instrument_id":"BTC-USD","order_type":"1","side":"sell","size":"1","mode":"2"}`},
		{cancel, `{"instrument_id":"BTC-USD","order_type":"1","algo_ids":["1600000000000002","1600000000000003","7"]}`},
		{cancel, `{"instrument_id":"BTC-USD","order_type":"1","algo_ids":["1600000000000002"]}`},
		{cancel, `{"instrument_id":"BTC-USD","order_type":"1","algo_ids":[]}`},
		{cancel, `{"instrument_id":"BTC-USD","order_type":"2","algo_ids":["1"]}`},
	})
	b.clock.End()
	<-b.x.Done()
	b.clock.Begin()
	for _, target := range []string{
		"/api/spot/v3/algo?instrument_id=BTC-USD&order_type=1&status=2",
		"/api/spot/v3/algo?instrument_id=BTC-USD&order_type=1&status=3",
		"/api/spot/v3/algo?instrument_id=BTC-USD&order_type=5&algo_id=1600000000000003",
		"/api/spot/v3/algo?instrument_id=BTC-USD&order_type=5&status=1",
		"/api/spot/v3/algo?instrument_id=BTC-USD&order_type=1",
		"/api/spot/v3/algo?instrument_id=BTC-USD&order_type=1&status=0",
		"/api/spot/v3/algo?instrument_id=BTC-USD&order_type=1&status=1&algo_id=1",
		"/api/spot/v3/fills?instrument_id=BTC-USD",
	} {
		a := b.get(target)
		lines = append(lines, "> GET "+target, fmt.Sprintf("< %d %s", a.status, a.body))
	}
	b.clock.End()
	golden(t, "algo.golden", append(lines, c.rest()...))
}
