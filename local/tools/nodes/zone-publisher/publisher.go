package main

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

// publisher keeps the part of the zone that belongs to one city.
type publisher struct {
	// zone is the private zone of all cities.
	zone string
	city string
	// file is where the city's part is written.
	file string
	// fixed are records of what no Service stands for.
	fixed []record
}

// pause is how long changes are collected: the pods of a Service come and go together.
const pause = 100 * time.Millisecond

// run writes the zone file whenever Services or their endpoints change. Nothing is written before all of them are known:
// a file that an earlier run left is better than one with names missing.
func (p publisher) run(ctx context.Context, client kubernetes.Interface) error {
	factory := informers.NewSharedInformerFactory(client, 0)
	services := factory.Core().V1().Services()
	endpoints := factory.Discovery().V1().EndpointSlices()
	changed := make(chan struct{}, 1)
	notify := func(any) {
		select {
		case changed <- struct{}{}:
		default:
			// It will look at this change with the one before.
		}
	}
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc:    notify,
		UpdateFunc: func(_, after any) { notify(after) },
		DeleteFunc: notify,
	}
	for _, informer := range []cache.SharedIndexInformer{services.Informer(), endpoints.Informer()} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return err
		}
	}
	factory.Start(ctx.Done())
	defer factory.Shutdown()
	for kind, synced := range factory.WaitForCacheSync(ctx.Done()) {
		if !synced && ctx.Err() == nil {
			return fmt.Errorf("the %s can't be read", kind)
		}
	}
	notify(nil)
	said := map[string]bool{}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
		time.Sleep(pause)
		allServices, err := services.Lister().List(labels.Everything())
		if err != nil {
			return err
		}
		allEndpoints, err := endpoints.Lister().List(labels.Everything())
		if err != nil {
			return err
		}
		records, refused := p.records(allServices, allEndpoints)
		for _, line := range refused {
			if !said[line] {
				said[line] = true
				klog.Warning(line)
			}
		}
		written, err := update(p.file, p.origin(), records, time.Now())
		if err != nil {
			return err
		}
		if written {
			klog.Infof("%d records in %s", len(records), p.origin())
		}
	}
}
