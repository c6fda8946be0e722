package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	storage "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

const mounted = "/run/volumes"

// nodes are the labels of nodes by name.
type nodes map[string]map[string]string

func (n nodes) Get(_ context.Context, name string, _ meta.GetOptions) (*core.Node, error) {
	labels, found := n[name]
	if !found {
		return nil, errors.NewNotFound(schema.GroupResource{Resource: "nodes"}, name)
	}
	return &core.Node{ObjectMeta: meta.ObjectMeta{Name: name, Labels: labels}}, nil
}

var city = nodes{
	"jakarta-database-1": {core.LabelTopologyZone: "ap-southeast-3a"},
	"jakarta-database-2": {core.LabelTopologyZone: "ap-southeast-3b"},
	"unlabelled":         {},
}

func newProvisioner(t *testing.T) provisioner {
	t.Helper()
	return provisioner{nodes: city, directory: t.TempDir(), mounted: mounted}
}

func claim(node string, modes ...core.PersistentVolumeAccessMode) controller.ProvisionOptions {
	retain := core.PersistentVolumeReclaimRetain
	return controller.ProvisionOptions{
		StorageClass: &storage.StorageClass{
			ObjectMeta:    meta.ObjectMeta{Name: "database"},
			ReclaimPolicy: &retain,
		},
		PVName:           "pvc-1",
		SelectedNodeName: node,
		PVC: &core.PersistentVolumeClaim{Spec: core.PersistentVolumeClaimSpec{
			AccessModes: modes,
			Resources: core.VolumeResourceRequirements{
				Requests: core.ResourceList{core.ResourceStorage: resource.MustParse("500Gi")},
			},
		}},
	}
}

