import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { managedBy } from "../kubernetes/index.js";

export interface IssuedCertificateArgs {
  /** Name of the Secret of type `kubernetes.io/tls` that cert-manager writes. */
  secretName: string;
  namespace: pulumi.Input<string>;
  /** At least one; the first is the common name. */
  dnsNames: readonly [string, ...string[]];
  /** Name of the ClusterIssuer. */
  issuer: string;
}

/** A certificate that cert-manager asks an issuer for, and renews. It needs cert-manager's CRDs. */
export class IssuedCertificate extends pulumi.ComponentResource {
  /** Name of the Secret. The Secret itself comes when the issuer has answered. */
  readonly secretName: pulumi.Output<string>;

  constructor(name: string, args: IssuedCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:platform:IssuedCertificate", name, {}, opts);
    const certificate = new kubernetes.apiextensions.CustomResource(
      `${name}-certificate`,
      {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        metadata: {
          name: args.secretName,
          namespace: args.namespace,
          labels: { "app.kubernetes.io/managed-by": managedBy },
        },
        spec: {
          secretName: args.secretName,
          dnsNames: [...args.dnsNames],
          privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
          issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: args.issuer },
        },
      },
      { parent: this, ...(opts?.dependsOn && { dependsOn: opts.dependsOn }) },
    );
    this.secretName = certificate.id.apply(() => args.secretName);
    this.registerOutputs({ secretName: this.secretName });
  }
}
