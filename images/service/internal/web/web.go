// Package web is how all services speak JSON over HTTP.
package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
)

// StatusClientClosed is logged and counted where the client went away; nobody receives it.
const StatusClientClosed = 499

// Route is a path pattern of [http.ServeMux] without a method, and what answers its methods.
type Route struct {
	Path    string
	Methods map[string]http.Handler
}

// Error is a failure as the client gets it.
type Error struct {
	Status int `json:"-"`
	// Code is for programs and never changes, Message for people.
	Code    string `json:"code"`
	Message string `json:"message"`
	// Outcome of a write that failed: "not_written" or "unknown".
	Outcome string `json:"outcome,omitempty"`
	// RetryAfter in seconds; 0 for no header.
	RetryAfter int `json:"-"`
	// Cause is logged, not sent.
	Cause error `json:"-"`
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Code + ": " + e.Cause.Error()
	}
	return e.Code + ": " + e.Message
}

func (e *Error) Unwrap() error { return e.Cause }

// Write answers with a value as JSON.
func Write(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)+1))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}

// WriteError answers with an error.
func WriteError(w http.ResponseWriter, failure *Error) {
	if failure.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(failure.RetryAfter))
	}
	Write(w, failure.Status, map[string]*Error{"error": failure})
}

// General turns an error that is not about one service into an answer.
func General(err error) *Error {
	var known *Error
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &tooLarge):
		return &Error{Status: http.StatusRequestEntityTooLarge, Code: "body_too_large",
			Message: "the body is larger than " + strconv.FormatInt(tooLarge.Limit, 10) + " bytes"}
	case errors.Is(err, context.Canceled):
		return &Error{Status: StatusClientClosed, Code: "client_closed", Message: "the client went away", Cause: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Status: http.StatusGatewayTimeout, Code: "timeout", Message: "the answer took too long",
			RetryAfter: 1, Cause: err}
	default:
		return &Error{Status: http.StatusInternalServerError, Code: "internal", Message: "this is our fault; it is logged",
			Cause: err}
	}
}

// Decode reads the body of a request, one JSON object without unknown fields.
func Decode(r *http.Request, into any) error {
	if header := r.Header.Get("Content-Type"); header != "" {
		if media, _, err := mime.ParseMediaType(header); err != nil || media != "application/json" {
			return &Error{Status: http.StatusUnsupportedMediaType, Code: "unsupported_media_type",
				Message: "the body must be application/json"}
		}
	}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		_, err = decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = errors.New("there is more than one JSON value")
		}
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) || r.Context().Err() != nil {
		return err
	}
	return Invalid("the body is not what this endpoint takes: " + err.Error())
}

// Invalid says that the request can't be carried out as it is.
func Invalid(message string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: "invalid_request", Message: message}
}
