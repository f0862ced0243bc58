package storm

import (
	"time"

	"rulebot/engine"
	"rulebot/engine/live"
)

// suspend stops the process for a while; its monotonic clock may stand still
// meanwhile, as it does while a machine sleeps.
func (r *run) suspend() {
	b := r.bot
	if r.world.now < b.frozen {
		return // it is stopped already
	}
	long := 2 * time.Minute
	if r.knobs.Clock.Long {
		long = 8 * time.Hour
	}
	d := r.world.upTo(long)
	b.frozen = r.world.now + d
	r.count("clock.suspend")
	r.say("stopped for %s", d)
	b.clock.before, b.clock.slept = b.clock.steps, 0
	if r.world.random.IntN(2) == 0 {
		b.clock.lost += d
		b.clock.slept = d
	}
}

// halt is a person who stops everything, and resumes after a while.
func (r *run) halt() {
	r.count("op.halt")
	r.instruct(engine.OperatorHalt)
	r.world.after(r.world.upTo(time.Minute), func() {
		r.count("op.clear")
		r.instruct(engine.OperatorResume)
	})
}

func (r *run) instruct(what engine.Operator) {
	b := r.bot
	b.after(0, func() {
		r.say("a person says %d", what)
		b.step(func() error { return b.stepper.Obey(live.Instruction{Operator: what, Reason: "a drill"}) })
	})
}

// foreign is somebody else who trades on the account.
func (r *run) foreign(trades bool) {
	r.venue.Advance(r.world.now)
	m := r.venue.Markets()[r.world.random.IntN(2)]
	taken := r.venue.Foreign(m, trades)
	r.say("somebody else orders: %v %v", trades, taken)
	if taken && trades {
		r.count("op.trade")
		r.strange = true
	}
}

// reload is a person who writes other limits into the file: the bot is stopped
// in order, as a signal does, and started again soon after. It reads its file
// at no other time.
func (r *run) reload() {
	b := r.bot
	b.after(0, func() {
		r.count("op.reload")
		r.count("op.limit_change")
		r.say("a person stops it, and changes the limits")
		b.step(b.stepper.Stop)
		b.after(r.world.upTo(3*time.Second), func() {
			r.limits = (r.limits + 1) % limited
			b.dying("stopped", nil)
		})
	})
}
