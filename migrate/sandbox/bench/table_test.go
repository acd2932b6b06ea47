package bench

import "testing"

func TestTable(t *testing.T) {
	got := Table([]string{"a", "b"}, [][]string{{"1|2", "x"}, {"3"}})
	want := "| a | b |\n| --- | --- |\n| 1\\|2 | x |\n| 3 |  |\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestRatioText(t *testing.T) {
	for want, r := range map[string]Ratio{
		"1.00":                {1, 0.999, 1.001},
		"1.25 (0.90 to 3.00)": {1.25, 0.9, 3},
	} {
		if got := r.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestPerObject(t *testing.T) {
	for _, c := range []struct {
		name    string
		calls   map[string]int64
		objects int64
		want    string
	}{
		{"whole numbers", map[string]int64{"HeadObject": 200, "CopyObject": 100}, 100,
			"3: HeadObject 2, CopyObject 1"},
		{"equal counts by name", map[string]int64{"b": 1, "a": 1}, 1, "2: a 1, b 1"},
		{"rare ones together", map[string]int64{"a": 100, "x": 4, "y": 4}, 100,
			"1.08: a 1, others 0.08"},
		{"one in twenty is not rare", map[string]int64{"a": 100, "x": 5}, 100, "1.05: a 1, x 0.05"},
		{"no requests", nil, 9, "0"},
		{"no objects", map[string]int64{"a": 1}, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := PerObject(c.calls, c.objects); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
