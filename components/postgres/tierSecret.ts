import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { labels, secretData } from "../kubernetes/index.js";
import { partOf, type TierArgs } from "./arguments.js";

export interface TierSecretArgs {
  /** Name of the Secret. */
  secretName: string;
  /** Role in the architecture, for the labels. */
  component: string;
  files: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Registers a Secret of the data tier. @returns its name, known once it is there. */
export function tierSecret(
  name: string,
  { city, namespace }: Pick<TierArgs, "city" | "namespace">,
  { secretName, component, files }: TierSecretArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const secret = new kubernetes.core.v1.Secret(
    `${name}-${secretName}`,
    {
      metadata: {
        name: secretName,
        namespace,
        labels: { ...labels({ name: secretName, component, partOf, city }) },
      },
      data: secretData(files),
    },
    opts,
  );
  return secret.metadata.name;
}
