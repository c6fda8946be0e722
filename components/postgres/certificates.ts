import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { labels } from "../kubernetes/index.js";
import { signedKeyPair, type CertificateUse, type KeyPair } from "../platform/index.js";
import { partOf, type TierArgs } from "./arguments.js";
import {
  certificateFiles,
  databaseNamespace,
  entryPoints,
  etcdHost,
  keyOf,
  memberService,
  serviceHost,
} from "./layout.js";
import { tierSecret } from "./tierSecret.js";

export interface DatabaseCertificatesArgs extends TierArgs {
  /** The data tier's own authority: whoever has a certificate by it may be let in. */
  authority: pulumi.Input<KeyPair>;
  /** @default 2160, ninety days */
  validityHours?: number | undefined;
  /** How long before the end an `up` makes a new one. @default 720, thirty days */
  earlyRenewalHours?: number | undefined;
}

interface Certificate {
  commonName: string;
  dnsNames?: readonly string[];
  uses: readonly CertificateUse[];
}

/** Who gets which files. A pod holds no key that it does not need. */
const holders = {
  "postgres-certificates": ["server", "patroni", "replicator", "rewinder", "pgbackrest"],
  "etcd-certificates": ["etcd"],
  "entry-point-certificates": ["entry-point", "pgbouncer"],
  "reconcile-certificates": ["patroni", "administrator"],
  "backup-certificates": ["pgbackrest"],
  "restore-certificates": ["patroni", "verifier", "pgbackrest"],
} as const satisfies Record<string, readonly string[]>;

type Holder = keyof typeof holders;

/** Files that two kinds of pods name alike, each with a certificate of its own. */
const fileNames: Readonly<Record<string, string>> = {
  etcd: certificateFiles.server,
  "entry-point": certificateFiles.server,
};

/**
 * The certificates of a city's data tier, and a Secret for each kind of pod. Programs read them again when they change,
 * so that a renewal costs no connection.
 */
export class DatabaseCertificates extends pulumi.ComponentResource {
  /** Names of the Secrets, known once they are there. */
  readonly secretNames: Readonly<Record<Holder, pulumi.Output<string>>>;
  /** Name of the ConfigMap with all certificates and no key, for whoever looks when they end. */
  readonly issued: pulumi.Output<string>;

  constructor(name: string, args: DatabaseCertificatesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:postgres:DatabaseCertificates", name, {}, opts);
    const parent = { parent: this };
    const authority = pulumi.output(args.authority);
    const pairs = Object.fromEntries(
      Object.entries(certificatesOf(args)).map(([key, certificate]) => [
        key,
        signedKeyPair(
          `${name}-${key}`,
          {
            ...certificate,
            ...(certificate.dnsNames && { ipAddresses: ["127.0.0.1"] }),
            authority,
            validityHours: args.validityHours,
            earlyRenewalHours: args.earlyRenewalHours,
          },
          parent,
        ),
      ]),
    );
    const secretOf = (secretName: Holder): pulumi.Output<string> => {
      const files: Record<string, pulumi.Input<string>> = {
        [certificateFiles.authority]: authority.certificatePem,
      };
      for (const key of holders[secretName]) {
        const file = fileNames[key] ?? `${key}.crt`;
        const pair = pairs[key];
        if (!pair) throw new Error(`there is no certificate "${key}"`);
        files[file] = pair.certificatePem;
        files[keyOf(file)] = pair.privateKeyPem;
      }
      return tierSecret(name, args, { secretName, component: "certificates", files }, parent);
    };
    this.secretNames = {
      "postgres-certificates": secretOf("postgres-certificates"),
      "etcd-certificates": secretOf("etcd-certificates"),
      "entry-point-certificates": secretOf("entry-point-certificates"),
      "reconcile-certificates": secretOf("reconcile-certificates"),
      "backup-certificates": secretOf("backup-certificates"),
      "restore-certificates": secretOf("restore-certificates"),
    };
    const configMapName = "issued-certificates";
    const { metadata } = new kubernetes.core.v1.ConfigMap(
      `${name}-${configMapName}`,
      {
        metadata: {
          name: configMapName,
          namespace: args.namespace,
          labels: { ...labels({ name: configMapName, component: "certificates", partOf, city: args.city }) },
        },
        data: Object.fromEntries(
          Object.entries(pairs).map(([key, { certificatePem }]) => [`${key}.crt`, pulumi.unsecret(certificatePem)]),
        ),
      },
      parent,
    );
    this.issued = metadata.name;
    this.registerOutputs({});
  }
}

/** The certificates by the name of their file. A client's common name is the role that it may be. */
function certificatesOf({ topology, city }: TierArgs): Readonly<Record<string, Certificate>> {
  const client = (commonName: string): Certificate => ({ commonName, uses: ["client"] });
  return {
    server: {
      commonName: serviceHost(topology, city, memberService),
      dnsNames: [`*.${serviceHost(topology, city, memberService)}`, "localhost"],
      uses: ["server"],
    },
    // A client of its peers, and of itself: its gateway dials the member with this certificate (etcd issue 9785).
    etcd: {
      commonName: etcdHost(topology, city),
      dnsNames: [etcdHost(topology, city), "localhost"],
      uses: ["server", "client"],
    },
    "entry-point": {
      commonName: "entry-points",
      dnsNames: [
        ...entryPoints.flatMap((entry) => [
          entry,
          `${entry}.${databaseNamespace}`,
          `${entry}.${databaseNamespace}.svc`,
          `${entry}.${databaseNamespace}.svc.cluster.local`,
        ]),
        "localhost",
      ],
      uses: ["server"],
    },
    patroni: client("patroni"),
    replicator: client("replicator"),
    rewinder: client("rewinder"),
    pgbackrest: client("pgbackrest"),
    pgbouncer: client("pgbouncer"),
    administrator: client("administrator"),
    verifier: client("verifier"),
  };
}
