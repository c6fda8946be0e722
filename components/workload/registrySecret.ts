import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { managedBy, secretData } from "../kubernetes/index.js";

/** What opens a private image registry. */
export interface RegistryCredentials {
  /** Host of the registry. */
  server: string;
  username: string;
  password: string;
}

export interface RegistrySecretArgs {
  namespace: pulumi.Input<string>;
  credentials: pulumi.Input<RegistryCredentials>;
}

/** Registers the Secret that pods of a namespace pull images with, for their `imagePullSecrets`. */
export function registrySecret(
  resourceName: string,
  { namespace, credentials }: RegistrySecretArgs,
  opts: pulumi.CustomResourceOptions,
): kubernetes.core.v1.Secret {
  const config = pulumi.output(credentials).apply(({ server, username, password }) =>
    JSON.stringify({
      auths: { [server]: { username, password, auth: Buffer.from(`${username}:${password}`).toString("base64") } },
    }),
  );
  return new kubernetes.core.v1.Secret(
    resourceName,
    {
      metadata: { name: "registry-credentials", namespace, labels: { "app.kubernetes.io/managed-by": managedBy } },
      type: "kubernetes.io/dockerconfigjson",
      data: secretData({ ".dockerconfigjson": config }),
    },
    opts,
  );
}
