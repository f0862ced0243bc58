// Package faults is what the built-in exchange does wrong on demand: a scenario
// that a person wrote, and the plan that says of each request and frame what
// becomes of it.
//
//	seed: 7                    # draws which requests and frames; 1 unless written
//	faults:
//	  - fault: latency         # answers and frames come late
//	    delay: 200ms
//	    jitter: 100ms          # up to so much more
//	  - fault: error           # a 5xx
//	    call: place            # place, cancel, amend, algo, query or public; all unless written
//	    status: 503            # 500 to 599; 503 unless written
//	    applied: true          # the request was done all the same; false unless written
//	    times: 3               # so often at most; without end unless written
//	    share: 0.5             # of the requests; all unless written
//	  - fault: limit           # 429
//	  - fault: maintenance     # orders are answered with 30038; system status says so
//	    from: 1m               # exchange time since the start; 0s unless written
//	    until: 2m              # never unless written
//	    every: 6h              # and again so long after; once unless written
//	  - fault: drop            # frames are lost; of one channel where it is written
//	    channel: spot/order
//	  - fault: duplicate       # frames come twice
//	  - fault: reorder         # a frame comes after the next one
//	  - fault: half_open       # connections say nothing any more and do not close
//	  - fault: lost            # answers never come: the connection breaks instead
//	    call: place
//	    applied: true
//	  - fault: cut             # connections of the streams are closed, and refused until the end
//	    from: 3m               # where there is one
//	    until: 4m
//	  - fault: clock           # the exchange's clock is off
//	    offset: -45s
//	  - fault: tick            # the step of prices becomes another
//	    instrument: BTC-USD
//	    tick: 0.1
//	  - fault: delist          # the instrument is no more, its orders are cancelled
//	    instrument: BTC-USD
//
// Of several faults that concern the same request or frame the first in the
// file counts; latencies and clock offsets add up.
package faults
