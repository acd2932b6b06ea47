package synapse_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"synapse-migrate/synapse"
)

func ExampleNew() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/repo/v1/userProfile":
			_, _ = io.WriteString(w, `{"ownerId":"3350396","userName":"ab"}`)
		default:
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"reason":"Entity syn5 does not exist."}`)
		}
	}))
	defer server.Close()

	budget := synapse.NewBudget(synapse.BudgetOptions{})
	client, err := synapse.New(synapse.Options{
		Endpoint: server.URL, Token: "from auth.Find", Budget: budget,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	me, err := client.Me(context.Background())
	fmt.Println(me.UserName, err)
	_, err = client.Entity(context.Background(), "syn5")
	fmt.Println(errors.Is(err, synapse.ErrNotFound), err)
	// Output:
	// ab <nil>
	// true GET /repo/v1/entity/syn5: 404 Entity syn5 does not exist.
}

func ExampleBudget() {
	budget := synapse.NewBudget(synapse.BudgetOptions{})
	release, err := budget.Acquire(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	// Make the request and read its answer.
	release()
	c := budget.Counters()
	fmt.Printf("%d of %d requests in %v, %d refused\n", c.Started, c.Requests, c.Window, c.Refused)
	// Output:
	// 1 of 600 requests in 1m0s, 0 refused
}
