import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

export interface ExistingClusterArgs {
  /** The city that the cluster serves. */
  city: string;
  /** Context in the kubeconfig. */
  context: string;
  /**
   * Path of the kubeconfig file.
   * @default $KUBECONFIG, or ~/.kube/config
   */
  kubeconfig?: string | undefined;
}

/** A cluster that somebody else made: the program only connects to it. */
export class ExistingCluster extends pulumi.ComponentResource {
  /** The provider that every Kubernetes object of the city must use. */
  readonly provider: kubernetes.Provider;
  /** The kubeconfig context that reaches the cluster. */
  readonly context: string;

  constructor(name: string, args: ExistingClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:cluster:ExistingCluster", name, {}, opts);
    this.context = args.context;
    this.provider = new kubernetes.Provider(
      `${name}-provider`,
      {
        context: args.context,
        ...(args.kubeconfig !== undefined && { kubeconfig: args.kubeconfig }),
        // Without it a new certificate or address in the kubeconfig would replace the provider, and with it everything.
        clusterIdentifier: `nusantara-${args.city}`,
        enableServerSideApply: true,
        // The pods roll by checksum, so configuration can change in place under a stable name.
        enableConfigMapMutable: true,
        enableSecretMutable: true,
      },
      { parent: this },
    );
    this.registerOutputs({ context: this.context });
  }
}
