import { bytes } from "../../components/kubernetes/index.js";
import type { CapturedResource } from "../render/capture.js";
import type { Charge } from "./charge.js";

/** What a disk of AWS is billed by. */
export interface Volume {
  type: string;
  /** GiB, which AWS's prices call GB. */
  size: number;
  /** Operations a second. @default what is included */
  iops?: number;
  /** MiB/s. @default what is included */
  throughput?: number;
}

/** What the price of the storage of a gp3 volume includes, and the most for its size (EBS user guide, "General Purpose SSD volumes"). */
const gp3 = { iops: 3000, throughput: 125, iopsForEachGib: 500 };

/** What disks of one kind cost. Those that ask for more operations than their size allows get, and pay, what it allows. */
export function volumeCharges({ type, size, iops, throughput }: Volume, count: number): Charge[] {
  const storage: Charge = { price: `${type} storage`, amount: count * size };
  if (type !== "gp3") return [storage];
  const moreIops = Math.max(0, Math.min(iops ?? 0, size * gp3.iopsForEachGib) - gp3.iops);
  const moreThroughput = Math.max(0, (throughput ?? 0) - gp3.throughput);
  return [
    storage,
    { price: "gp3 operations a second", amount: count * moreIops },
    { price: "gp3 throughput", amount: (count * moreThroughput) / 1024 },
  ];
}

interface Claim {
  storageClassName?: string;
  resources?: { requests?: { storage?: string } };
}

interface StorageClass {
  metadata?: { name?: string };
  provisioner?: string;
  parameters?: Record<string, string>;
}

/**
 * What the volumes of some claims cost, by the storage class that is registered beside them. Nothing, where the class gets
 * its volumes from elsewhere than AWS.
 */
function claimCharges(claims: readonly Claim[], count: number, resources: readonly CapturedResource[]): Charge[] {
  const classes = resources
    .filter(({ type }) => type === "kubernetes:storage.k8s.io/v1:StorageClass")
    .map(({ inputs }): StorageClass => inputs);
  return claims.flatMap(({ storageClassName, resources: wanted }) => {
    const found = classes.find(({ metadata }) => metadata?.name === storageClassName);
    if (found !== undefined && found.provisioner !== "ebs.csi.aws.com") return [];
    const { type = `volume of class ${storageClassName ?? "by default"}`, iops, throughput } = found?.parameters ?? {};
    const size = bytes(wanted?.requests?.storage ?? "0") / 2 ** 30;
    return volumeCharges(
      { type, size, ...(iops && { iops: Number(iops) }), ...(throughput && { throughput: Number(throughput) }) },
      count,
    );
  });
}

/** What the volumes of a Kubernetes object cost. Nothing for objects that claim none. */
export function claimedVolumes(object: CapturedResource, resources: readonly CapturedResource[]): Charge[] {
  const spec = object.inputs.spec as
    ({ replicas?: number; volumeClaimTemplates?: { spec: Claim }[] } & Claim) | undefined;
  if (object.type === "kubernetes:core/v1:PersistentVolumeClaim") return claimCharges([spec ?? {}], 1, resources);
  if (object.type !== "kubernetes:apps/v1:StatefulSet") return [];
  const claims = (spec?.volumeClaimTemplates ?? []).map((template) => template.spec);
  return claimCharges(claims, spec?.replicas ?? 1, resources);
}
