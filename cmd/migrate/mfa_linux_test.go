package main

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestCodeOfAnMFADevice(t *testing.T) {
	hands, terminal := openTerminal(t)
	defer func() { _ = terminal.Close() }()
	env := environment{stdin: terminal, stderr: terminal}
	if (environment{stdin: strings.NewReader("1"), stderr: terminal}).mfa() != nil {
		t.Error("without a terminal, somebody would be asked")
	}
	type answer struct {
		code string
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		code, err := env.mfa()(t.Context(), "arn:device")
		answered <- answer{code, err}
	}()
	until(t, hands, "Code of the MFA device arn:device: ")
	if _, err := hands.WriteString("123456\n"); err != nil {
		t.Fatal(err)
	}
	if got := <-answered; got.code != "123456" || got.err != nil {
		t.Errorf("got %+v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	reader := make(chan typed, 1)
	go func() {
		code, err := env.askMFA(ctx, int(terminal.Fd()), "arn:device", reader)
		answered <- answer{code, err}
	}()
	until(t, hands, "Code of the MFA device arn:device: ")
	cancel()
	if got := <-answered; !errors.Is(got.err, context.Canceled) {
		t.Errorf("got %+v, want %v", got, context.Canceled)
	}
	if _, err := hands.WriteString("\n"); err != nil {
		t.Fatal(err)
	}
	<-reader // before the terminal is closed
}
