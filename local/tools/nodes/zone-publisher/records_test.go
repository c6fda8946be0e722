package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var jakarta = publisher{zone: "nusantara.internal", city: "jakarta"}

func service(name, names, clusterIP string) *core.Service {
	return &core.Service{
		ObjectMeta: meta.ObjectMeta{
			Namespace: "databases", Name: name, Annotations: map[string]string{hostnameAnnotation: names},
		},
		Spec: core.ServiceSpec{ClusterIP: clusterIP},
	}
}

// endpoint is one of a pod; ready may be nil, which stands for true.
func endpoint(hostname string, ready *bool, addresses ...string) discovery.Endpoint {
	result := discovery.Endpoint{Addresses: addresses, Conditions: discovery.EndpointConditions{Ready: ready}}
	if hostname != "" {
		result.Hostname = &hostname
	}
	return result
}

func slice(name, service string, endpoints ...discovery.Endpoint) *discovery.EndpointSlice {
	return &discovery.EndpointSlice{
		ObjectMeta: meta.ObjectMeta{
			Namespace: "databases", Name: name, Labels: map[string]string{discovery.LabelServiceName: service},
		},
		AddressType: discovery.AddressTypeIPv4,
		Endpoints:   endpoints,
	}
}

// lines are records as NAME=ADDRESS.
func lines(records []record) string {
	var found []string
	for _, each := range records {
		found = append(found, fmt.Sprintf("%s=%s", each.name, each.address))
	}
	return strings.Join(found, " ")
}

func TestRecordsOfServices(t *testing.T) {
	yes, no := true, false
	headless := service("db", "db.jakarta.nusantara.internal", core.ClusterIPNone)
	early := service("db", "db.jakarta.nusantara.internal", core.ClusterIPNone)
	early.Spec.PublishNotReadyAddresses = true
	other := slice("other", "db", endpoint("core-9", nil, "10.10.9.9"))
	other.Namespace = "elsewhere"
	wide := slice("wide", "db", endpoint("core-0", nil, "fd00::1"))
	wide.AddressType = discovery.AddressTypeIPv6
	named := slice("named", "db", endpoint("core-0", nil, "core-0.example.com"))
	named.AddressType = discovery.AddressTypeFQDN

	for name, test := range map[string]struct {
		service *core.Service
		slices  []*discovery.EndpointSlice
		want    string
	}{
		"one with an address gives it to its name": {
			service("api", "api.jakarta.nusantara.internal", "10.110.0.20"), nil,
			"api.jakarta.nusantara.internal=10.110.0.20",
		},
		"one with an address does not give its pods' names away": {
			service("db", "db.jakarta.nusantara.internal", "10.110.0.20"),
			[]*discovery.EndpointSlice{slice("a", "db", endpoint("core-0", &yes, "10.10.1.2"))},
			"db.jakarta.nusantara.internal=10.110.0.20",
		},
		"one without an address yet has no record": {service("api", "api.jakarta.nusantara.internal", ""), nil, ""},
		"one that asks for nothing has no record":  {service("api", "", "10.110.0.20"), nil, ""},
		"one may ask for several, blanks between them": {
			service("api", "b.jakarta.nusantara.internal , a.jakarta.nusantara.internal,", "10.110.0.20"), nil,
			"a.jakarta.nusantara.internal=10.110.0.20 b.jakarta.nusantara.internal=10.110.0.20",
		},
		"a public name is another zone's": {service("api", "api.nusantaramart.co.id", "10.110.0.20"), nil, ""},
		"a headless one has a name for all pods, and one for each": {
			headless,
			[]*discovery.EndpointSlice{
				slice("a", "db", endpoint("core-1", &yes, "10.10.2.2"), endpoint("core-0", &yes, "10.10.1.2")),
			},
			"core-0.db.jakarta.nusantara.internal=10.10.1.2 core-1.db.jakarta.nusantara.internal=10.10.2.2 " +
				"db.jakarta.nusantara.internal=10.10.1.2 db.jakarta.nusantara.internal=10.10.2.2",
		},
		"a headless one without pods has no record": {headless, nil, ""},
		"a pod without a host name has none below":  {headless, []*discovery.EndpointSlice{slice("a", "db", endpoint("", &yes, "10.10.1.2"))}, "db.jakarta.nusantara.internal=10.10.1.2"},
		"a pod of which nothing is said is ready":   {headless, []*discovery.EndpointSlice{slice("a", "db", endpoint("", nil, "10.10.1.2"))}, "db.jakarta.nusantara.internal=10.10.1.2"},
		"a pod that is not ready is left out":       {headless, []*discovery.EndpointSlice{slice("a", "db", endpoint("core-0", &no, "10.10.1.2"))}, ""},
		"unless its Service publishes it all the same": {
			early, []*discovery.EndpointSlice{slice("a", "db", endpoint("core-0", &no, "10.10.1.2"))},
			"core-0.db.jakarta.nusantara.internal=10.10.1.2 db.jakarta.nusantara.internal=10.10.1.2",
		},
		"a pod that is in two slices while it moves between them counts once": {
			headless,
			[]*discovery.EndpointSlice{
				slice("a", "db", endpoint("core-0", &yes, "10.10.1.2")), slice("b", "db", endpoint("core-0", &yes, "10.10.1.2")),
			},
			"core-0.db.jakarta.nusantara.internal=10.10.1.2 db.jakarta.nusantara.internal=10.10.1.2",
		},
		"slices of other Services, namespaces and kinds of addresses do not count": {
			headless,
			[]*discovery.EndpointSlice{slice("a", "etcd", endpoint("etcd-0", &yes, "10.10.1.3")), other, wide, named}, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			records, refused := jakarta.records([]*core.Service{test.service}, test.slices)
			if got := lines(records); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if len(refused) > 0 {
				t.Errorf("refused: %v", refused)
			}
		})
	}
}

