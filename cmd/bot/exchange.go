package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/server"
	"rulebot/exchange/server/front"
	"rulebot/strategies"
)

// exchangeFlags is what bot exchange was told.
type exchangeFlags struct {
	protocol, listen, market string
	seed                     uint64
	days, speed              int
	balance                  string
	tlsCert, tlsKey          string
	accounts, faults, config string
	environment              string
}

// aloneLead is how many minutes of history the generated market of an exchange
// of its own has before it starts: a week.
const aloneLead = 7 * 24 * 60

// defaultInstrument is what a file of bars or trades is about unless told.
const defaultInstrument = "BTC-USD"

// tradingAccount is the one account of a built-in exchange.
const tradingAccount = "main"

// heartbeat is how long a silent book waits before it is published again, as
// recorded on the real exchange.
const heartbeat = 20 * time.Second

// candlePulse is how often the candle under way and the ticker are pushed while
// trades come.
const candlePulse = 500 * time.Millisecond

// runExchange serves the built-in exchange until ctx ends.
func runExchange(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) error {
	f, help, err := readExchangeFlags(args, stderr)
	if help || err != nil {
		return err
	}
	who, err := exchangeMembers(&f)
	if err != nil {
		return err
	}
	wrong, err := readFaults(f.faults)
	if err != nil {
		return err
	}
	from, err := aloneMarket(&f)
	if err != nil {
		return err
	}
	x, err := aloneExchange(&f, from, who, wrong)
	if err != nil {
		return err
	}
	if err := x.Start(ctx); err != nil {
		return errors.Join(err, x.Close())
	}
	if err := json.NewEncoder(stdout).Encode(readyLine(&f, from, x)); err != nil {
		return errors.Join(err, x.Close())
	}
	select {
	case <-ctx.Done():
	case <-x.Done():
		if x.Err() != nil {
			return errors.Join(x.Err(), x.Close())
		}
		if ctx.Err() == nil {
			fmt.Fprintln(stderr, "bot exchange: the market has ended; orders are still taken until Ctrl-C")
			<-ctx.Done()
		}
	}
	return x.Close()
}

func readExchangeFlags(args []string, stderr io.Writer) (f exchangeFlags, help bool, err error) {
	fs := newFlags("exchange", "exchange [flags]",
		"Serve the built-in exchange to other programs until Ctrl-C. It prints one line of JSON when it is ready.")
	fs.StringVar(&f.protocol, "protocol", "okcoin-v3", "`NAME` of the protocol to speak: okcoin-v3 or okx-v5")
	fs.StringVar(&f.environment, "environment", "", "`NAME` of what okx-v5 plays: demo (unless told) or live")
	fs.StringVar(&f.listen, "listen", "127.0.0.1:0", "`ADDRESS` to listen on; port 0 is any that is free")
	fs.StringVar(&f.market, "market", "", "play `[INSTRUMENT=]FILE` (bars, trades or recorded frames), not the generated market")
	fs.Uint64Var(&f.seed, "seed", 1, "`NUMBER` that makes the generated market")
	fs.IntVar(&f.days, "days", 0, "`NUMBER` of days of the generated market; 0 is without end")
	fs.IntVar(&f.speed, "speed", 1, "`TIMES` the speed of the wall clock, 1 to 100")
	fs.StringVar(&f.balance, "balance", "USD=100000", "what an account owns at the start: `CURRENCY=AMOUNT,...`")
	fs.StringVar(&f.tlsCert, "tls-cert", "", "certificate `FILE` (PEM) to serve HTTPS")
	fs.StringVar(&f.tlsKey, "tls-key", "", "key `FILE` (PEM) of the certificate")
	fs.StringVar(&f.accounts, "accounts", "", "`FILE` (YAML, mode 0600) of accounts and their keys")
	fs.StringVar(&f.config, "config", "", "strategies `FILE` whose account says the fees, their tiers and how orders at rest fill")
	fs.StringVar(&f.faults, "faults", "", "`FILE` (YAML) of what shall go wrong, and when")
	if help, err = parse(fs, args, stderr); help || err != nil {
		return f, help, err
	}
	switch {
	case fs.NArg() > 0:
		err = noArguments(fs)
	case f.speed < 1 || f.speed > server.SpeedMax:
		err = misused("--speed %d is not between 1 and %d", f.speed, server.SpeedMax)
	case f.days < 0:
		err = misused("--days %d is negative", f.days)
	case (f.tlsCert == "") != (f.tlsKey == ""):
		err = misused("--tls-cert and --tls-key go together")
	default:
		err = f.checkProtocol()
	}
	return f, false, err
}

