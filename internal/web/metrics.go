package web

import (
	"context"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics counts requests by the template of their route. It has a registry of its own, so that two servers in one
// process don't meet.
type metrics struct {
	registry *prometheus.Registry
	took     *prometheus.HistogramVec
}

func newMetrics(s *Server) *metrics {
	m := &metrics{registry: prometheus.NewRegistry(), took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "carefinder_http_request_seconds", Help: "How long answers took, by route.",
		Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
	}, []string{"method", "route", "status"})}
	m.registry.MustRegister(m.took, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), healthGauges{s.cfg.Health})
	return m
}

func (m *metrics) observe(method, route string, status int, took time.Duration) {
	m.took.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}

func (m *metrics) handler() fiber.Handler {
	return adaptor.HTTPHandler(promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
}

// healthGauges asks how the server is when the metrics are read.
type healthGauges struct {
	health func(context.Context) Health
}

// Describe sends nothing: what is collected depends on nothing that could clash.
func (healthGauges) Describe(chan<- *prometheus.Desc) {}

// Collect sends the state of the index.
func (g healthGauges) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	h := g.health(ctx)
	gauge := func(name, help string, x float64) {
		out <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, nil, nil), prometheus.GaugeValue, x)
	}
	gauge("carefinder_index_pending", "Index changes not yet applied.", float64(h.Pending))
	gauge("carefinder_index_oldest_pending_seconds", "Age of the oldest of them.", h.OldestWait.Seconds())
	gauge("carefinder_search_degraded", "Whether another engine stands in for the one that should answer.", truth(h.Degraded != nil))
	out <- prometheus.MustNewConstMetric(prometheus.NewDesc("carefinder_search_stood_in_total", "Answers of the engine that stands in.", nil, nil), prometheus.CounterValue, float64(h.StoodIn))
	gauge("carefinder_ready", "Whether the truth can be read and the index is built.", truth(h.Truth == nil && h.Indexed))
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
