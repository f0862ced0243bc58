package okx

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fastjson"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/wire"
)

// Account is what the exchange says of the account and of the key that asked.
type Account struct {
	Mode       int64  // 1 spot, 2 futures, 3 and 4 on margin
	Borrows    bool   // an order may be paid with borrowed money
	FeeInQuote bool   // else fees are taken from what is received
	Level      string // of fees
	Rights     []string
	Addresses  string // that the key is bound to; "" is none
}

// Account asks what the account and the key may do.
func (c *Client) Account(ctx context.Context) (Account, error) {
	v, err := c.private(ctx, getConfig, "/api/v5/account/config", nil)
	var a Account
	if err == nil {
		a, err = accountOf(v)
	}
	if err != nil {
		return Account{}, fmt.Errorf("okx: account: %w", err)
	}
	return a, nil
}

func accountOf(v *fastjson.Value) (Account, error) {
	r, err := first(v)
	if err != nil {
		return Account{}, err
	}
	auto, spot := r.flag("autoLoan"), r.flag("enableSpotBorrow")
	a := Account{
		Mode: r.Int("acctLv"), Borrows: auto || spot, FeeInQuote: r.Text("feeType") == "1",
		Level: r.Text("level"), Addresses: r.Text("ip"),
	}
	for word := range strings.SplitSeq(string(r.Required("perm")), ",") {
		a.Rights = append(a.Rights, strings.TrimSpace(word))
	}
	return a, r.Err
}

// Check says why nothing must be traded with the key, and what a person should
// know besides. A key that can take money out is refused, unless it is unsafe
// by a person's own word.
func (a *Account) Check(unsafe bool) (warnings []string, err error) {
	trades := false
	for _, right := range a.Rights {
		switch right {
		case "trade":
			trades = true
		case "read_only":
		case "withdraw":
			if unsafe {
				warnings = append(warnings, "THE KEY CAN WITHDRAW: whoever reads it can take everything; make one that can read and trade only")
				continue
			}
			err = errors.Join(err, errors.New("the key can withdraw: make one that can read and trade only"))
		default:
			warnings = append(warnings, fmt.Sprintf("the key has a right that is not known here: %q", printable(right)))
		}
	}
	if !trades {
		err = errors.Join(err, errors.New("the key cannot trade: give it the right to trade"))
	}
	if a.Mode != 1 && a.Mode != 2 {
		err = errors.Join(err, fmt.Errorf("the account is in mode %d, in which spot orders can borrow: set it to spot mode", a.Mode))
	}
	if a.Borrows {
		err = errors.Join(err, errors.New("the account borrows for spot orders: switch borrowing off"))
	}
	if a.Addresses == "" {
		warnings = append(warnings, "the key is bound to no address: bind it to this machine's, or it is deleted after 14 idle days and works for whoever steals it")
	}
	return warnings, err
}

// Fees are the parts of a trade that a maker and a taker pay; negative is
// paid to them.
type Fees struct{ Maker, Taker num.Rate }

// TradeFee returns what trading an instrument costs the account.
func (c *Client) TradeFee(ctx context.Context, instrument string) (Fees, error) {
	v, err := c.public(ctx, getInstruments, "/api/v5/public/instruments", url.Values{"instType": {"SPOT"}, "instId": {instrument}})
	var group string
	if err == nil {
		group, err = feeGroup(v)
	}
	if err == nil {
		v, err = c.private(ctx, getFee, "/api/v5/account/trade-fee", url.Values{"instType": {"SPOT"}, "instId": {instrument}})
	}
	var f Fees
	if err == nil {
		f, err = feesOf(v, group)
	}
	if err != nil {
		return Fees{}, fmt.Errorf("okx: trade fee %s: %w", instrument, err)
	}
	return f, nil
}

func feeGroup(v *fastjson.Value) (string, error) {
	r, err := first(v)
	if err != nil {
		return "", err
	}
	return r.Text("groupId"), r.Err
}

// feesOf reads the fees of a group; of the account where an answer has no
// groups. There a fee that is paid is negative.
func feesOf(v *fastjson.Value, group string) (Fees, error) {
	r, err := first(v)
	if err != nil {
		return Fees{}, err
	}
	from := r
	if groups := r.Value.Get("feeGroup"); groups != nil && group != "" {
		found := false
		err = eachRow(groups, func(g *row) error {
			if g.Text("groupId") == group {
				from, found = *g, true
			}
			return g.Err
		})
		if err == nil && !found {
			err = fmt.Errorf("no fee of group %q", group)
		}
		if err != nil {
			return Fees{}, err
		}
	}
	f := Fees{Maker: wire.Parsed(&from.Row, "maker", wire.ParseRate).Neg(), Taker: wire.Parsed(&from.Row, "taker", wire.ParseRate).Neg()}
	whole := num.MustRate("1")
	for _, rate := range [...]num.Rate{f.Maker, f.Taker} {
		if rate.Cmp(whole) >= 0 || rate.Cmp(whole.Neg()) <= 0 {
			from.Fail("fee", fmt.Errorf("%s is not a part of a trade", rate))
		}
	}
	return f, from.Err
}

