import type { Field } from "../model/field.js";
import { kindOf } from "../kubernetes/objectType.js";
import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";

/** Where a type says that its storage is encrypted. */
const encrypted: Readonly<Record<string, string>> = {
  "aws:docdb/cluster:Cluster": "storageEncrypted",
  "aws:ebs/volume:Volume": "encrypted",
  "aws:efs/fileSystem:FileSystem": "encrypted",
  "aws:elasticache/replicationGroup:ReplicationGroup": "atRestEncryptionEnabled",
  "aws:rds/cluster:Cluster": "storageEncrypted",
  "aws:rds/instance:Instance": "storageEncrypted",
};
const launchTemplate = "aws:ec2/launchTemplate:LaunchTemplate";
const instance = "aws:ec2/instance:Instance";
const storageClass = "storage.k8s.io/StorageClass";

export const storageEncrypted = resourceRule({
  name: "storage-encrypted",
  title: "Volumes are encrypted at rest",
  severity: "high",
  level: "mandatory",
  why: "An unencrypted volume or snapshot can be read by whoever gets hold of it, and can't be encrypted later.",
  remedy:
    'Set encrypted: "true" in the parameters of an EBS StorageClass, and encrypted, storageEncrypted or atRestEncryptionEnabled to true elsewhere.',
  parameters: noParameters,
  appliesTo: (resource) =>
    resource.type in encrypted ||
    [instance, launchTemplate].includes(resource.type) ||
    kindOf(resource) === storageClass,
  *judge({ type, inputs }) {
    const field = encrypted[type];
    if (field !== undefined) {
      if (inputs.at(field).truth() !== true) yield `${field} is not true.`;
    } else if (type === launchTemplate) {
      const disks = inputs
        .at("blockDeviceMappings")
        .list()
        .filter((mapping) => mapping.at("ebs").isSet);
      if (disks.length === 0) yield "It has no blockDeviceMappings, so its volume is encrypted only if the image's is.";
      for (const disk of disks)
        if (disk.at("ebs", "encrypted").truth() !== true) yield `${disk.path}.ebs.encrypted is not true.`;
    } else if (type === instance) {
      for (const disk of [inputs.at("rootBlockDevice"), ...inputs.at("ebsBlockDevices").list()])
        if (disk.at("encrypted").truth() !== true) yield `${disk.path}.encrypted is not true.`;
    } else if (isBlockStorage(inputs.at("provisioner")) && inputs.at("parameters", "encrypted").truth() !== true)
      yield 'parameters.encrypted is not "true".';
  },
});

const isBlockStorage = (provisioner: Field): boolean =>
  ["ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs"].includes(provisioner.text() ?? "");
