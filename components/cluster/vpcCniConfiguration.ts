import type * as pulumi from "@pulumi/pulumi";

/** Where the pods of a zone get their addresses from. */
export interface PodSubnet {
  /** Full name of the zone, e.g. `ap-southeast-3a`. */
  zone: string;
  subnetId: pulumi.Input<string>;
}

export interface VpcCniArgs {
  region: string;
  podSubnets: readonly PodSubnet[];
  /** Group of the pods' network interfaces: the cluster's, so that nodes, pods and the control plane reach each other. */
  securityGroupId: pulumi.Input<string>;
}

/** Settings of the add-on `vpc-cni`, as far as we use them. Its schema allows nothing else, and only texts in `env`. */
export interface VpcCniConfiguration {
  enableNetworkPolicy: "true" | "false";
  env: Readonly<Record<string, string>>;
  eniConfig: {
    create: boolean;
    region: string;
    subnets: Readonly<Record<string, { id: pulumi.Input<string>; securityGroups: pulumi.Input<string>[] }>>;
  };
}

/**
 * Pods get addresses of their own range (custom networking), in blocks of 16 (prefix delegation), and keep them on the way
 * to the other cities: the NAT gateways translate for the Internet, the nodes for nobody (`EXTERNALSNAT`). Calico reads
 * the pods' addresses from an annotation and is the only policy engine. Sources: amazon-vpc-cni-k8s README; Calico's
 * documentation, "Install on EKS", with Amazon VPC networking; schema of the add-on as `aws eks
 * describe-addon-configuration` prints it.
 */
export const vpcCniConfiguration = ({ region, podSubnets, securityGroupId }: VpcCniArgs): VpcCniConfiguration => ({
  enableNetworkPolicy: "false",
  env: {
    AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: "true",
    ENI_CONFIG_LABEL_DEF: "topology.kubernetes.io/zone",
    ENABLE_PREFIX_DELEGATION: "true",
    WARM_PREFIX_TARGET: "1",
    AWS_VPC_K8S_CNI_EXTERNALSNAT: "true",
    ANNOTATE_POD_IP: "true",
  },
  eniConfig: {
    create: true,
    region,
    subnets: Object.fromEntries(
      podSubnets.map(({ zone, subnetId }) => [zone, { id: subnetId, securityGroups: [securityGroupId] }]),
    ),
  },
});
