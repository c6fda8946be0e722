package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

const region = "ap-southeast-3"
const bucket = "nusantara-jakarta-database-backups"

// identity writes a certificate that signs itself, and its key.
func identity(t *testing.T, directory string) (certificate, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "storage"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certificate, key = filepath.Join(directory, "s.crt"), filepath.Join(directory, "s.key")
	certificatePEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	write(t, certificate, string(certificatePEM))
	write(t, key, string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER})))
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(certificatePEM)
	return certificate, key, pool
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// start serves until the test is over, or until the function that it returns is called.
func start(t *testing.T, told settings, trusted *x509.CertPool) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, told) }()
	stop = func() {
		cancel()
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			t.Error("it does not end")
		}
	}
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}}}
	defer client.CloseIdleConnections()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		response, err := client.Get("https://" + told.address + "/health")
		if err == nil {
			response.Body.Close()
			return stop
		}
		select {
		case reason := <-ended:
			t.Fatalf("it ended: %v", reason)
		default:
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func newClient(told settings, account aws.Credentials, trusted *x509.CertPool) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: aws.String("https://" + told.address),
		Region:       region,
		UsePathStyle: true,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return account, nil
		}),
		HTTPClient:       &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}, DisableKeepAlives: true}},
		RetryMaxAttempts: 1,
	})
}

func TestDirectoriesAreBucketsOverTLSAndOutliveTheProcess(t *testing.T) {
	// The backend changes the working directory, where it must not stay when that is removed.
	t.Chdir(t.TempDir())
	root, etc := t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(root, bucket), 0o700); err != nil {
		t.Fatal(err)
	}
	certificate, key, trusted := identity(t, etc)
	file := filepath.Join(etc, "credentials.json")
	write(t, file, `{"accessKeyId":"AKID","secretAccessKey":"a secret"}`)
	told := settings{freeAddress(t), region, root, file, certificate, key}
	account := aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "a secret"}
	ctx := t.Context()

	stop := start(t, told, trusted)
	client := newClient(told, account, trusted)
	_, err := client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String(bucket), Key: aws.String("archive/nusantara/0001"), Body: bytes.NewReader([]byte("wal")),
	})
	if err != nil {
		t.Fatal(err)
	}
	stop()

	stop = start(t, told, trusted)
	defer stop()
	object, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("archive/nusantara/0001")})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(object.Body); err != nil || string(text) != "wal" {
		t.Errorf("got %q, %v", text, err)
	}
	listing, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String(bucket), Prefix: aws.String("archive/")})
	if err != nil || len(listing.Contents) != 1 || aws.ToString(listing.Contents[0].Key) != "archive/nusantara/0001" {
		t.Errorf("got %v, %v", listing, err)
	}

	refused := func(what string, client *s3.Client, says string) {
		_, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String(bucket)})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", what, err)
		}
	}
	refused("a wrong secret", newClient(told, aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "another"}, trusted), "SignatureDoesNotMatch")
	refused("an unknown account", newClient(told, aws.Credentials{AccessKeyID: "other", SecretAccessKey: "a secret"}, trusted), "No user exists")
	refused("a client that trusts somebody else", newClient(told, account, x509.NewCertPool()), "certificate")
}

func TestItSaysWhatIsMissing(t *testing.T) {
	directory := t.TempDir()
	complete := settings{"127.0.0.1:1", region, directory, filepath.Join(directory, "credentials.json"), "c", "k"}
	without := func(change func(*settings)) settings {
		told := complete
		change(&told)
		return told
	}
	for says, told := range map[string]settings{
		"-address is needed":     without(func(s *settings) { s.address = "" }),
		"-region is needed":      without(func(s *settings) { s.region = "" }),
		"-directory is needed":   without(func(s *settings) { s.directory = "" }),
		"-credentials is needed": without(func(s *settings) { s.credentials = "" }),
		"-certificate is needed": without(func(s *settings) { s.certificate = "" }),
		"-key is needed":         without(func(s *settings) { s.key = "" }),
		"no such file":           complete,
	} {
		if err := run(t.Context(), told); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

func TestDamagedCredentialsAreNotRepeated(t *testing.T) {
	file := filepath.Join(t.TempDir(), "credentials.json")
	for _, text := range []string{"", "hidden", `{"accessKeyId":"hidden"}`, `{"secretAccessKey":"hidden"}`, `["hidden"]`} {
		write(t, file, text)
		_, err := readCredentials(file)
		if err == nil || strings.Contains(err.Error(), "hidden") || !strings.Contains(err.Error(), file) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
