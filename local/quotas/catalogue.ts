/** A limit that AWS sets an account, in each region. */
export interface Quota {
  /** Service and quota, as Service Quotas calls them. */
  service: string;
  code: string;
  name: string;
  /** What a new account gets (AWS General Reference, "Service endpoints and quotas", in 2026). */
  default: number;
}

/** The quotas that an estate of this kind comes near to, or that hold for each VPC or cluster of it. */
export const quotas = {
  instances: {
    service: "ec2",
    code: "L-1216C47A",
    name: "vCPUs of On-Demand Standard instances",
    default: 5,
  },
  addresses: { service: "ec2", code: "L-0263D0A3", name: "Elastic IP addresses", default: 5 },
  storage: { service: "ebs", code: "L-7A658B76", name: "TiB of gp3 volumes", default: 50 },
  networks: { service: "vpc", code: "L-F678F1CE", name: "VPCs", default: 5 },
  internetGateways: { service: "vpc", code: "L-A4707A72", name: "Internet gateways", default: 5 },
  natGateways: { service: "vpc", code: "L-FE5A380F", name: "NAT gateways in a zone", default: 5 },
  ranges: { service: "vpc", code: "L-83CA0A9D", name: "IPv4 ranges of a VPC", default: 5 },
  subnets: { service: "vpc", code: "L-407747CB", name: "Subnets of a VPC", default: 200 },
  gatewayEndpoints: { service: "vpc", code: "L-1B52E74A", name: "Gateway endpoints", default: 20 },
  interfaceEndpoints: { service: "vpc", code: "L-29B6F2EB", name: "Interface endpoints of a VPC", default: 50 },
  peerings: { service: "vpc", code: "L-7E9ECCDB", name: "Peering connections of a VPC", default: 50 },
  rules: { service: "vpc", code: "L-0EA8095F", name: "Inbound rules of a security group", default: 60 },
  loadBalancers: {
    service: "elasticloadbalancing",
    code: "L-69A177A2",
    name: "Network Load Balancers",
    default: 50,
  },
  clusters: { service: "eks", code: "L-1194D53C", name: "Clusters", default: 100 },
  nodeGroups: { service: "eks", code: "L-6D54EA21", name: "Node groups of a cluster", default: 30 },
} as const satisfies Record<string, Quota>;

export type QuotaName = keyof typeof quotas;
