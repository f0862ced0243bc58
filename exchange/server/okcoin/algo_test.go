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
	b.settle()
	golden(t, "algo.golden", append(lines, c.rest()...))
}

// TestAlgoParts places orders that follow the market and that trade in parts,
// and lets a minute of the market pass.
func TestAlgoParts(t *testing.T) {
	b := startMarket(t, someMinutes(1))
	c := b.dial()
	c.login()
	c.subscribe("spot/order_algo:BTC-USD")
	const place, cancel = "/api/spot/v3/order_algo", "/api/spot/v3/cancel_batch_algos"
	trail := func(fields string) [2]string {
		return [2]string{place, `{"instrument_id":"BTC-USD","order_type":"2","mode":"1","side":"sell","size":"0.005",` + fields + `}`}
	}
	iceberg := func(fields string) [2]string {
		return [2]string{place, `{"instrument_id":"BTC-USD","order_type":"3","mode":"1","side":"buy","size":"0.02",` + fields + `}`}
	}
	sweep := func(fields string) [2]string {
		return [2]string{place, `{"instrument_id":"BTC-USD","order_type":"4","mode":"1","side":"buy","size":"0.02",` + fields + `}`}
	}
	lines := b.talk([][2]string{
		trail(`"callback_rate":"0.001","trigger_price":"50001"`),
		trail(`"callback_rate":"0.0009","trigger_price":"50001"`),
		trail(`"callback_rate":"0.051","trigger_price":"50001"`),
		trail(`"trigger_price":"50001"`),
		trail(`"callback_rate":"0.01","trigger_price":"49000"`),
		iceberg(`"algo_variance":"0.0001","avg_amount":"0.005","limit_price":"50100"`),
		iceberg(`"algo_variance":"0.00009","avg_amount":"0.005","limit_price":"50100"`),
		iceberg(`"algo_variance":"0.011","avg_amount":"0.005","limit_price":"50100"`),
		iceberg(`"algo_variance":"0.001","avg_amount":"0.03","limit_price":"50100"`),
		iceberg(`"algo_variance":"0.001","avg_amount":"0.000019","limit_price":"50100"`),
		iceberg(`"algo_variance":"0.001","avg_amount":"0.005"`),
		sweep(`"sweep_range":"0.005","sweep_ratio":"0.01","single_limit":"0.005","limit_price":"50100","time_interval":"20"`),
		sweep(`"sweep_range":"0.004","sweep_ratio":"0.5","single_limit":"0.005","limit_price":"50100","time_interval":"20"`),
		sweep(`"sweep_range":"0.01","sweep_ratio":"1.1","single_limit":"0.005","limit_price":"50100","time_interval":"20"`),
		sweep(`"sweep_range":"0.01","sweep_ratio":"1","single_limit":"0.03","limit_price":"50100","time_interval":"20"`),
		sweep(`"sweep_range":"0.01","sweep_ratio":"1","single_limit":"0.005","limit_price":"50100","time_interval":"121"`),
		sweep(`"sweep_range":"0.01","sweep_ratio":"1","single_limit":"0.005","limit_price":"50100","time_interval":"soon"`),
		sweep(`"sweep_range":"0.01","sweep_ratio":"1","single_limit":"0.005","limit_price":"50100"`),
		{cancel, `{"instrument_id":"BTC-USD","order_type":"3","algo_ids":["1","2","3","4","5","6","7"]}`},
		{place, `{"instrument_id":"BTC-USD","order_type":"6","mode":"1","side":"buy","size":"0.02"}`},
	})
	b.play()
	b.clock.Begin()
	lines = append(lines, b.talk([][2]string{
		{cancel, `{"instrument_id":"BTC-USD","order_type":"3","algo_ids":["1600000000000003"]}`},
		trail(`"callback_rate":"0.01","trigger_price":"49000"`),
		{place, `{"instrument_id":"BTC-USD","order_type":"2","mode":"1","side":"buy","size":"100","callback_rate":"0.01","trigger_price":"51000"}`},
	})...)
	for _, target := range []string{
		"order_type=2&algo_id=1600000000000001", "order_type=3&status=3", "order_type=4&status=2", "order_type=4&status=4",
		"order_type=4&status=5", "order_type=2&status=5",
	} {
		target = "/api/spot/v3/algo?instrument_id=BTC-USD&" + target
		a := b.get(target)
		lines = append(lines, "> GET "+target, fmt.Sprintf("< %d %s", a.status, a.body))
	}
	b.clock.End()
	b.settle()
	golden(t, "algoparts.golden", append(lines, c.rest()...))
}
