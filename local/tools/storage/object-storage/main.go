// Object-storage offers the directories below one as buckets, with the interface of S3: the stand-in of Amazon S3 in a
// city of the local platform. It is the gateway of versitygw, told what it needs by files: neither its arguments nor its
// environment hold a secret.
//
//	object-storage -address 10.11.0.1:7480 -region REGION -directory DIR -credentials FILE -certificate FILE -key FILE
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

// settings are what the arguments say.
type settings struct {
	address     string
	region      string
	directory   string
	credentials string
	certificate string
	key         string
}

// credentials are the one account that may do everything, and the only one that there is.
type credentials struct {
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
}

func main() {
	var told settings
	flag.StringVar(&told.address, "address", "", "where to listen, as HOST:PORT")
	flag.StringVar(&told.region, "region", "", "region that requests are signed for")
	flag.StringVar(&told.directory, "directory", "", "directory whose directories are the buckets")
	flag.StringVar(&told.credentials, "credentials", "", "JSON file with accessKeyId and secretAccessKey")
	flag.StringVar(&told.certificate, "certificate", "", "certificate of the server, in PEM")
	flag.StringVar(&told.key, "key", "", "its private key, in PEM")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, told); err != nil {
		fmt.Fprintln(os.Stderr, "object-storage:", err)
		os.Exit(1)
	}
}

// Bounds of what the clients of one city have under way; the gateway refuses to start without some.
const (
	maxConnections = 1024
	maxRequests    = 512
)

// maxParts of an upload, as Amazon S3 has it.
const maxParts = 10_000

func run(ctx context.Context, told settings) error {
	for name, value := range map[string]string{
		"address": told.address, "region": told.region, "directory": told.directory,
		"credentials": told.credentials, "certificate": told.certificate, "key": told.key,
	} {
		if value == "" {
			return fmt.Errorf("-%s is needed", name)
		}
	}
	account, err := readCredentials(told.credentials)
	if err != nil {
		return err
	}
	attributes := meta.XattrMeta{}
	if err := attributes.Test(told.directory); err != nil {
		return fmt.Errorf("the file system of %s keeps no extended attributes: %w", told.directory, err)
	}
	// From here on relative paths mean something else: the backend makes the directory the working directory.
	backend, err := posix.New(told.directory, attributes, posix.PosixOpts{Concurrency: maxRequests})
	if err != nil {
		return err
	}
	return embedgw.RunVersityGW(ctx, backend, &embedgw.Config{
		RootUserAccess:    account.AccessKeyID,
		RootUserSecret:    account.SecretAccessKey,
		Region:            told.region,
		Ports:             []string{told.address},
		MaxConnections:    maxConnections,
		MaxRequests:       maxRequests,
		MultipartMaxParts: maxParts,
		CertFile:          told.certificate,
		KeyFile:           told.key,
		KeepAlive:         true,
		Quiet:             true,
		HealthPath:        "/health",
	})
}

// readCredentials does not repeat what is in the file: it is secret.
func readCredentials(file string) (credentials, error) {
	var account credentials
	text, err := os.ReadFile(file)
	if err != nil {
		return account, err
	}
	if json.Unmarshal(text, &account) != nil || account.AccessKeyID == "" || account.SecretAccessKey == "" {
		return account, errors.New(file + " is no JSON object with accessKeyId and secretAccessKey")
	}
	return account, nil
}