func TestNamesOfOtherCitiesAndWrongNamesAreRefused(t *testing.T) {
	for _, name := range []string{
		"api.bandung.nusantara.internal", "api.nusantara.internal", "jakarta.nusantara.internal",
		"fakejakarta.nusantara.internal", "*.jakarta.nusantara.internal", "a b.jakarta.nusantara.internal",
		"a\n@ A 10.0.0.1\n.jakarta.nusantara.internal",
	} {
		records, refused := jakarta.records([]*core.Service{service("api", name, "10.110.0.20")}, nil)
		if len(records) > 0 || len(refused) != 1 || !strings.HasPrefix(refused[0], "Service databases/api asks for ") {
			t.Errorf("%s: %v, refused %v", name, records, refused)
		}
	}
}

func TestOrderOfRecordsDoesNotDependOnThatOfServices(t *testing.T) {
	services := []*core.Service{
		service("b", "b.jakarta.nusantara.internal", "10.110.0.9"),
		service("a", "a.jakarta.nusantara.internal", "10.110.0.10"),
		service("c", "a.jakarta.nusantara.internal", "10.110.0.9"),
	}
	records, _ := jakarta.records(services, nil)
	slices.Reverse(services)
	again, _ := jakarta.records(services, nil)
	want := "a.jakarta.nusantara.internal=10.110.0.9 a.jakarta.nusantara.internal=10.110.0.10 b.jakarta.nusantara.internal=10.110.0.9"
	if lines(records) != want || lines(again) != want {
		t.Errorf("got %s, then %s", lines(records), lines(again))
	}
}

func TestFixedRecordsStandBesideThoseOfServices(t *testing.T) {
	names := jakarta
	names.fixed = []record{{"s3.jakarta.nusantara.internal", netip.MustParseAddr("10.11.0.1")}}
	records, _ := names.records([]*core.Service{service("api", "api.jakarta.nusantara.internal", "10.110.0.20")}, nil)
	if got := lines(records); got != "api.jakarta.nusantara.internal=10.110.0.20 s3.jakarta.nusantara.internal=10.11.0.1" {
		t.Errorf("got %s", got)
	}
}
