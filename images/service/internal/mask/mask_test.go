package mask

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestName(t *testing.T) {
	for name, want := range map[string]string{
		"Michael Andrew Husada":   "Mich*** And*** Hus***",
		"  Michael  Andrew ":      "Mich*** And***",
		"Budi":                    "Bu***",
		"Muhammadiyah":            "Muha***",
		"A":                       "***",
		"Éloïse":                  "Élo***",
		"":                        "",
		"Mich*** And*** Hus***":   "Mich*** And*** Hus***",
		"Michaelangelo*** Husada": "Mich*** Hus***",
	} {
		if got := Name(name); got != want {
			t.Errorf("Name(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestEmail(t *testing.T) {
	for email, want := range map[string]string{
		"myemail@domain.com":      "mye***@domain.com",
		"mye***@domain.com":       "mye***@domain.com",
		"ab@domain.com":           "a***@domain.com",
		"a@domain.com":            "***@domain.com",
		"@domain.com":             "***@domain.com",
		"not an address":          "not***",
		"\"a@b\"@domain.com":      "\"***@domain.com",
		"someone.else@domain.com": "som***@domain.com",
	} {
		if got := Email(email); got != want {
			t.Errorf("Email(%q) = %q, want %q", email, got, want)
		}
	}
}

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"order of myemail@domain.com failed":    "order of mye***@domain.com failed",
		"a <myemail@domain.com>, b@domain.com":  "a <mye***@domain.com>, ***@domain.com",
		"/find?email=myemail%40domain.com&n=1":  "/find?ema***%40domain.com&n=1",
		"inimyusername ordered":                 "inimyusername ordered",
		"user@localhost has no domain":          "user@localhost has no domain",
		"surat ke budiman@contoh.co.id, terima": "surat ke bud***@contoh.co.id, terima",
	} {
		if got := Text(text); got != want {
			t.Errorf("Text(%q) = %q, want %q", text, got, want)
		}
	}
}

// Masking again changes nothing, and nobody's name stays whole.
func FuzzName(f *testing.F) {
	for _, seed := range []string{"Michael Andrew Husada", "A", "a*b*c", "***", "日本 太郎", "\xff x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if !utf8.ValidString(name) {
			t.Skip()
		}
		masked := Name(name)
		if again := Name(masked); again != masked {
			t.Errorf("Name(%q) = %q, and again %q", name, masked, again)
		}
		words, maskedWords := strings.Fields(name), strings.Fields(masked)
		if len(words) != len(maskedWords) {
			t.Fatalf("Name(%q) = %q has another number of words", name, masked)
		}
		for i, word := range maskedWords {
			shown := strings.TrimSuffix(word, hidden)
			if shown == word || utf8.RuneCountInString(strings.TrimRight(word, "*")) > nameCharacters {
				t.Errorf("Name(%q) = %q shows too much", name, masked)
			}
			if !strings.HasPrefix(words[i], shown) {
				t.Errorf("Name(%q) = %q invents letters", name, masked)
			}
		}
	})
}

// Whatever is around an address, its local part never stays.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"", " ", "<", "=", "a@b.c ", "%40", "x@", "***", "é"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		text := before + "confidential@domain.com" + after
		masked := Text(text)
		if strings.Contains(masked, "confidential@") {
			t.Errorf("Text(%q) = %q shows the address", text, masked)
		}
		if again := Text(masked); again != masked {
			t.Errorf("Text(%q) = %q, and again %q", text, masked, again)
		}
	})
}
