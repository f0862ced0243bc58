package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/portfolio"
	"rulebot/persist"
)

// records is what a store says about a run, folded from its journal.
type records struct {
	dir       string
	orders    []order.Order // as they are now, oldest first
	index     map[string]int
	held      []engine.Standing // and not sent, as they are now
	fills     []filled
	digits    map[string]int // of the fill prices of each strategy
	positions *portfolio.Ledger
	state     map[string]map[string]float64 // by strategy and variable: what was set last
	wrong     []error
}

// filled is a fill and the strategy whose order it filled.
type filled struct {
	Strategy string `json:"strategy"`
	order.Fill
}

// readFlags are the flags of every command that reads a store.
func readFlags(name string, args []string, stderr io.Writer) (state string, asJSON, help bool, err error) {
	fs := newFlags(name, name+" [--state DIR] [--json]", "List the "+name+" of the newest run. Times are UTC.")
	fs.StringVar(&state, "state", "./state", "`DIR` of the stores, or of one store; the newest is read")
	fs.BoolVar(&asJSON, "json", false, "print one JSON object a line")
	if help, err = parse(fs, args, stderr); help || err != nil {
		return state, asJSON, help, err
	}
	return state, asJSON, false, noArguments(fs)
}

// readStore folds the journal of the newest store.
func readStore(state string) (*records, error) {
	r := &records{index: make(map[string]int), digits: make(map[string]int), positions: portfolio.New(nil), state: make(map[string]map[string]float64)}
	var err error
	if r.dir, err = replayStore(state, r.fold); err != nil {
		return nil, err
	}
	return r, errors.Join(r.wrong...)
}

// replayStore gives every change of the newest store to fold, and returns the
// store's directory.
func replayStore(state string, fold func(*engine.Change)) (dir string, err error) {
	dir, err = persist.Newest(state)
	if errors.Is(err, persist.ErrMissing) {
		return "", fmt.Errorf("no run left a store in %s: 'bot run' makes one, --state DIR reads another", state)
	}
	if err != nil {
		return "", err
	}
	store, err := persist.Read(dir)
	if err != nil {
		return "", withCode(err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return dir, store.Replay(func(c engine.Change) error { fold(&c); return nil })
}

func (r *records) fold(c *engine.Change) {
	switch c.Kind {
	case engine.ChangeOrder:
		i, ok := r.index[c.Order.ClientID]
		if !ok {
			i = len(r.orders)
			r.index[c.Order.ClientID] = i
			r.orders = append(r.orders, c.Order)
		}
		r.orders[i] = c.Order
	case engine.ChangeFill:
		r.fill(&c.Fill)
	case engine.ChangeStanding:
		r.hold(&c.Standing)
	case engine.ChangeState:
		r.set(&c.State)
	default:
	}
}

func (r *records) set(s *engine.Variables) {
	if r.state[s.Strategy] == nil {
		r.state[s.Strategy] = make(map[string]float64)
	}
	for _, v := range s.Set {
		r.state[s.Strategy][v.Name] = v.Number
	}
}

// all is every strategy that holds, held or remembers something.
func (r *records) all() []portfolio.Position {
	all := slices.Clone(r.positions.Positions())
	for _, name := range slices.Sorted(maps.Keys(r.state)) {
		if !slices.ContainsFunc(all, func(p portfolio.Position) bool { return p.Strategy == name }) {
			all = append(all, portfolio.Position{Strategy: name})
		}
	}
	return all
}

// stateText is what a strategy remembers, by name.
func stateText(state map[string]float64) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(state)) {
		parts = append(parts, name+" "+strconv.FormatFloat(state[name], 'f', -1, 64))
	}
	return strings.Join(parts, ", ")
}

// hold keeps what the engine holds and has not sent.
func (r *records) hold(s *engine.Standing) {
	r.held = slices.DeleteFunc(r.held, func(x engine.Standing) bool { return x.ID == s.ID })
	if s.Over == "" {
		r.held = append(r.held, *s)
	}
}

func (r *records) fill(f *order.Fill) {
	i, ok := r.index[f.ClientID]
	if !ok {
		r.wrong = append(r.wrong, fmt.Errorf("fill %s belongs to no order of the store", f.ID))
		return
	}
	strategy := r.orders[i].Strategy
	r.fills = append(r.fills, filled{strategy, *f})
	r.digits[strategy] = max(r.digits[strategy], f.Price.Scale())
	if err := r.positions.Apply(strategy, pair(f.Instrument), *f); err != nil {
		r.wrong = append(r.wrong, err)
	}
}

