package embedded

import (
	"math"
	"time"

	"carefinder/internal/directory"
	"carefinder/internal/search"
)

// blend is what a listing is worth by itself, made ready for one moment.
type blend struct {
	at    time.Time
	steps [len(search.FreshnessSteps)]freshness
	most  int // what the parts that depend on the question can come to
}

// freshness is what it is worth to have been verified at since or later, in Unix seconds.
type freshness struct {
	since int64
	worth int
}

func (b *blend) init(m *search.Match) {
	b.at = m.At
	for i, s := range search.FreshnessSteps {
		b.steps[i] = freshness{math.MinInt64, s.Worth}
		if !math.IsInf(s.UpTo, 1) {
			b.steps[i].since = m.At.Unix() - int64(s.UpTo)
		}
	}
	b.most = b.steps[0].worth
	if m.Origin != nil {
		b.most += search.NearnessSteps[0].Worth
	}
}

// atBest is the most that a doc can score, as far as that is told at a glance.
func (q *query) atBest(doc uint32) float64 {
	if len(q.words) > 0 {
		return math.Inf(1)
	}
	standing := q.seg.standing[doc]
	worth := int(standing&^helplineFlag) + q.blend.most
	if standing&helplineFlag != 0 {
		worth += search.Openness(directory.Helpline, directory.Open)
	}
	return search.Thousandths(worth)
}

// worth is what a doc is worth wherever it lies, in thousandths.
func (q *query) worth(doc uint32) int {
	standing := q.seg.standing[doc]
	worth := int(standing &^ helplineFlag)
	if standing&helplineFlag != 0 {
		worth += search.Openness(directory.Helpline, q.openness(q.answers, q.seg.hours[doc], q.blend.at))
	}
	verified := q.seg.verified[doc]
	if verified == 0 {
		return worth
	}
	for _, s := range q.blend.steps {
		if verified >= s.since {
			return worth + s.worth
		}
	}
	return worth
}
