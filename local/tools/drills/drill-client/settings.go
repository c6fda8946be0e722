package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// settings are what a client is told before anything else.
type settings struct {
	City string `json:"city"`
	// Authority is the certificate that entry points and members are verified with, in PEM.
	Authority string `json:"authority"`
	Database  string `json:"database"`
	User      string `json:"user"`
	Password  string `json:"password"`
	// EntryPoints by name.
	EntryPoints map[string]address `json:"entryPoints"`
	// TimeoutMilliseconds is what an operation waits for a connection.
	TimeoutMilliseconds int `json:"timeoutMilliseconds"`
}

// address is where something listens, and the name that its certificate must bear.
type address struct {
	Host       string `json:"host"`
	Port       uint16 `json:"port"`
	ServerName string `json:"serverName"`
	// AnswerMilliseconds is what an answer may take, and a login.
	AnswerMilliseconds int `json:"answerMilliseconds"`
}

func (a address) answer() time.Duration {
	return time.Duration(a.AnswerMilliseconds) * time.Millisecond
}

func (s settings) timeout() time.Duration {
	return time.Duration(s.TimeoutMilliseconds) * time.Millisecond
}

func (s settings) tls(serverName string) (*tls.Config, error) {
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM([]byte(s.Authority)) {
		return nil, errors.New("the authority holds no certificate")
	}
	return &tls.Config{RootCAs: authorities, ServerName: serverName, MinVersion: tls.VersionTLS12}, nil
}

// parseSettings never repeats what it could not read: there is a password in it.
func parseSettings(line []byte) (settings, error) {
	var result settings
	if err := json.Unmarshal(line, &result); err != nil {
		return result, errors.New("the settings are no JSON of the expected form")
	}
	for name, value := range map[string]string{"city": result.City, "user": result.User, "database": result.Database} {
		if value == "" {
			return result, fmt.Errorf("the settings have no %s", name)
		}
	}
	if result.TimeoutMilliseconds <= 0 {
		return result, errors.New("the settings have no timeoutMilliseconds above 0")
	}
	for name, entry := range result.EntryPoints {
		if entry.AnswerMilliseconds <= 0 {
			return result, fmt.Errorf("entry point %s has no answerMilliseconds above 0", name)
		}
	}
	return result, nil
}
