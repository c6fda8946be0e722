// Package mask hides personal data in text that is kept: names as "Mich*** And*** Hus***", e-mail addresses as
// "mye***@domain.com". User names are not personal data here and stay.
package mask

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	hidden = "***"
	// Most characters that stay visible of one word of a name, and of the local part of an address.
	nameCharacters  = 4
	emailCharacters = 3
)

// Wide on purpose: what only resembles an address is masked too. %40 is the @ of a URL.
var address = regexp.MustCompile(`([^\s@"'<>(),;:\[\]\\/?&]+)(@|%40)([\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+)`)

// Name masks every word of a person's name: the first half of it, at most four characters, stays.
func Name(name string) string {
	words := strings.Fields(name)
	for i, word := range words {
		// Rounded up: of seven letters four stay; of one letter, none.
		length := utf8.RuneCountInString(word)
		visible := min(nameCharacters, (length+1)/2)
		if length == 1 {
			visible = 0
		}
		words[i] = start(word, visible, nameCharacters)
	}
	return strings.Join(words, " ")
}

// Email masks an address: the first half of the local part, at most three characters, and the domain stay. Of what is
// no address only the start stays.
func Email(email string) string {
	local, domain, found := strings.Cut(email, "@")
	masked := start(local, min(emailCharacters, utf8.RuneCountInString(local)/2), emailCharacters)
	if !found {
		return masked
	}
	// A second @ would show the true local part.
	return masked + "@" + domain[strings.LastIndex(domain, "@")+1:]
}

// Text masks every e-mail address within a text. It can't know names; log those under a key of their own.
func Text(text string) string {
	if !strings.Contains(text, "@") && !strings.Contains(text, "%40") {
		return text
	}
	return address.ReplaceAllStringFunc(text, func(match string) string {
		parts := address.FindStringSubmatch(match)
		local := start(parts[1], min(emailCharacters, utf8.RuneCountInString(parts[1])/2), emailCharacters)
		return local + parts[2] + parts[3]
	})
}

// start keeps the first visible characters. What is masked already stays as it is.
func start(word string, visible, most int) string {
	if strings.HasSuffix(word, hidden) && utf8.RuneCountInString(strings.TrimRight(word, "*")) <= most {
		return word
	}
	runes := []rune(word)
	return string(runes[:visible]) + hidden
}
