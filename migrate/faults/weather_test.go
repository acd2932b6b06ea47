package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
)

// weather is what befalls the connections between the program and one server
// for a while.
type weather struct {
	// toxic is toxiproxy's, empty for a server that can't be reached.
	toxic, attributes string
	upstream          bool
}

// String names it with its numbers.
func (w weather) String() string {
	switch {
	case w.toxic == "":
		return "down"
	case w.upstream:
		return w.toxic + " upstream " + w.attributes
	}
	return w.toxic + " " + w.attributes
}

// change chooses weather.
func change(random *rand.Rand) weather {
	number := func(name string, least, most int) string {
		return fmt.Sprintf("%q:%d", name, least+random.IntN(most-least+1))
	}
	w := weather{upstream: random.IntN(2) == 0}
	switch random.IntN(6) {
	case 0:
		w.toxic, w.attributes = "latency", number("latency", 5, 60)+","+number("jitter", 0, 30)
	case 1:
		w.toxic, w.attributes = "reset_peer", number("timeout", 0, 20)
	case 2:
		w.toxic, w.attributes = "limit_data", number("bytes", 1, 20_000)
	case 3:
		w.toxic = "slicer"
		w.attributes = number("average_size", 64, 2048) + "," + number("size_variation", 1, 60) + "," +
			number("delay", 100, 2000)
	case 4:
		w.toxic, w.attributes = "timeout", number("timeout", 20, 200)
	}
	return w
}

// sky has the proxies before Synapse and S3.
type sky struct{ proxies []*toxiproxy.Proxy }

// join serves each handler on a port of this machine, behind a proxy.
func (s *sky) join(t *testing.T, handlers map[string]http.Handler) dialer {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	proxies := map[string]*toxiproxy.Proxy{}
	for host, handler := range handlers {
		behind := httptest.NewServer(handler)
		t.Cleanup(behind.Close)
		proxy := toxiproxy.NewProxy(server, host, "127.0.0.1:0", strings.TrimPrefix(behind.URL, "http://"))
		if err := proxy.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(proxy.Stop)
		proxies[host] = proxy
	}
	s.proxies = []*toxiproxy.Proxy{proxies[hostSynapse], proxies[hostS3]}
	addresses := map[string]string{}
	for host, proxy := range proxies {
		addresses[host+":80"] = proxy.Listen
	}
	var d net.Dialer
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		return d.DialContext(ctx, network, addresses[address])
	}
}

// changes has the weather over each server change until the context ends, as
// the seed has it, and clears up then. It returns what there was.
func (s *sky) changes(ctx context.Context, seed uint64) (log []string, err error) {
	logs, errs := make([][]string, len(s.proxies)), make([]error, len(s.proxies))
	var all sync.WaitGroup
	for i, proxy := range s.proxies {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		all.Go(func() {
			for ctx.Err() == nil && errs[i] == nil {
				w, lasts := change(random), time.Duration(10+random.IntN(150))*time.Millisecond
				logs[i] = append(logs[i], fmt.Sprintf("before %s: %s for %v", proxy.Name, w, lasts))
				errs[i] = over(ctx, proxy, w, lasts)
			}
		})
	}
	all.Wait()
	return slices.Concat(logs...), errors.Join(errs...)
}

// over has weather over a proxy for a while, and some clear sky after it.
func over(ctx context.Context, proxy *toxiproxy.Proxy, w weather, lasts time.Duration) error {
	if w.toxic == "" {
		proxy.Stop()
		pause(ctx, lasts)
		return proxy.Start()
	}
	stream := "downstream"
	if w.upstream {
		stream = "upstream"
	}
	document := fmt.Sprintf(`{"name":"w","type":%q,"stream":%q,"attributes":{%s}}`, w.toxic, stream, w.attributes)
	if _, err := proxy.Toxics.AddToxicJson(strings.NewReader(document)); err != nil {
		return err
	}
	pause(ctx, lasts)
	if err := proxy.Toxics.RemoveToxic(context.WithoutCancel(ctx), "w"); err != nil {
		return err
	}
	pause(ctx, lasts/4)
	return nil
}

// pause waits, or until the context ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// TestWeather runs each kind of migration over connections that lag, drip,
// break, and are refused for a while, as toxiproxy makes them. What failed in
// bad weather is tried again in good weather.
func TestWeather(t *testing.T) {
	random := chance(t)
	rounds := 1
	if full() {
		rounds = 4
	}
	for _, s := range some() {
		want := undisturbed(t, s)
		for round := range rounds {
			seed := random.Uint64()
			t.Run(fmt.Sprintf("%s/%d", s.name, round), func(t *testing.T) {
				t.Parallel() // most of it is waiting
				w, path, log := under(t, s, seed)
				if diff := cmp.Diff(want.lines, w.left(path).lines); diff != "" {
					t.Errorf("left behind (-want +got):\n%s\nweather:\n%s", diff, strings.Join(log, "\n"))
				}
			})
		}
	}
}

// season is how long the weather is bad at most.
func season() time.Duration {
	if full() {
		return 20 * time.Second
	}
	return 2 * time.Second
}

// under runs a scenario in the weather of a seed, and again in good weather.
func under(t *testing.T, s scenario, seed uint64) (w *world, path string, log []string) {
	t.Helper()
	var above sky
	w = newWorldOn(t, s.managed, above.join)
	path = w.prepare(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), season())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		var err error
		log, err = above.changes(ctx, seed)
		done <- err
	}()
	began := time.Now()
	summary, err := w.start(s).run(t.Context(), path, nil)
	cancel()
	w.check(<-done)
	t.Logf("%d changes in %v, %d failed meanwhile, the run ended as %q: %v",
		len(log), time.Since(began).Round(time.Millisecond), summary.Counts.Failed, summary.End, err)
	if _, err := w.start(s).run(t.Context(), path, nil); err != nil {
		t.Errorf("in good weather: %v", err)
	}
	return w, path, log
}
