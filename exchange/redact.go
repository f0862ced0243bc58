package exchange

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"sync"
)

// part is how many bytes of a secret, in whatever form, are too many to show.
const part = 8

// Redactor takes secrets out of text that people may see: whole or in part,
// as they are and in the forms that other programs give them. The zero value
// hides nothing. It may be used by many goroutines.
type Redactor struct {
	mu    sync.RWMutex
	parts map[[part]byte]bool
	short []string // forms with fewer bytes than a part, and enough to tell
}

// Hide adds a secret.
func (r *Redactor) Hide(secrets ...Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.parts == nil {
		r.parts = make(map[[part]byte]bool)
	}
	for _, s := range secrets {
		if s.Empty() {
			continue
		}
		for _, form := range forms(s.Reveal()) {
			if len(form) < part && len(form) >= part/2 {
				r.short = append(r.short, form)
			}
			for i := 0; i+part <= len(form); i++ {
				r.parts[[part]byte([]byte(form[i:i+part]))] = true
			}
		}
	}
}

// forms are how a secret may be written.
func forms(s string) []string {
	all := []string{
		s, hex.EncodeToString([]byte(s)), strings.ToUpper(hex.EncodeToString([]byte(s))),
		url.QueryEscape(s), url.PathEscape(s), strings.Trim(fmt.Sprintf("%d", []byte(s)), "[]"),
	}
	for _, quoted := range []string{strconv.Quote(s), strconv.QuoteToASCII(s), jsonText(s, true), jsonText(s, false)} {
		all = append(all, quoted[1:len(quoted)-1])
	}
	for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 { // bytes of something else in front of it
			text := e.EncodeToString(append(make([]byte, before), s...))
			text = text[(before*8+5)/6:]                // what holds nothing else
			all = append(all, text, text[:len(text)-1]) // the last bits of it may be of what follows
		}
	}
	return all
}

// jsonText is s in JSON, where & and its like may be escaped or not.
func jsonText(s string, escape bool) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(escape)
	_ = e.Encode(s) // text always can be
	return strings.TrimSuffix(b.String(), "\n")
}

// Text returns s without the secrets.
func (r *Redactor) Text(s string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, form := range r.short {
		s = strings.ReplaceAll(s, form, redacted)
	}
	return r.long(s)
}

// long takes out what is a part of a secret or more.
func (r *Redactor) long(s string) string {
	if len(r.parts) == 0 {
		return s
	}
	var b strings.Builder
	kept := 0 // up to where s is in b
	for i := 0; i+part <= len(s); i++ {
		if !r.parts[[part]byte([]byte(s[i:i+part]))] {
			continue
		}
		end := i + part
		for ; end < len(s) && r.parts[[part]byte([]byte(s[end-part+1:end+1]))]; end++ {
		}
		b.WriteString(s[kept:i] + redacted)
		kept, i = end, end-1
	}
	if kept == 0 {
		return s
	}
	return b.String() + s[kept:]
}

// Error returns an error whose text has no secrets, and behind which err
// stands for [errors.Is] and [errors.As]; nil of nil.
func (r *Redactor) Error(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if clean := r.Text(text); clean != text {
		return &redactedError{clean, err}
	}
	return err
}

type redactedError struct {
	text string
	err  error
}

// Error returns the text without secrets.
func (e *redactedError) Error() string { return e.text }

// Unwrap lets errors.Is and errors.As look behind.
func (e *redactedError) Unwrap() error { return e.err }

// Writer returns a writer that passes words on without secrets. Each call of
// Write is looked at alone.
func (r *Redactor) Writer(w io.Writer) io.Writer { return &redactingWriter{r.Text, w} }

// DataWriter is Writer for data, in which a short secret may well be a number
// or a name: those it passes on.
func (r *Redactor) DataWriter(w io.Writer) io.Writer {
	return &redactingWriter{func(s string) string {
		r.mu.RLock()
		defer r.mu.RUnlock()
		return r.long(s)
	}, w}
}

type redactingWriter struct {
	clean func(string) string
	w     io.Writer
}

// Write passes b on.
func (w *redactingWriter) Write(b []byte) (int, error) {
	if _, err := io.WriteString(w.w, w.clean(string(b))); err != nil {
		return 0, err
	}
	return len(b), nil
}
