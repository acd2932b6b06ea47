package synapse_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// wire carries requests to a server in this process, with a latency before
// and after.
type wire struct {
	server  http.Handler
	latency func() time.Duration
}

func (w wire) RoundTrip(req *http.Request) (*http.Response, error) {
	time.Sleep(w.latency())
	answer := httptest.NewRecorder()
	if req.Body == nil {
		req.Body = http.NoBody
	}
	w.server.ServeHTTP(answer, req)
	time.Sleep(w.latency())
	return answer.Result(), nil
}

// site is an emulator with its throttles on, and a client of one user with
// a project.
type site struct {
	*emulator.Emulator
	client  *synapse.Client
	budget  *synapse.Budget
	project string
}

func newSite(t *testing.T) site {
	t.Helper()
	e := emulator.New(emulator.Options{Throttle: true, Bucket: "synapse"})
	user := e.AddUser(emulator.User{Name: "curator", Certified: true})
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(7, 7))
	latency := func() time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return time.Duration(random.Int64N(int64(150 * time.Millisecond)))
	}
	budget := synapse.NewBudget(synapse.BudgetOptions{})
	client, err := synapse.New(synapse.Options{
		Token: synapse.Token(e.AddToken(user, nil, 0)), Budget: budget,
		Transport: wire{server: e, latency: latency},
	})
	if err != nil {
		t.Fatal(err)
	}
	return site{e, client, budget, e.AddProject(user, "project")}
}

func TestNoCallIsRefusedByTheServersThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
		defer cancel()
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				for ctx.Err() == nil {
					if _, err := s.client.Entity(ctx, s.project); err != nil && ctx.Err() == nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		c := s.budget.Counters()
		if c.Refused != 0 || c.Retried != 0 {
			t.Errorf("%d refused, %d retried, want none", c.Refused, c.Retried)
		}
		if least := int64(0.97 * 4 * 600); c.Started < least {
			t.Errorf("%d calls in 4 minutes, want at least %d", c.Started, least)
		}
	})
}

func TestClientAgainstTheServersRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		ctx := t.Context()
		me, err := s.client.Me(ctx)
		if err != nil || me.UserName != "curator" {
			t.Fatalf("me %q, %v; want curator", me.UserName, err)
		}
		folder, err := s.client.CreateEntity(ctx, synapse.Entity{
			ConcreteType: synapse.TypeFolder, Name: "a (1)", ParentID: s.project,
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.client.CreateEntity(ctx, folder); !errors.Is(err, synapse.ErrConflict) {
			t.Errorf("second folder of a name: %v, want a conflict", err)
		}
		if id, err := s.client.ChildID(ctx, s.project, "a (1)"); id != folder.ID || err != nil {
			t.Errorf("child %q, %v; want %s", id, err, folder.ID)
		}
		if _, err := s.client.ChildID(ctx, s.project, "b"); !errors.Is(err, synapse.ErrNotFound) {
			t.Errorf("child that isn't there: %v, want not found", err)
		}
		if _, err := s.client.ACL(ctx, folder.ID); !errors.Is(err, synapse.ErrNotFound) {
			t.Errorf("inherited ACL: %v, want not found", err)
		}
		renamed := folder
		renamed.Name = "b"
		if _, err := s.client.UpdateEntity(ctx, renamed, false); err != nil {
			t.Errorf("renaming: %v", err)
		}
		if _, err := s.client.UpdateEntity(ctx, folder, false); !errors.Is(err, synapse.ErrStale) {
			t.Errorf("renaming with an old etag: %v, want stale", err)
		}
		if setting, err := s.client.UploadSetting(ctx, folder.ID); setting != nil || err != nil {
			t.Errorf("upload setting %v, %v; want none", setting, err)
		}
	})
}

func TestChildrenAgainstTheServersPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		var want, got []string
		for i := range 120 {
			name := fmt.Sprintf("f%03d", i)
			want = append(want, name)
			_, err := s.client.CreateEntity(t.Context(), synapse.Entity{
				ConcreteType: synapse.TypeFolder, Name: name, ParentID: s.project,
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for child, err := range s.client.Children(t.Context(), s.project) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, child.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("children (-want +got):\n%s", diff)
		}
		if n := s.budget.Counters().Endpoints["POST /repo/v1/entity/children"]; n != 3 {
			t.Errorf("%d calls for 120 children, want 3", n)
		}
	})
}

func TestNobodyIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{Bucket: "synapse"})
		for name, token := range map[string]synapse.Token{"none": "", "bad": "bad"} {
			want := synapse.ErrAnonymous
			if token != "" {
				want = synapse.ErrUnauthorized
			}
			c, err := synapse.New(synapse.Options{Token: token,
				Transport: wire{server: e, latency: func() time.Duration { return 0 }}})
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Me(t.Context())
			if !errors.Is(err, want) || strings.Contains(err.Error(), "Bearer") {
				t.Errorf("token %s: %v, want %v", name, err, want)
			}
		}
	})
}