// entries are all paths below a directory.
func entries(t *testing.T, directory string) string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(directory, func(path string, _ os.DirEntry, err error) error {
		if path != directory {
			found = append(found, strings.TrimPrefix(path, directory+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(found, " ")
}

func TestVolumeIsMadeInTheZoneOfThePodsNode(t *testing.T) {
	p := newProvisioner(t)
	volume, state, err := p.Provision(context.Background(), claim("jakarta-database-2", core.ReadWriteOnce))
	if err != nil || state != controller.ProvisioningFinished {
		t.Fatalf("got %v, %v", state, err)
	}
	if got := entries(t, p.directory); got != "ap-southeast-3b ap-southeast-3b/pvc-1" {
		t.Errorf("directories: %s", got)
	}
	terms := volume.Spec.NodeAffinity.Required.NodeSelectorTerms
	if len(terms) != 1 || len(terms[0].MatchExpressions) != 1 {
		t.Fatalf("it can be reached from %v", terms)
	}
	match := terms[0].MatchExpressions[0]
	if match.Key != core.LabelTopologyZone || match.Operator != core.NodeSelectorOpIn ||
		len(match.Values) != 1 || match.Values[0] != "ap-southeast-3b" {
		t.Errorf("it can be reached from %v", match)
	}
	if path := volume.Spec.Local.Path; path != "/run/volumes/pvc-1" {
		t.Errorf("nodes look for it at %s", path)
	}
}

func TestVolumeIsWhatTheClaimAndItsClassSay(t *testing.T) {
	options := claim("jakarta-database-1", core.ReadWriteOncePod)
	options.StorageClass.MountOptions = []string{"noatime"}
	volume, _, err := newProvisioner(t).Provision(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	if volume.Name != "pvc-1" {
		t.Errorf("name %s", volume.Name)
	}
	if policy := volume.Spec.PersistentVolumeReclaimPolicy; policy != core.PersistentVolumeReclaimRetain {
		t.Errorf("when its claim goes: %s", policy)
	}
	if size := volume.Spec.Capacity[core.ResourceStorage]; size.String() != "500Gi" {
		t.Errorf("size %s", size.String())
	}
	if modes := volume.Spec.AccessModes; len(modes) != 1 || modes[0] != core.ReadWriteOncePod {
		t.Errorf("access modes %v", modes)
	}
	if options := volume.Spec.MountOptions; len(options) != 1 || options[0] != "noatime" {
		t.Errorf("mount options %v", options)
	}
}

// A first try may have been interrupted between the directory and the volume.
func TestVolumeThatIsMadeTwiceKeepsItsData(t *testing.T) {
	p := newProvisioner(t)
	data := filepath.Join(p.directory, "ap-southeast-3a", "pvc-1", "data")
	for range 2 {
		if _, _, err := p.Provision(context.Background(), claim("jakarta-database-1", core.ReadWriteOnce)); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(data); os.IsNotExist(err) {
			if err := os.WriteFile(data, []byte("mine"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if text, err := os.ReadFile(data); err != nil || string(text) != "mine" {
		t.Errorf("got %q, %v", text, err)
	}
}

func TestClaimIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		options controller.ProvisionOptions
		says    string
	}{
		"before a node is chosen":        {claim("", core.ReadWriteOnce), "database must bind on WaitForFirstConsumer"},
		"for a node that is gone":        {claim("jakarta-database-9", core.ReadWriteOnce), "not found"},
		"for a node without a zone":      {claim("unlabelled", core.ReadWriteOnce), "node unlabelled has no label topology.kubernetes.io/zone"},
		"when many nodes want to write":  {claim("jakarta-database-1", core.ReadWriteMany), "ReadWriteMany is not offered"},
		"when many nodes want to read":   {claim("jakarta-database-1", core.ReadOnlyMany), "ReadOnlyMany is not offered"},
		"when one of its modes is wrong": {claim("jakarta-database-1", core.ReadWriteOnce, core.ReadWriteMany), "ReadWriteMany is not offered"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProvisioner(t)
			volume, state, err := p.Provision(context.Background(), test.options)
			if volume != nil || err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, %v", volume, err)
			}
			// Nothing goes on in the background.
			if state == controller.ProvisioningInBackground || state == controller.ProvisioningNoChange {
				t.Errorf("state %v", state)
			}
			if got := entries(t, p.directory); got != "" {
				t.Errorf("it left %s", got)
			}
		})
	}
}

// Without this the claim insists on the node for ever, and its pod waits for a node that does not come back.
func TestClaimForANodeThatIsGoneIsGivenBackToTheScheduler(t *testing.T) {
	_, state, err := newProvisioner(t).Provision(context.Background(), claim("jakarta-database-9", core.ReadWriteOnce))
	if err == nil || state != controller.ProvisioningReschedule {
		t.Errorf("got %v, %v", state, err)
	}
}

func localVolume(name, path string) *core.PersistentVolume {
	volume := &core.PersistentVolume{ObjectMeta: meta.ObjectMeta{Name: name}}
	volume.Spec.Local = &core.LocalVolumeSource{Path: path}
	return volume
}

// withVolumes makes volumes with something in them.
func withVolumes(t *testing.T, p provisioner, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if err := os.MkdirAll(filepath.Join(p.directory, path, "data"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDeletingAVolumeTouchesNoOther(t *testing.T) {
	p := newProvisioner(t)
	withVolumes(t, p, "a/pvc-1", "a/pvc-10", "b/pvc-2")
	if err := p.Delete(context.Background(), localVolume("pvc-1", "/run/volumes/pvc-1")); err != nil {
		t.Fatal(err)
	}
	if got := entries(t, p.directory); got != "a a/pvc-10 a/pvc-10/data b b/pvc-2 b/pvc-2/data" {
		t.Errorf("left: %s", got)
	}
}

func TestDeletingWhatIsGoneIsFine(t *testing.T) {
	p := newProvisioner(t)
	if err := p.Delete(context.Background(), localVolume("pvc-1", "/run/volumes/pvc-1")); err != nil {
		t.Error(err)
	}
}

func TestVolumesOfOthersAreNotDeleted(t *testing.T) {
	strange := localVolume("pvc-1", "")
	strange.Spec.Local = nil
	for name, volume := range map[string]*core.PersistentVolume{
		"another kind":                      strange,
		"another directory":                 localVolume("pvc-1", "/srv/disks/pvc-1"),
		"below a volume":                    localVolume("pvc-1", "/run/volumes/pvc-1/data"),
		"the directory of all volumes":      localVolume("pvc-1", "/run/volumes"),
		"beside the directory of all":       localVolume("pvc-1", "/run/volumes-old/pvc-1"),
		"a way out of the directory of all": localVolume("pvc-1", "/run/volumes/../pvc-1"),
		"a path that does not say where":    localVolume("pvc-1", "pvc-1"),
		"a path that says nothing":          localVolume("pvc-1", ""),
	} {
		t.Run(name, func(t *testing.T) {
			p := newProvisioner(t)
			withVolumes(t, p, "a/pvc-1", "a/pvc-2")
			if err := p.Delete(context.Background(), volume); err == nil {
				t.Error("it was deleted")
			}
			if got := entries(t, p.directory); got != "a a/pvc-1 a/pvc-1/data a/pvc-2 a/pvc-2/data" {
				t.Errorf("left: %s", got)
			}
		})
	}
}

// Paths of volumes that somebody made by hand and that name more than one volume of ours.
func TestPathThatMeansSeveralVolumesDeletesNone(t *testing.T) {
	for _, path := range []string{"/run/volumes/..", "/run/volumes/*", "/run/volumes/pvc-?"} {
		t.Run(path, func(t *testing.T) {
			p := newProvisioner(t)
			withVolumes(t, p, "a/pvc-1", "b/pvc-2")
			_ = p.Delete(context.Background(), localVolume("mine", path))
			if got := entries(t, p.directory); got != "a a/pvc-1 a/pvc-1/data b b/pvc-2 b/pvc-2/data" {
				t.Errorf("left: %q", got)
			}
		})
	}
}

func TestVolumeIsDeletedWhereverThePlatformStands(t *testing.T) {
	p := newProvisioner(t)
	p.directory = filepath.Join(p.directory, "a [new] clone")
	withVolumes(t, p, "a/pvc-1")
	if err := p.Delete(context.Background(), localVolume("pvc-1", "/run/volumes/pvc-1")); err != nil {
		t.Fatal(err)
	}
	if got := entries(t, p.directory); got != "a" {
		t.Errorf("left: %s", got)
	}
}

func TestProvisionerHasToBeToldItsDirectories(t *testing.T) {
	for _, volumes := range []provisioner{{directory: "/a"}, {mounted: "/b"}} {
		if err := run(context.Background(), "", "name", volumes); err == nil || !strings.Contains(err.Error(), "-directory and -mounted") {
			t.Errorf("got %v", err)
		}
	}
}