// Available returns the exchange's own opinion of what may be spent: of the
// quote currency on a buy, and of the base currency on a sale.
func (c *Client) Available(ctx context.Context, instrument string) (buy num.Money, sell num.Quantity, err error) {
	v, err := c.private(ctx, getAvailable, "/api/v5/account/max-avail-size", url.Values{"instId": {instrument}, "tdMode": {"cash"}})
	var r row
	if err == nil {
		r, err = first(v)
	}
	if err == nil {
		buy, sell, err = r.Balance("availBuy"), r.Quantity("availSell"), r.Err
	}
	if err != nil {
		return num.Money{}, num.Quantity{}, fmt.Errorf("okx: available %s: %w", instrument, err)
	}
	return buy, sell, nil
}

// CancelAllAfter has the exchange cancel the orders with a tag, unless it is
// asked again within a time: 10 s to 2 minutes. No time switches it off.
// Without a tag it would be everybody's orders, so there must be one.
func (c *Client) CancelAllAfter(ctx context.Context, tag string, within time.Duration) error {
	if tag == "" || len(tag) > tagMax || !alphanumeric(tag) {
		return fmt.Errorf("okx: cancel all after: tag %q is not 1 to %d letters and digits", tag, tagMax)
	}
	seconds := int(within / time.Second)
	if seconds != 0 && (seconds < 10 || seconds > 120) {
		return fmt.Errorf("okx: cancel all after %s: want 10 s to 2 m, or none", within)
	}
	bucket := c.pacer.bucket(postCancelAfter, "")
	if err := bucket.Take(ctx, cancelWait); err != nil {
		return fmt.Errorf("okx: cancel all after: %w", err)
	}
	reply, unsent := c.post(ctx, "/api/v5/trade/cancel-all-after", struct {
		Seconds string `json:"timeOut"`
		Tag     string `json:"tag"`
	}{strconv.Itoa(seconds), tag}, false)
	if unsent != nil {
		return errors.New("okx: cancel all after: " + unsent.Message)
	}
	_, err := envelope(&reply)
	c.heed(bucket, &reply, err)
	if err != nil {
		return fmt.Errorf("okx: cancel all after: %w", err)
	}
	return nil
}

// Maintenance is a time in which the exchange, or a part of it, does not work.
type Maintenance struct {
	Title      string
	State      string // scheduled, ongoing, pre_open, completed or canceled
	Start, End market.Time
	Service    int64 // 0 is the streams, 5, 8 and 9 trading, 99 others
	of         int64 // 1 is live trading, 2 the demo, 0 not said
}

// elsewhere reports whether it is of the other environment.
func (m *Maintenance) elsewhere(p *Place) bool {
	return m.of == ofLive && p.Demo || m.of == ofDemo && !p.Demo
}

const ofLive, ofDemo = 1, 2

// Concerns reports whether it can touch spot trading at a time.
func (m *Maintenance) Concerns(at market.Time) bool {
	return m.State != "completed" && m.State != "canceled" && at >= m.Start && (at < m.End || m.End == 0)
}

// Status returns the maintenance that is announced or running.
func (c *Client) Status(ctx context.Context) ([]Maintenance, error) {
	v, err := c.public(ctx, getStatus, "/api/v5/system/status", nil)
	var list []Maintenance
	if err == nil {
		list, err = rowsOf(v, (*row).maintenance)
	}
	list = slices.DeleteFunc(list, func(m Maintenance) bool { return m.elsewhere(&c.place) })
	if err != nil {
		return nil, fmt.Errorf("okx: status: %w", err)
	}
	return list, nil
}

func (r *row) maintenance() (Maintenance, error) {
	m := Maintenance{
		Title: printable(r.Text("title")), State: string(r.Required("state")),
		Start: r.Milli("begin"), End: r.mayMilli("end"), Service: r.Int("serviceType"), of: may(r, "env", wire.ParseInt),
	}
	if r.Err == nil && m.End != 0 && m.End < m.Start {
		r.Fail("maintenance", errors.New("ends before it starts"))
	}
	return m, r.Err
}

// Book returns the best levels of each side, at most 400, and their time.
func (c *Client) Book(ctx context.Context, instrument string, levels int) (market.Depth, market.Time, error) {
	v, err := c.public(ctx, getBook, "/api/v5/market/books", url.Values{
		"instId": {instrument}, "sz": {strconv.Itoa(min(max(levels, 1), levelsMax))},
	})
	var b book
	if err == nil {
		var r row
		if r, err = first(v); err == nil {
			err = b.merge(&r)
		}
	}
	if err != nil {
		return market.Depth{}, 0, fmt.Errorf("okx: book %s: %w", instrument, err)
	}
	var d market.Depth
	b.tell(&d, levelsMax)
	return d, b.at, nil
}
