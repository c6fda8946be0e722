import * as pulumi from "@pulumi/pulumi";
import { storageClass, type RetainedStorageClassArgs } from "./retainedStorageClass.js";

/**
 * Volumes that are deleted with their claims, for copies that can be made anew. The mandate to retain (M8) is for data:
 * a retained volume of each weekly restore drill would be a copy of the database that nobody looks after.
 */
export class ScratchStorageClass extends pulumi.ComponentResource {
  /** Name to put into claims. */
  readonly className: pulumi.Output<string>;

  constructor(name: string, args: Omit<RetainedStorageClassArgs, "name">, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:platform:ScratchStorageClass", name, {}, opts);
    const spec = { ...args, name: "scratch", reclaimPolicy: "Delete" } as const;
    this.className = storageClass(name, spec, { parent: this }).metadata.name;
    this.registerOutputs({ className: this.className });
  }
}
