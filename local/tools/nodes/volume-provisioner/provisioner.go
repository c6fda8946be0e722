package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

// provisioner makes a directory for each volume.
type provisioner struct {
	nodes nodeReader
	// directory holds one directory a zone.
	directory string
	// mounted is where a node sees the directory of its zone.
	mounted string
}

// nodeReader is the part of the API that tells the zone of a node.
type nodeReader interface {
	Get(ctx context.Context, name string, options meta.GetOptions) (*core.Node, error)
}

// Provision makes the volume of a claim in the zone of the node that the scheduler chose for its first pod.
func (p provisioner) Provision(
	ctx context.Context, options controller.ProvisionOptions,
) (*core.PersistentVolume, controller.ProvisioningState, error) {
	zone, err := p.zoneOf(ctx, options)
	if errors.IsNotFound(err) {
		// The scheduler has to choose another node; the claim would ask for this one for ever.
		return nil, controller.ProvisioningReschedule, err
	}
	if err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	for _, mode := range options.PVC.Spec.AccessModes {
		if mode != core.ReadWriteOnce && mode != core.ReadWriteOncePod {
			return nil, controller.ProvisioningFinished,
				fmt.Errorf("access mode %s is not offered: one node at a time holds a volume, as on EBS", mode)
		}
	}
	path := filepath.Join(p.directory, zone, options.PVName)
	// The kubelet gives it to the pod's fsGroup, as it does with a file system on EBS.
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	return p.volume(options, zone), controller.ProvisioningFinished, nil
}

func (p provisioner) zoneOf(ctx context.Context, options controller.ProvisionOptions) (string, error) {
	if options.SelectedNodeName == "" {
		return "", fmt.Errorf("StorageClass %s must bind on WaitForFirstConsumer: a volume belongs to a zone",
			options.StorageClass.Name)
	}
	node, err := p.nodes.Get(ctx, options.SelectedNodeName, meta.GetOptions{})
	if err != nil {
		return "", err
	}
	zone, found := node.Labels[core.LabelTopologyZone]
	if !found {
		return "", fmt.Errorf("node %s has no label %s", node.Name, core.LabelTopologyZone)
	}
	return zone, nil
}

func (p provisioner) volume(options controller.ProvisionOptions, zone string) *core.PersistentVolume {
	return &core.PersistentVolume{
		ObjectMeta: meta.ObjectMeta{Name: options.PVName},
		Spec: core.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: *options.StorageClass.ReclaimPolicy,
			AccessModes:                   options.PVC.Spec.AccessModes,
			MountOptions:                  options.StorageClass.MountOptions,
			Capacity: core.ResourceList{
				core.ResourceStorage: options.PVC.Spec.Resources.Requests[core.ResourceStorage],
			},
			PersistentVolumeSource: core.PersistentVolumeSource{
				Local: &core.LocalVolumeSource{Path: filepath.Join(p.mounted, options.PVName)},
			},
			NodeAffinity: &core.VolumeNodeAffinity{Required: &core.NodeSelector{
				NodeSelectorTerms: []core.NodeSelectorTerm{{
					MatchExpressions: []core.NodeSelectorRequirement{{
						Key: core.LabelTopologyZone, Operator: core.NodeSelectorOpIn, Values: []string{zone},
					}},
				}},
			}},
		},
	}
}

// Delete removes the directory of a volume whose class says Delete; volumes of the others are never handed to it.
func (p provisioner) Delete(_ context.Context, volume *core.PersistentVolume) error {
	path := filepath.Join(p.mounted, volume.Name)
	if volume.Spec.Local == nil || volume.Spec.Local.Path != path {
		return fmt.Errorf("%s is not a volume of this provisioner", volume.Name)
	}
	zones, err := os.ReadDir(p.directory)
	if err != nil {
		return err
	}
	for _, zone := range zones {
		if err := os.RemoveAll(filepath.Join(p.directory, zone.Name(), volume.Name)); err != nil {
			return err
		}
	}
	return nil
}
