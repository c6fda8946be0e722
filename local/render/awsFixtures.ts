import type { AwsOutputs } from "../../stacks/outputs.js";
import { nusantara, type Topology } from "../../stacks/topology.js";

/** A resource of AWS as a render sees it. */
interface AwsResource {
  type: string;
  name: string;
  inputs: Readonly<Record<string, unknown>>;
}

const textOf = (value: unknown, fallback: string): string => (typeof value === "string" ? value : fallback);

/** What AWS would say of a resource beside its ARN, by type; texts that nobody could take for real ones. */
const computed: Readonly<Record<string, (resource: AwsResource) => Record<string, unknown>>> = {
  "aws:ec2/vpc:Vpc": ({ name }) => ({ defaultRouteTableId: `${name}-default-route-table-id` }),
  "aws:ec2/eip:Eip": ({ name }) => ({ publicIp: `${name}-public-ip` }),
  "aws:ec2/launchTemplate:LaunchTemplate": () => ({ latestVersion: 1 }),
  "aws:eks/cluster:Cluster": ({ inputs }) => {
    const name = textOf(inputs.name, "cluster");
    return {
      endpoint: `https://${name}.eks.invalid`,
      certificateAuthority: { data: "Y2VydGlmaWNhdGU=" },
      identities: [{ oidcs: [{ issuer: `https://oidc.eks.invalid/id/${name}` }] }],
      vpcConfig: { ...(inputs.vpcConfig as object), clusterSecurityGroupId: `${name}-cluster-security-group-id` },
    };
  },
  "aws:kms/key:Key": ({ name }) => ({ keyId: `${name}-key-id` }),
  "aws:lb/loadBalancer:LoadBalancer": ({ name }) => ({ dnsName: `${name}.elb.invalid`, zoneId: `${name}-zone-id` }),
  "aws:route53/zone:Zone": ({ name }) => ({ zoneId: `${name}-zone-id`, nameServers: [`ns.${name}.invalid`] }),
};

/** The properties that AWS computes, the same in every render. */
export function awsFixtures(resource: AwsResource): Record<string, unknown> {
  const { type, name, inputs } = resource;
  const [, service = ""] = /^aws:([^/:]+)/.exec(type) ?? [];
  const arn =
    type === "aws:s3/bucket:Bucket"
      ? `arn:aws:s3:::${textOf(inputs.bucket, name)}`
      : `arn:aws:${service}:::${type.split(":").at(-1) ?? ""}/${textOf(inputs.name, name)}`;
  return { arn, ...computed[type]?.(resource) };
}

/** What a city on EKS says of itself, for a look at the stack that links the cities. */
export function awsOutputs(city: string): AwsOutputs {
  const { cities }: Topology = nusantara;
  const { nodes = "", pods = "" } = cities[city]?.network ?? {};
  const tables = ["public", "private-a", "private-b", "private-c"];
  return {
    accountId: "111122223333",
    region: "ap-southeast-3",
    vpcId: `${city}-vpc-id`,
    addressRanges: { nodes, pods },
    routeTableIds: Object.fromEntries(tables.map((table) => [table, `${city}-${table}-id`])),
    clusterName: `nusantara-${city}`,
    clusterSecurityGroupId: `nusantara-${city}-cluster-security-group-id`,
    natAddresses: [`${city}-nat-public-ip`],
    loadBalancer: { dnsName: `${city}.elb.invalid`, zoneId: `${city}-elb-zone-id` },
    backups: {
      bucketArn: `arn:aws:s3:::nusantara-${city}-database-backups`,
      copiesBucketArn: `arn:aws:s3:::nusantara-${city}-backup-copies-111122223333`,
      keyArn: `arn:aws:kms:::Key/${city}-backups`,
    },
    logs: {
      bucketName: `nusantara-${city}-logs-111122223333`,
      roleArn: `arn:aws:iam::111122223333:role/nusantara-${city}-loki`,
    },
  };
}
