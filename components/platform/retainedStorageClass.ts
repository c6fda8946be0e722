import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { managedBy } from "../kubernetes/index.js";

export interface RetainedStorageClassArgs {
  /** Name of the provisioner, e.g. `ebs.csi.aws.com`. */
  provisioner: string;
  /** What the provisioner is told, e.g. `{ type: "gp3" }`. */
  parameters: Readonly<Record<string, pulumi.Input<string>>>;
  /** @default "database" */
  name?: string;
}

/**
 * Volumes that outlive their claims (M8): deleting a claim, a namespace or a stack leaves the data where it is, and
 * somebody has to decide what becomes of it. A volume is made in the zone that the first pod is placed in, and can grow.
 */
export class RetainedStorageClass extends pulumi.ComponentResource {
  /** Name to put into claims. */
  readonly className: pulumi.Output<string>;

  constructor(name: string, args: RetainedStorageClassArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:platform:RetainedStorageClass", name, {}, opts);
    const spec = { ...args, name: args.name ?? "database", reclaimPolicy: "Retain" } as const;
    this.className = storageClass(name, spec, { parent: this }).metadata.name;
    this.registerOutputs({ className: this.className });
  }
}

/** Registers a class whose volumes are made in the zone of the first pod, and can grow. */
export const storageClass = (
  name: string,
  args: RetainedStorageClassArgs & { name: string; reclaimPolicy: "Retain" | "Delete" },
  opts: pulumi.CustomResourceOptions,
): kubernetes.storage.v1.StorageClass =>
  new kubernetes.storage.v1.StorageClass(
    `${name}-class`,
    {
      metadata: { name: args.name, labels: { "app.kubernetes.io/managed-by": managedBy } },
      provisioner: args.provisioner,
      // An API server drops an empty map, and then finds it changed: parameters can't be.
      ...(Object.keys(args.parameters).length > 0 && { parameters: { ...args.parameters } }),
      reclaimPolicy: args.reclaimPolicy,
      volumeBindingMode: "WaitForFirstConsumer",
      allowVolumeExpansion: true,
    },
    opts,
  );
