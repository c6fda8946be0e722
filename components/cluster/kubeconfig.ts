export interface KubeconfigArgs {
  clusterName: string;
  region: string;
  /** URL of the API server. */
  endpoint: string;
  /** Certificate of the cluster's authority: PEM in base64, as EKS gives it. */
  certificateAuthority: string;
}

/**
 * A kubeconfig that asks the AWS CLI for a new token each time: it holds no secret, and nothing in it expires.
 * @returns JSON.
 */
export const kubeconfig = ({ clusterName, region, endpoint, certificateAuthority }: KubeconfigArgs): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      { name: clusterName, cluster: { server: endpoint, "certificate-authority-data": certificateAuthority } },
    ],
    contexts: [{ name: clusterName, context: { cluster: clusterName, user: clusterName } }],
    "current-context": clusterName,
    users: [
      {
        name: clusterName,
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            command: "aws",
            args: ["--region", region, "eks", "get-token", "--cluster-name", clusterName, "--output", "json"],
            interactiveMode: "Never",
          },
        },
      },
    ],
  });
