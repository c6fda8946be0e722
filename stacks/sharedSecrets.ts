import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { CertificateAuthority } from "../components/platform/index.js";
import { DatabaseSecrets, type DatabaseSecretsArgs } from "../components/postgres/index.js";
import type { SharedSecrets } from "./outputs.js";

/** Makes, in the first city, what all cities share. It needs a random and a tls provider. */
export class SharedSecretsOrigin extends pulumi.ComponentResource {
  /** Secret as a whole. */
  readonly secrets: pulumi.Output<SharedSecrets>;

  constructor(name: string, database: DatabaseSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:stacks:SharedSecretsOrigin", name, {}, opts);
    const authority = new CertificateAuthority(
      `${name}-certificate-authority`,
      { commonName: "NusantaraMart private certificate authority" },
      { parent: this },
    );
    const key = new random.RandomPassword(
      `${name}-session-signing-key`,
      { length: 64, special: false },
      { parent: this },
    );
    const databaseSecrets = new DatabaseSecrets(`${name}-database`, database, { parent: this });
    this.secrets = pulumi.secret(
      pulumi
        .all([authority.keyPair, key.result, databaseSecrets.secrets])
        .apply(([certificateAuthority, sessionSigningKey, shared]) => ({
          certificateAuthority,
          sessionSigningKey,
          database: shared,
        })),
    );
    this.registerOutputs({});
  }
}
