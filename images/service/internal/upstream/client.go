package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"nusantara/images/service/internal/telemetry"
	"nusantara/images/service/internal/web"
)

// maxAnswer bounds what is read of an upstream's answer, in bytes.
const maxAnswer = 1 << 20

// Client calls one upstream.
type Client struct {
	name   string
	target *url.URL
	http   *http.Client
}

// NewClient returns a client of the upstream at target.
func NewClient(name string, target *url.URL, metrics *telemetry.Metrics) *Client {
	return &Client{name: name, target: target, http: &http.Client{
		Transport:     NewTransport(name, metrics),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// StatusError means that the upstream answered, but not with success.
type StatusError struct {
	Upstream string
	Status   int
	// Code of the upstream's error, or "".
	Code string
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s answered %d %s", e.Upstream, e.Status, e.Code)
}

// Call sends a request, with key as its idempotency key unless it is "", and reads the answer into answer.
func (c *Client) Call(ctx context.Context, method, path, key string, body, answer any) error {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.target.String()+path, content)
	if err != nil {
		return err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("call %s: %w", c.name, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", c.name, err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		var failure struct {
			Error web.Error `json:"error"`
		}
		_ = json.Unmarshal(text, &failure) // Without a code the status says enough.
		return &StatusError{Upstream: c.name, Status: response.StatusCode, Code: failure.Error.Code}
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("read the answer of %s: %w", c.name, err)
	}
	return nil
}