// aloneMarket opens the market to serve.
func aloneMarket(f *exchangeFlags) (*marketOf, error) {
	if f.market == "" {
		return generated(f.seed, f.days, nil, aloneLead), nil
	}
	name := f.market
	if !strings.Contains(name, "=") {
		name = defaultInstrument + "=" + name
	}
	m, err := openMarket(&strategies.File{}, []string{name})
	if err != nil {
		return nil, err
	}
	m.title = f.market
	return m, nil
}

// align returns by multiples of what a market may be shifted: bars stay on
// their boundaries.
func align(m *marketOf) time.Duration {
	if m.unaligned {
		return 0
	}
	return m.base.Duration()
}

// serverKeys returns the keys clients must show: those of the environment, or
// the well-known ones, which only a loopback listener may have.
func serverKeys(listen string) ([]front.Account, error) {
	own := front.Account{Name: tradingAccount}
	given := 0
	for name, field := range map[string]*string{
		"BOT_EXCHANGE_KEY": &own.Key, "BOT_EXCHANGE_SECRET": &own.Secret, "BOT_EXCHANGE_PASSPHRASE": &own.Passphrase,
	} {
		if *field = os.Getenv(name); *field != "" {
			given++
		}
		if err := os.Unsetenv(name); err != nil { // no child and no dump of the environment shall hold it
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	switch {
	case given == 3:
		return []front.Account{own}, nil
	case given > 0:
		return nil, misused("BOT_EXCHANGE_KEY, BOT_EXCHANGE_SECRET and BOT_EXCHANGE_PASSPHRASE go together")
	case !isLoopback(listen):
		return nil, misused("--listen %s can be reached from outside: set BOT_EXCHANGE_KEY, _SECRET and _PASSPHRASE; the default keys serve loopback only", listen)
	}
	return builtinKeys(), nil
}

// builtinKeys are the keys of a built-in exchange on loopback.
func builtinKeys() []front.Account {
	return []front.Account{{Key: "test-key", Secret: "test-secret", Passphrase: "test-pass", Name: tradingAccount}}
}

func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// aloneExchange makes an exchange that runs on the wall clock.
func aloneExchange(f *exchangeFlags, from *marketOf, who members, wrong wrongs) (*server.Exchange, error) {
	clock, err := server.NewWall(f.speed)
	if err != nil {
		return nil, err
	}
	spoken, _ := protocolNamed(f.protocol)
	cfg := server.Config{
		Instruments: from.instruments, Source: from.source, History: from.history,
		Clock: clock, StartNow: true, Align: align(from),
		Manner:   server.Manner{Heartbeat: heartbeat, Pulse: candlePulse, Unordered: true},
		Front:    spoken.front(faceConfig{front.Options{Accounts: who.keys, Speed: f.speed, Faults: wrong.plan}, f.environment}),
		Accounts: who.accounts, Changes: wrong.changes,
		Fees: spoken.fees(), Rules: spoken.rules(), Listen: f.listen,
	}
	if f.config != "" {
		file, err := load(f.config)
		if err != nil {
			return nil, err
		}
		cfg.Fees, cfg.Models = feesOf(&file.Account), modelsOf(&file.Account)
	}
	if f.tlsCert != "" {
		pair, err := tls.LoadX509KeyPair(f.tlsCert, f.tlsKey)
		if err != nil {
			return nil, fmt.Errorf("certificate: %w", err)
		}
		cfg.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	return server.New(cfg)
}

// parseBalances reads USD=100000,BTC=1.5.
func parseBalances(text string) (map[string]num.Money, error) {
	balances := map[string]num.Money{}
	for part := range strings.SplitSeq(text, ",") {
		currency, amount, found := strings.Cut(strings.TrimSpace(part), "=")
		m, err := num.ParseMoney(amount)
		if !found || currency == "" || err != nil || m.Sign() < 0 {
			return nil, misused("--balance %q: %q is not CURRENCY=AMOUNT", text, part)
		}
		balances[strings.ToUpper(currency)] = m
	}
	return balances, nil
}

// ready is the line that tells where the exchange can be reached.
type ready struct {
	Protocol string      `json:"protocol"`
	REST     string      `json:"rest"`
	WS       string      `json:"ws"`
	Market   string      `json:"market"`
	Time     market.Time `json:"time"`
	Speed    int         `json:"speed"`
	Shift    string      `json:"shift"` // added to the market's own times
}

func readyLine(f *exchangeFlags, from *marketOf, x *server.Exchange) ready {
	spoken, _ := protocolNamed(f.protocol)
	secure := ""
	if f.tlsCert != "" {
		secure = "s"
	}
	return ready{
		Protocol: f.protocol, REST: "http" + secure + "://" + x.Addr(), WS: "ws" + secure + "://" + x.Addr() + spoken.ws,
		Market: from.title, Time: x.Now().Floor(time.Millisecond), Speed: f.speed, Shift: x.Shift().String(),
	}
}
