import { SecurityTokenServicePreferences } from "@pulumi/aws/iam/index.js";
import { Provider } from "@pulumi/aws/provider.js";
import * as pulumi from "@pulumi/pulumi";
import {
  autoScalingStatements,
  EncryptionKey,
  flowLogStatements,
  logDeliveryStatement,
  logsStatement,
  ObjectBucket,
} from "../components/aws/index.js";
import { EksCluster, logGroupName, type PoolArgs } from "../components/cluster/index.js";
import { Network, PublicLoadBalancer } from "../components/network/index.js";
import { ingressPorts } from "../components/platform/index.js";
import { cityBackups, type CityBackups } from "./cityBackups.js";
import { cityLogs, type CityLogs } from "./cityLogs.js";
import { clusterNameOf, costTags } from "./cloudNames.js";
import type { CityConfig } from "./config.js";
import type { EksConfig } from "./eksSchema.js";
import { nodeClasses } from "./nodeClasses.js";
import type { AwsOutputs } from "./outputs.js";
import { firstCity } from "./topology.js";
import { versions } from "./versions.js";

/** Days that logs are kept, by kind (M21). */
export const logRetentionDays = { audit: 365, security: 180 } as const;

export interface CityCloud {
  /** The provider that every resource of AWS must use. */
  provider: Provider;
  cluster: EksCluster;
  loadBalancer: PublicLoadBalancer;
  backups: CityBackups;
  logs: CityLogs;
  vpcId: pulumi.Output<string>;
  volumeKeyArn: pulumi.Output<string>;
  /** For other stacks. */
  outputs: pulumi.Output<AwsOutputs>;
}

/** Everything that a city has in AWS below Kubernetes: keys, buckets, network, cluster, and the way in. */
export function cityCloud(config: CityConfig, eks: EksConfig): CityCloud {
  const { city, region, network: ranges } = config;
  const { accountId, protect } = eks;
  const prefix = clusterNameOf(city);
  const tags = costTags(city);
  const provider = new Provider("aws", {
    region,
    allowedAccountIds: [accountId],
    defaultTags: { tags: { ...tags } },
  });
  const opts = { provider };
  if (city === firstCity(config.topology)) globalEndpointTokens(opts);

  const key = (
    name: string,
    description: string,
    statements: ConstructorParameters<typeof EncryptionKey>[1]["statements"],
    outlives = true,
  ) =>
    new EncryptionKey(
      `key-${name}`,
      {
        description: `${description} of ${city}`,
        alias: `${prefix}-${name}`,
        accountId,
        protect,
        outlives,
        ...(statements && { statements }),
      },
      opts,
    ).arn;
  // Volumes and buckets stay when a stack is destroyed, and are worth nothing without their keys.
  const keys = {
    secrets: key("secrets", "Secrets in the cluster", undefined, false),
    volumes: key("volumes", "Disks of nodes and volumes", autoScalingStatements(accountId)),
    logs: key("logs", "Logs", [
      logsStatement(accountId, region, logGroupName(prefix)),
      logDeliveryStatement(accountId),
    ]),
    backups: key("backups", "Backups", undefined),
  };

  const flowLogs = new ObjectBucket(
    "flow-logs",
    {
      bucketName: `${prefix}-flow-logs-${accountId}`,
      keyArn: keys.logs,
      expireAfterDays: logRetentionDays.security,
      keepOldVersionsDays: 1,
      statements: (arn) => flowLogStatements(arn, accountId, region),
      protect,
    },
    opts,
  );
  const network = new Network(
    "network",
    {
      networkName: prefix,
      clusterName: prefix,
      region,
      zones: eks.zones,
      nodes: ranges.nodes,
      pods: ranges.pods,
      natGateways: eks.natGateways,
      interfaceEndpoints: eks.interfaceEndpoints,
      flowLogsBucketArn: flowLogs.arn,
      protect,
    },
    opts,
  );
  const cluster = new EksCluster(
    "cluster",
    {
      city,
      clusterName: prefix,
      accountId,
      region,
      kubernetesVersion: versions.kubernetes,
      supportType: eks.supportType,
      administrators: eks.administrators,
      publicAccessCidrs: eks.publicAccessCidrs,
      privateAccessCidrs: eks.privateAccessCidrs,
      services: ranges.services,
      zones: eks.zones,
      subnetIds: network.subnetIds,
      ways: network.ways,
      keys,
      logRetentionDays: logRetentionDays.audit,
      addonVersions: versions.eksAddons,
      pools: poolsOf(config, eks),
      tags,
      protect,
    },
    opts,
  );
  const targetPorts = ingressPorts(config.ingress.kind);
  const loadBalancer = new PublicLoadBalancer(
    "load-balancer",
    {
      balancerName: `${prefix}-public`,
      vpcId: network.vpcId,
      subnetIds: network.subnetIds.public,
      ways: network.publicWays,
      targetSecurityGroupId: cluster.securityGroupId,
      listeners: {
        http: { port: 80, targetPort: targetPorts.http },
        https: { port: 443, targetPort: targetPorts.https },
      },
      protect,
    },
    opts,
  );
  const backups = cityBackups(config, eks, { keyArn: keys.backups, tokenIssuer: cluster.tokenIssuer }, opts);
  const logs = cityLogs(config, eks, { keyArn: keys.logs, tokenIssuer: cluster.tokenIssuer }, opts);

  return {
    provider,
    cluster,
    loadBalancer,
    backups,
    logs,
    vpcId: network.vpcId,
    volumeKeyArn: keys.volumes,
    outputs: pulumi.output({
      accountId,
      region,
      vpcId: network.vpcId,
      addressRanges: { nodes: ranges.nodes, pods: ranges.pods },
      routeTableIds: network.routeTableIds,
      clusterName: prefix,
      clusterSecurityGroupId: cluster.securityGroupId,
      natAddresses: [...network.natAddresses],
      loadBalancer: { dnsName: loadBalancer.dnsName, zoneId: loadBalancer.zoneId },
      backups: {
        bucketArn: backups.bucket.arn,
        copiesBucketArn: backups.copies.arn,
        keyArn: keys.backups,
      },
      logs: { bucketName: logs.bucketName, roleArn: logs.roleArn },
    }),
  };
}

/** The node pools as the cluster takes them: classes become instance types, and disks of the size of M2. */
const poolsOf = ({ nodePools }: CityConfig, { instanceTypes }: EksConfig): Record<string, PoolArgs> =>
  Object.fromEntries(
    Object.entries(nodePools).map(([name, { class: nodeClass, count, maximumCount, dedicatedTo }]) => [
      name,
      {
        nodeClass,
        instanceType: instanceTypes[nodeClass],
        diskSize: nodeClasses[nodeClass].storage,
        count,
        maximumCount: maximumCount ?? count,
        dedicatedTo,
      },
    ]),
  );

/**
 * pgBackRest 2.55 gets its tokens from the global endpoint of STS, and by default those are not valid in a region that has
 * to be enabled first, as Jakarta's. This setting makes them valid everywhere; it is the account's, so one stack has it.
 * Sources: `storageS3AuthWebId` and `S3_STS_HOST` in pgBackRest's src/storage/s3 (an own host is an option since July
 * 2026); IAM user guide, "Manage AWS STS in an AWS Region".
 */
const globalEndpointTokens = (opts: pulumi.CustomResourceOptions): SecurityTokenServicePreferences =>
  new SecurityTokenServicePreferences("global-endpoint-tokens", { globalEndpointTokenVersion: "v2Token" }, opts);