// pair splits an instrument's id into its currencies, which is all that
// positions need of it.
func pair(id string) market.Instrument {
	in := market.Instrument{ID: id}
	for i := range len(id) {
		if id[i] == '-' {
			in.Base, in.Quote = id[:i], id[i+1:]
			break
		}
	}
	return in
}

func runOrders(_ context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) error {
	return readAndPrint("orders", args, stdout, stderr, func(r *records, p *table) {
		p.head("created", "order", "strategy", "rule", "side", "quantity", "instrument", "limit", "state", "filled", "until", "tag", "why")
		for i := range r.orders {
			o := &r.orders[i]
			why := o.Code
			if o.Reason != "" {
				why += " " + o.Reason
			}
			p.row(o, stamp(o.Created), o.ClientID, o.Strategy, o.Rule, o.Side, o.Quantity, o.Instrument, o.Price, o.State, o.Filled, until(o.Expires), o.Tag, why)
		}
		for i := range r.held {
			s := &r.held[i]
			limit := "market"
			if !s.Price.IsZero() {
				limit = s.Price.String()
			}
			why := "held by the engine"
			if !s.Stop.IsZero() {
				why += " until the price reaches " + s.Stop.String()
			}
			p.row(s, stamp(s.Created), s.ID, s.Strategy, s.Rule, s.Side, quantityText(s), s.Instrument, limit, "HELD", 0, until(s.Expires), s.Tag, why)
		}
	})
}

func until(t market.Time) string {
	if t == 0 {
		return ""
	}
	return stamp(t)
}

func runFills(_ context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) error {
	return readAndPrint("fills", args, stdout, stderr, func(r *records, p *table) {
		p.head("at", "order", "strategy", "side", "quantity", "instrument", "price", "fee")
		for i := range r.fills {
			f := &r.fills[i]
			p.row(f, stamp(f.At), f.ClientID, f.Strategy, f.Side, f.Quantity, f.Instrument, f.Price, f.Fee.String()+" "+f.FeeCurrency)
		}
	})
}

func runPositions(_ context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) error {
	return readAndPrint("positions", args, stdout, stderr, func(r *records, p *table) {
		p.head("strategy", "instrument", "quantity", "entry", "realised", "fees", "buys", "sells", "state")
		for _, pos := range r.all() {
			row := struct {
				portfolio.Position
				Instrument string             `json:"instrument"`
				Entry      num.Price          `json:"entry"`
				State      map[string]float64 `json:"state,omitempty"`
			}{pos, r.instrumentOf(pos.Strategy), pos.Entry(), r.state[pos.Strategy]}
			quote := pair(row.Instrument).Quote
			p.row(row, pos.Strategy, row.Instrument, pos.Quantity, meanText(row.Entry, r.digits[pos.Strategy]), moneyText(pos.Realised, quote), moneyText(pos.Fees, quote), pos.Buys, pos.Sells, stateText(r.state[pos.Strategy]))
		}
	})
}

func (r *records) instrumentOf(strategy string) string {
	for i := range r.orders {
		if r.orders[i].Strategy == strategy {
			return r.orders[i].Instrument
		}
	}
	return ""
}

func readAndPrint(name string, args []string, stdout, stderr io.Writer, show func(*records, *table)) error {
	state, asJSON, help, err := readFlags(name, args, stderr)
	if help || err != nil {
		return err
	}
	r, err := readStore(state)
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "store %s\n", r.dir)
	t := newTable(stdout, asJSON)
	show(r, t)
	if t.rows == 0 && !asJSON {
		fmt.Fprintf(stderr, "no %s yet\n", name)
	}
	return t.end()
}

// table prints rows as aligned text, or as a JSON object a line.
type table struct {
	text *tabwriter.Writer // nil for JSON
	json *json.Encoder
	rows int
	err  error
}

func newTable(w io.Writer, asJSON bool) *table {
	if asJSON {
		return &table{json: json.NewEncoder(w)}
	}
	return &table{text: tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
}

func (t *table) head(names ...string) {
	if t.text == nil {
		return
	}
	cells := make([]any, 0, len(names))
	for _, n := range names {
		cells = append(cells, n)
	}
	t.row(nil, cells...)
}

func (t *table) row(object any, cells ...any) {
	if t.err != nil {
		return
	}
	if object != nil {
		t.rows++
	}
	if t.text == nil {
		t.err = t.json.Encode(object)
		return
	}
	for i, c := range cells {
		if i > 0 {
			fmt.Fprint(t.text, "\t")
		}
		fmt.Fprint(t.text, c)
	}
	_, t.err = fmt.Fprintln(t.text)
}

func (t *table) end() error {
	if t.text != nil && t.err == nil {
		t.err = t.text.Flush()
	}
	return t.err
}
