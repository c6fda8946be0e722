import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { managedBy, secretData } from "../kubernetes/index.js";
import type { KeyPair } from "./certificateAuthority.js";
import { signedKeyPair } from "./signedKeyPair.js";

export interface ServerCertificateArgs {
  /** Name of the Secret of type `kubernetes.io/tls`. */
  secretName: string;
  namespace: pulumi.Input<string>;
  /** Names that the certificate is for; the first is its common name. At least one. */
  dnsNames: readonly [string, ...string[]];
  authority: pulumi.Input<KeyPair>;
  /** @default 2160, ninety days */
  validityHours?: number;
  /** How long before the end an `up` makes a new one. @default 720, thirty days */
  earlyRenewalHours?: number;
}

/** A server certificate by the private authority, in a Secret that an Ingress can name. */
export class ServerCertificate extends pulumi.ComponentResource {
  /** Name of the Secret, known once it is there. */
  readonly secretName: pulumi.Output<string>;

  constructor(name: string, args: ServerCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:platform:ServerCertificate", name, {}, opts);
    const parent = { parent: this };
    const { certificatePem, privateKeyPem } = signedKeyPair(
      name,
      { ...args, commonName: args.dnsNames[0], uses: ["server"] },
      parent,
    );
    const secret = new kubernetes.core.v1.Secret(
      `${name}-secret`,
      {
        metadata: {
          name: args.secretName,
          namespace: args.namespace,
          labels: { "app.kubernetes.io/managed-by": managedBy },
        },
        type: "kubernetes.io/tls",
        data: secretData({ "tls.crt": certificatePem, "tls.key": privateKeyPem }),
      },
      parent,
    );
    this.secretName = secret.metadata.name;
    this.registerOutputs({ secretName: this.secretName });
  }
}
