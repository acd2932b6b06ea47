package reports

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// Remaining is what a run sets out to do.
type Remaining struct {
	// Source says what the items are called.
	Source    planner.Source
	Items     int64
	SizeBytes int64
	// SynapseCalls is what the plan reckons that Items take; 0 where it
	// doesn't say.
	SynapseCalls int64
	// Budget is what the run's Synapse calls are paid from; nil says that
	// they are no limit.
	Budget Budget
	// Waiting tells whose new credentials are waited for, and for how long; nil
	// says that they never are.
	Waiting func() (name string, lasts time.Duration, waiting bool)
}

// Budget tells how the calls to Synapse stand.
type Budget interface {
	Counters() synapse.Counters
	Standing() synapse.Standing
}

// Progress shows how a run stands: bars on a terminal, lines elsewhere. It
// is a migrate.Observer.
type Progress struct {
	w         io.Writer
	terminal  bool
	remaining Remaining
	items     *progressbar.ProgressBar
	bytes     *progressbar.ProgressBar
	drawn     bool
	last      time.Duration
	every     time.Duration
	ended     bool
	// columns is the terminal's width now; 0 is unknown.
	columns func() int
	// before is what the budget had counted before the run.
	before synapse.Counters
	// repeats was the last count, repeatedAt when it last grew.
	repeats    int64
	repeatedAt time.Duration
}

// defaultLineEvery is the time between two lines where there is no terminal.
const defaultLineEvery = 10 * time.Second

// NewProgress shows the progress of a run over remaining on w. On a terminal
// it redraws two bars in place; elsewhere it writes a line every lineEvery
// (0 means every 10 seconds) and one at the end.
func NewProgress(w io.Writer, terminal bool, remaining Remaining, lineEvery time.Duration) *Progress {
	if lineEvery <= 0 {
		lineEvery = defaultLineEvery
	}
	p := &Progress{w: w, terminal: terminal, remaining: remaining, every: lineEvery,
		columns: func() int { return columns(w) }}
	if remaining.Budget != nil {
		p.before = remaining.Budget.Counters()
	}
	things := thingOf(remaining.Source).many
	p.items = newBar(things, remaining.Items, p.columns())
	p.bytes = newBar(fmt.Sprintf("%-*s", len(things), "bytes"), remaining.SizeBytes, p.columns())
	return p
}

// newBar is a bar without numbers: those come from the run's own clock.
func newBar(what string, total int64, columns int) *progressbar.ProgressBar {
	return progressbar.NewOptions64(max(total, 1),
		progressbar.OptionSetWriter(io.Discard), progressbar.OptionSetWidth(barWidth(columns)),
		progressbar.OptionSetElapsedTime(false), progressbar.OptionSetPredictTime(false),
		progressbar.OptionThrottle(0), progressbar.OptionSetDescription(what))
}

// barWidth leaves room for the numbers beside a bar on narrow terminals;
// 0 columns are unknown.
func barWidth(columns int) int {
	const widest, narrowest, beside = 24, 4, 56
	if columns <= 0 {
		return widest
	}
	return min(widest, max(narrowest, columns-beside))
}

