package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"
)

// hostnameAnnotation is how a Service asks external-dns for names.
const hostnameAnnotation = "external-dns.alpha.kubernetes.io/hostname"

// record is an address of a name.
type record struct {
	name    string
	address netip.Addr
}

func compare(a, b record) int {
	if order := strings.Compare(a.name, b.name); order != 0 {
		return order
	}
	return a.address.Compare(b.address)
}

// origin is the part of the zone that belongs to the city. Each city answers for its own part alone.
func (p publisher) origin() string { return p.city + "." + p.zone }

func (p publisher) owns(name string) bool { return strings.HasSuffix(name, "."+p.origin()) }

// records are what Services ask for, each once and in an order that does not depend on theirs. The second result says
// what was asked for in vain.
func (p publisher) records(services []*core.Service, endpoints []*discovery.EndpointSlice) ([]record, []string) {
	found := slices.Clone(p.fixed)
	var refused []string
	byService := map[types.NamespacedName][]*discovery.EndpointSlice{}
	for _, slice := range endpoints {
		key := types.NamespacedName{Namespace: slice.Namespace, Name: slice.Labels[discovery.LabelServiceName]}
		byService[key] = append(byService[key], slice)
	}
	for _, service := range services {
		key := types.NamespacedName{Namespace: service.Namespace, Name: service.Name}
		for _, name := range namesOf(service) {
			if !strings.HasSuffix(name, "."+p.zone) {
				// A public name, which another zone has.
				continue
			}
			if problems := validation.IsDNS1123Subdomain(name); len(problems) > 0 || !p.owns(name) {
				refused = append(refused, fmt.Sprintf("Service %s asks for %q, which is no name below %s", key, name, p.origin()))
				continue
			}
			found = append(found, recordsOf(service, name, byService[key])...)
		}
	}
	slices.SortFunc(found, compare)
	slices.Sort(refused)
	return slices.Compact(found), slices.Compact(refused)
}

func namesOf(service *core.Service) []string {
	var names []string
	for name := range strings.SplitSeq(service.Annotations[hostnameAnnotation], ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// recordsOf are the records of one name of a Service. A headless one has no address of its own: the name stands for all
// its pods, and each pod with a host name has a name below it.
func recordsOf(service *core.Service, name string, endpoints []*discovery.EndpointSlice) []record {
	if service.Spec.ClusterIP != core.ClusterIPNone {
		address, err := netip.ParseAddr(service.Spec.ClusterIP)
		if err != nil {
			// It has none, or none yet.
			return nil
		}
		return []record{{name, address}}
	}
	var found []record
	for _, slice := range endpoints {
		if slice.AddressType != discovery.AddressTypeIPv4 {
			continue
		}
		for _, endpoint := range slice.Endpoints {
			ready := endpoint.Conditions.Ready == nil || *endpoint.Conditions.Ready
			if !ready && !service.Spec.PublishNotReadyAddresses {
				continue
			}
			for _, text := range endpoint.Addresses {
				address, err := netip.ParseAddr(text)
				if err != nil {
					continue
				}
				found = append(found, record{name, address})
				if endpoint.Hostname != nil && *endpoint.Hostname != "" {
					found = append(found, record{*endpoint.Hostname + "." + name, address})
				}
			}
		}
	}
	return found
}
