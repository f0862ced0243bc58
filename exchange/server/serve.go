package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// serving is the sockets' side of a running exchange.
type serving struct {
	listener net.Listener
	http     *http.Server
	cancel   context.CancelFunc
	group    sync.WaitGroup
	served   error // why serving ended, after group.Wait
}

// headerTimeout bounds how long a client may take to send its headers.
const headerTimeout = 10 * time.Second

// Start listens and lets the market run until its source ends, ctx ends or
// Close is called. It returns when clients can connect.
func (x *Exchange) Start(ctx context.Context) error {
	address := x.cfg.Listen
	if address == "" {
		address = "127.0.0.1:0"
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("server: listen: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &x.serve
	s.listener, s.cancel = l, cancel
	s.http = &http.Server{
		Handler: x.front, ReadHeaderTimeout: headerTimeout, TLSConfig: x.cfg.TLS,
		ErrorLog: log.New(io.Discard, "", 0), // a handshake that fails is the client's to tell
	}
	s.group.Go(func() { s.served = x.accept() })
	s.group.Go(func() { x.run(ctx) })
	return nil
}

func (x *Exchange) accept() error {
	s := &x.serve
	var err error
	if x.cfg.TLS != nil {
		err = s.http.ServeTLS(s.listener, "", "") // HTTP/2 by ALPN
	} else {
		err = s.http.Serve(s.listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("server: serve: %w", err)
}

// Addr returns host:port of the listener. Start must have returned nil.
func (x *Exchange) Addr() string { return x.serve.listener.Addr().String() }

// Close ends the market, the listener and all connections, and returns when
// every goroutine of the exchange has ended. It may be called twice.
func (x *Exchange) Close() error {
	s := &x.serve
	if s.http == nil {
		x.front.Close()
		return nil
	}
	s.cancel()
	err := s.http.Close()
	x.front.Close()
	s.group.Wait()
	return errors.Join(s.served, err)
}
