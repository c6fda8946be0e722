// Package logging writes structured JSON logs: one object a line, UTC, with the trace that a line belongs to and
// without personal data.
package logging

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"

	"nusantara/images/service/internal/mask"
)

// Keys whose values are names or addresses of people, whatever they look like.
var (
	nameKeys  = map[string]bool{"name": true, "full_name": true, "customer_name": true}
	emailKeys = map[string]bool{"email": true, "customer_email": true}
)

type requestIDKey struct{}

// WithRequestID returns a context whose log lines carry the id.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// RequestID returns the id of the request that ctx belongs to, or "".
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// New returns a logger that writes lines of at least the given level to w.
func New(w io.Writer, level slog.Leveler) *slog.Logger {
	return slog.New(handler{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: replace})})
}

// handler adds the trace and the request of the context to every line.
type handler struct{ slog.Handler }

func (h handler) Handle(ctx context.Context, record slog.Record) error {
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		record.AddAttrs(slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String()))
	}
	if id := RequestID(ctx); id != "" {
		record.AddAttrs(slog.String("request_id", id))
	}
	return h.Handler.Handle(ctx, record)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }

// replace masks the value of every attribute, the message included.
func replace(groups []string, attr slog.Attr) slog.Attr {
	switch attr.Value.Kind() {
	case slog.KindString:
		attr.Value = slog.StringValue(maskString(attr.Key, attr.Value.String()))
	case slog.KindTime:
		attr.Value = slog.TimeValue(attr.Value.Time().UTC())
	case slog.KindDuration:
		attr.Value = slog.Float64Value(attr.Value.Duration().Seconds())
	case slog.KindAny:
		if len(groups) == 0 && attr.Key == slog.LevelKey {
			return slog.String(slog.LevelKey, strings.ToLower(fmt.Sprint(attr.Value.Any())))
		}
		attr.Value = slog.AnyValue(maskAny(attr.Key, attr.Value.Any()))
	}
	return attr
}

func maskString(key, value string) string {
	switch {
	case nameKeys[key]:
		return mask.Name(value)
	case emailKeys[key]:
		return mask.Email(value)
	default:
		return mask.Text(value)
	}
}

func maskAny(key string, value any) any {
	switch typed := value.(type) {
	case error:
		return maskString(key, typed.Error())
	case time.Time:
		return typed.UTC()
	}
	text, err := json.Marshal(value)
	if err != nil {
		return maskString(key, fmt.Sprint(value))
	}
	var decoded any
	if err := json.Unmarshal(text, &decoded); err != nil {
		return maskString(key, string(text))
	}
	return maskDecoded(key, decoded)
}

func maskDecoded(key string, value any) any {
	switch typed := value.(type) {
	case string:
		return maskString(key, typed)
	case []any:
		for i := range typed {
			typed[i] = maskDecoded(key, typed[i])
		}
	case map[string]any:
		for name := range typed {
			typed[name] = maskDecoded(name, typed[name])
		}
	}
	return value
}
