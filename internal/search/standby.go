package search

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"carefinder/internal/fault"
)

// Standby is an engine with another standing by: when the first can't answer, or not in time, the second does, within
// the deadline of whoever asked. After a few failures in a row the first is left alone; now and then a question is put
// to it on the side, while the second answers, and once that goes well it is asked again. So nobody waits for an engine
// that is down, and one that comes back is not met by all at once. Make one with NewStandby.
type Standby struct {
	first, second Engine
	name          string // of the second
	breaker       circuitbreaker.CircuitBreaker[any]
	patience      time.Duration

	probes sync.WaitGroup
	stood  atomic.Int64 // answers of the second

	mu     sync.Mutex
	reason error     // why the first failed last; nil while it answers
	since  time.Time // it fails
}

// StandbyStatus says whether the second engine stands in.
type StandbyStatus struct {
	Reason  error     // why the first engine can't answer; nil while it can
	Since   time.Time // the first of its failures in a row
	StoodIn int64     // answers of the second engine so far
}

// StandbyConfig says how patient a Standby is. The zero value is what a server wants.
type StandbyConfig struct {
	Failures uint          // in a row, after which the first engine is left alone; 0 is 3
	Rest     time.Duration // until it is tried again; 0 is 2 seconds
	Patience time.Duration // how long it may take to answer, at most two thirds of what is left; 0 is 1.5 seconds
}

// NewStandby makes an engine of two. name is the second's, as answers tell it.
func NewStandby(first, second Engine, name string, cfg StandbyConfig) *Standby {
	if cfg.Failures == 0 {
		cfg.Failures = 3
	}
	if cfg.Rest == 0 {
		cfg.Rest = 2 * time.Second
	}
	if cfg.Patience == 0 {
		cfg.Patience = 3 * time.Second / 2
	}
	return &Standby{
		first: first, second: second, name: name, patience: cfg.Patience,
		breaker: circuitbreaker.NewBuilder[any]().WithFailureThreshold(cfg.Failures).WithDelay(cfg.Rest).WithJitterFactor(0.25).Build(),
	}
}

// Apply implements Engine: both are changed. A server has an Indexer for each instead, so that neither waits for the
// other.
func (s *Standby) Apply(ctx context.Context, ops []Op) error {
	return errors.Join(s.second.Apply(ctx, ops), s.first.Apply(ctx, ops))
}

// Match implements Engine. What the second engine answers says so.
func (s *Standby) Match(ctx context.Context, m Match) (*Candidates, error) {
	c, stoodIn, err := ask(ctx, s, func(ctx context.Context, e Engine) (*Candidates, error) { return e.Match(ctx, m) })
	if err == nil && stoodIn {
		c.Engine, c.Degraded = s.name, true
	}
	return c, err
}

// Clusters implements Engine.
func (s *Standby) Clusters(ctx context.Context, m Match, level int) ([]Cluster, error) {
	all, _, err := ask(ctx, s, func(ctx context.Context, e Engine) ([]Cluster, error) { return e.Clusters(ctx, m, level) })
	return all, err
}

// ask puts a question to the first engine, or else to the second.
func ask[T any](ctx context.Context, s *Standby, put func(context.Context, Engine) (T, error)) (answer T, stoodIn bool, err error) {
	if ctx.Err() != nil {
		return answer, false, fault.Wrap(fault.Canceled, "The search was given up.", ctx.Err())
	}
	switch {
	case !s.breaker.TryAcquirePermit():
	case s.breaker.IsHalfOpen():
		s.probes.Go(func() { // on the side: nobody waits for it
			_, _ = try(context.WithoutCancel(ctx), s, put)
		})
	default:
		answer, err = try(ctx, s, put)
		if err == nil || ctx.Err() != nil || fault.Is(err, fault.Invalid) {
			return answer, false, err
		}
	}
	s.stood.Add(1)
	answer, err = put(ctx, s.second)
	return answer, true, err
}

// try asks the first engine, which may use most of the time there is, and notes what became of it.
func try[T any](ctx context.Context, s *Standby, put func(context.Context, Engine) (T, error)) (T, error) {
	patience := s.patience
	if end, ok := ctx.Deadline(); ok {
		patience = min(patience, time.Until(end)*2/3)
	}
	short, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answer, err := put(short, s.first)
	if err != nil && ctx.Err() != nil {
		return answer, err // whoever asked gave up, which says nothing of the engine
	}
	if err != nil && short.Err() != nil {
		err = fault.Wrap(fault.Unavailable, "The search index takes too long.", err)
	}
	s.note(err)
	return answer, err
}

// note keeps what became of a question to the first engine. A question it refuses as wrong is answered.
func (s *Standby) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil || fault.Is(err, fault.Invalid) {
		s.breaker.RecordSuccess()
		s.reason, s.since = nil, time.Time{}
		return
	}
	s.breaker.RecordFailure()
	if s.reason == nil {
		s.since = time.Now()
	}
	s.reason = err
}

// Status says whether the second engine stands in, and why.
func (s *Standby) Status() StandbyStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return StandbyStatus{Reason: s.reason, Since: s.since, StoodIn: s.stood.Load()}
}

// Probe asks the first engine something small now, so that Status is true where nobody searches.
func (s *Standby) Probe(ctx context.Context) error {
	_, err := try(ctx, s, func(ctx context.Context, e Engine) (*Candidates, error) { return e.Match(ctx, Match{Sort: ByName}) })
	return err
}

// Close waits for what is asked on the side.
func (s *Standby) Close() { s.probes.Wait() }
