// Volume-provisioner gives claims of the local platform their volumes: directories of a zone that every node of the
// zone sees. A volume can be reached from its zone only, as a volume of EBS; where the pod goes, it finds its volume or
// waits.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/klog/v2"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"

	"nusantara/local/tools/nodes/internal/cluster"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "kubeconfig of the cluster")
	name := flag.String("name", "nusantara.io/zone-directory", "name of the provisioner, as StorageClasses have it")
	directory := flag.String("directory", "", "directory with one directory a zone; volumes are made below")
	mounted := flag.String("mounted", "", "where nodes see the directory of their zone")
	klog.InitFlags(nil)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *kubeconfig, *name, provisioner{directory: *directory, mounted: *mounted}); err != nil {
		fmt.Fprintln(os.Stderr, "volume-provisioner:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, kubeconfig, name string, volumes provisioner) error {
	if volumes.directory == "" || volumes.mounted == "" {
		return fmt.Errorf("-directory and -mounted are needed")
	}
	client, err := cluster.Client(kubeconfig)
	if err != nil {
		return err
	}
	volumes.nodes = client.CoreV1().Nodes()
	controller.NewProvisionController(
		ctx, client, name, volumes,
		// One process a city: there is nobody to elect a leader among.
		controller.LeaderElection(false),
	).Run(ctx)
	return nil
}