// columns is the width of the terminal that w is; 0 for anything else.
func columns(w io.Writer) int {
	file, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// fit cuts a line so that it doesn't wrap: the cursor's way back up is
// counted in lines.
func fit(line string, columns int) string {
	if r := []rune(line); columns > 0 && len(r) >= columns {
		return string(r[:columns-1])
	}
	return line
}

// Finished is no news here: the run file and the log hold the outcomes.
func (p *Progress) Finished(migrate.Outcome) {}

// Progress draws the bars, or writes a line when one is due.
func (p *Progress) Progress(now migrate.Progress) {
	if p.terminal {
		p.draw(now)
		return
	}
	if now.Elapsed-p.last >= p.every {
		p.last = now.Elapsed
		_, _ = fmt.Fprintln(p.w, p.line(now))
	}
}

// Close ends the display: the cursor stands below the bars.
func (p *Progress) Close() {
	if p.terminal && p.drawn && !p.ended {
		p.ended = true
		_, _ = fmt.Fprint(p.w, "\n\n\n")
	}
}

// moved is how many bytes of the remaining ones are where they belong, or on
// their way there: registered in place, written, or copied.
func (p *Progress) moved(now migrate.Progress) int64 {
	return min(max(now.Counts.DoneBytes, now.Arrived), p.remaining.SizeBytes)
}

// draw writes two bars and a line of words, and leaves the cursor where they
// begin.
func (p *Progress) draw(now migrate.Progress) {
	_ = p.items.Set64(min(now.Counts.Done+now.Counts.Failed, p.remaining.Items))
	_ = p.bytes.Set64(p.moved(now))
	ended := now.Counts.Done + now.Counts.Failed
	objects := fmt.Sprintf("%s of %s", count(ended), count(p.remaining.Items))
	moved := fmt.Sprintf("%s of %s", bytes(p.moved(now)), bytes(p.remaining.SizeBytes))
	if seconds := now.Elapsed.Seconds(); seconds > 0 {
		objects += fmt.Sprintf(", %.1f/s", float64(ended)/seconds)
		moved += fmt.Sprintf(", %s/s", bytes(int64(float64(p.moved(now))/seconds)))
	}
	lines := []string{firstLine(p.items.String()) + " " + objects,
		firstLine(p.bytes.String()) + " " + moved, p.words(now)}
	for i, width := 0, p.columns(); i < len(lines); i++ {
		lines[i] = fit(lines[i], width)
	}
	p.drawn = true
	const clear = "\r\x1b[K"
	_, _ = fmt.Fprint(p.w, clear+strings.Join(lines, "\n"+clear)+"\x1b[2A\r")
}

// firstLine is a bar without what the library adds to move the cursor.
func firstLine(bar string) string {
	bar = strings.TrimLeft(bar, "\r\n")
	line, _, _ := strings.Cut(bar, "\n")
	return strings.TrimRight(line, " ")
}

// silentFor is how long Synapse may give no answer before that is said. Its
// slow calls take seconds.
const silentFor = 30 * time.Second

func (p *Progress) words(now migrate.Progress) string {
	var standing synapse.Standing
	var spent synapse.Counters
	if p.remaining.Budget != nil {
		standing = p.remaining.Budget.Standing()
		spent = p.remaining.Budget.Counters().Since(p.before)
	}
	words := limitWords(now.Limit, standing)
	if waiting := p.waitingWords(); waiting != "" {
		words = waiting
	} else if len(now.Pauses) > 0 {
		words = pausedWords(now.Pauses)
	} else if standing.Silent >= silentFor {
		words = "no answer from Synapse for " + duration(standing.Silent)
	} else if p.repeating(spent.Refused+spent.Retried, now.Elapsed) {
		words = "Synapse refuses calls or doesn't answer: trying again"
	} else if left, known := p.left(now, standing, spent.RateBound+spent.PauseBound); known {
		words = "about " + duration(left) + " left, " + words
	}
	if now.Counts.Failed > 0 {
		words += fmt.Sprintf(", %s failed", count(now.Counts.Failed))
	}
	return words
}

// waitingWords say whose credentials are waited for; empty where none are.
func (p *Progress) waitingWords() string {
	if p.remaining.Waiting == nil {
		return ""
	}
	name, lasts, waiting := p.remaining.Waiting()
	if !waiting {
		return ""
	}
	return "waiting for new credentials of " + name + ", since " + duration(lasts)
}

// limitWords say what holds the rate down.
func limitWords(limit migrate.Limit, s synapse.Standing) string {
	switch {
	case limit == migrate.LimitS3:
		return "limited by S3"
	case limit == migrate.LimitRunFile:
		return "limited by the run file's disk"
	case limit != migrate.LimitSynapse:
		return "waiting"
	case s.RateBound && s.Requests == synapse.DefaultRequests && s.Window == synapse.DefaultWindow:
		return fmt.Sprintf("limited by Synapse's rate (%d calls a minute)", s.Requests)
	case s.RateBound:
		return fmt.Sprintf("limited by --synapse-rate (%s calls a minute)", count(int64(s.Requests)))
	case s.InFlightBound && s.MaxInFlight != synapse.DefaultInFlight:
		return fmt.Sprintf("limited by --synapse-concurrency (%d at once)", s.MaxInFlight)
	}
	return "limited by how fast Synapse answers"
}

// pausedWords say which sides are down, and since when.
func pausedWords(pauses []effect.Pause) string {
	var each []string
	for _, p := range pauses {
		each = append(each, fmt.Sprintf("%s, since %s", pausedBy(p), duration(p.Lasts)))
	}
	return "paused: " + strings.Join(each, "; ")
}

// pausedBy is what keeps a run waiting.
func pausedBy(p effect.Pause) string {
	name := "the " + string(p.Party)
	switch {
	case p.Party == effect.PartySynapse:
		name = string(p.Party)
	case p.Bucket != "":
		name += " (" + plain(p.Bucket) + ")"
	}
	switch {
	case p.Reason != effect.PauseMaintenance:
		return name + " can't be reached"
	case p.Party != effect.PartySynapse:
		return "Synapse is in maintenance and gives no credentials for " + name
	}
	return name + " is in maintenance"
}

// repeatingFor is how long a repeated call is spoken of: longer than the wait
// between two attempts at the same call.
const repeatingFor = 45 * time.Second

// repeating reports whether calls to Synapse were refused or repeated lately,
// from how many were so far.
func (p *Progress) repeating(repeats int64, elapsed time.Duration) bool {
	if repeats != p.repeats {
		p.repeats, p.repeatedAt = repeats, max(elapsed, 1)
	}
	return p.repeatedAt > 0 && elapsed-p.repeatedAt < repeatingFor
}

// left is how long the rest will take: as items and bytes have gone so far
// while they did not wait for the budget, but not less than until the budget
// lets the last of the calls start that are left. A burst at the beginning
// says nothing about the third day, nor a wait about the burst that follows.
func (p *Progress) left(now migrate.Progress, s synapse.Standing, waited time.Duration) (time.Duration, bool) {
	ended := now.Counts.Done + now.Counts.Failed
	work := (now.Elapsed - waited).Seconds()
	if ended == 0 || work <= 0 {
		return 0, false
	}
	items := p.remaining.Items - ended
	seconds := float64(items) / float64(ended) * work
	if moved := p.moved(now); moved > 0 {
		bytesLeft := float64(p.remaining.SizeBytes - moved)
		seconds = max(seconds, bytesLeft/float64(moved)*work)
	}
	calls := p.remaining.SynapseCalls - now.SynapseCalls
	if p.remaining.SynapseCalls == 0 {
		calls = int64(float64(items) * float64(now.SynapseCalls) / float64(ended))
	}
	until := s.Until(max(calls, items), float64(now.SynapseCalls)/work)
	return max(until, time.Duration(seconds*float64(time.Second))), true
}

// line is the progress in one line of words.
func (p *Progress) line(now migrate.Progress) string {
	ended := now.Counts.Done + now.Counts.Failed
	things := thingOf(p.remaining.Source).many
	text := fmt.Sprintf("%s of %s %s (%d %%), %s of %s", count(ended), count(p.remaining.Items), things,
		percent(ended, p.remaining.Items), bytes(p.moved(now)), bytes(p.remaining.SizeBytes))
	if seconds := now.Elapsed.Seconds(); seconds > 0 && ended > 0 {
		text += fmt.Sprintf(", %.1f %s/s, %s/s", float64(ended)/seconds, things,
			bytes(int64(float64(p.moved(now))/seconds)))
	}
	return text + ", " + p.words(now)
}

// percent is part of whole, rounded down; an empty whole is complete.
func percent(part, whole int64) int64 {
	if whole <= 0 {
		return 100
	}
	return part * 100 / whole
}
