import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

/** A certificate and its key, in PEM. */
export interface KeyPair {
  certificatePem: string;
  privateKeyPem: string;
}

export interface CertificateAuthorityArgs {
  /** Common name of the authority. */
  commonName: string;
  /** @default 87600, ten years */
  validityHours?: number;
}

/** The private authority that certificates inside the platform come from. It needs a tls provider. */
export class CertificateAuthority extends pulumi.ComponentResource {
  /** Secret as a whole. */
  readonly keyPair: pulumi.Output<KeyPair>;

  constructor(name: string, args: CertificateAuthorityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:platform:CertificateAuthority", name, {}, opts);
    const key = new tls.PrivateKey(`${name}-key`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, { parent: this });
    const certificate = new tls.SelfSignedCert(
      `${name}-certificate`,
      {
        privateKeyPem: key.privateKeyPem,
        subject: { commonName: args.commonName, organization: "NusantaraMart" },
        isCaCertificate: true,
        validityPeriodHours: args.validityHours ?? 87_600,
        allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
      },
      { parent: this },
    );
    this.keyPair = pulumi.secret(
      pulumi
        .all([certificate.certPem, key.privateKeyPem])
        .apply(([certificatePem, privateKeyPem]) => ({ certificatePem, privateKeyPem })),
    );
    this.registerOutputs({});
  }
}
