// Zone-publisher keeps the names of one city of the local platform in a file that its resolvers serve. What external-dns
// does in production with the private zone of Route 53, it does here with a zone file of RFC 1035: Services ask for
// names by annotation, and the names follow the pods.
//
//	zone-publisher -kubeconfig FILE -zone nusantara.internal -city jakarta -file FILE [-record NAME=ADDRESS ...]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"k8s.io/klog/v2"

	"nusantara/local/tools/nodes/internal/cluster"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "kubeconfig of the city's cluster")
	zone := flag.String("zone", "", "private zone of all cities, e.g. nusantara.internal")
	city := flag.String("city", "", "name of the city; its part of the zone is CITY.ZONE")
	file := flag.String("file", "", "zone file to keep up to date")
	var fixed recordFlags
	flag.Var(&fixed, "record", "NAME=ADDRESS of what no Service stands for; may be repeated")
	klog.InitFlags(nil)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *kubeconfig, publisher{zone: *zone, city: *city, file: *file, fixed: fixed}); err != nil {
		fmt.Fprintln(os.Stderr, "zone-publisher:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, kubeconfig string, names publisher) error {
	if names.zone == "" || names.city == "" || names.file == "" {
		return errors.New("-zone, -city and -file are needed")
	}
	for _, each := range names.fixed {
		if !names.owns(each.name) {
			return fmt.Errorf("-record %s: the name is not below %s", each.name, names.origin())
		}
	}
	client, err := cluster.Client(kubeconfig)
	if err != nil {
		return err
	}
	return names.run(ctx, client)
}

// recordFlags are the values of a flag NAME=ADDRESS.
type recordFlags []record

func (r *recordFlags) String() string { return fmt.Sprint(*r) }

func (r *recordFlags) Set(text string) error {
	name, address, found := strings.Cut(text, "=")
	if !found {
		return fmt.Errorf("%q is no NAME=ADDRESS", text)
	}
	parsed, err := netip.ParseAddr(address)
	if err != nil {
		return err
	}
	*r = append(*r, record{name, parsed})
	return nil
}
