import { RolePolicy } from "@pulumi/aws/iam/index.js";
import { Provider } from "@pulumi/aws/provider.js";
import { Zone } from "@pulumi/aws/route53/index.js";
import type * as pulumi from "@pulumi/pulumi";
import { BucketCopy, policyDocument } from "../components/aws/index.js";
import { CityLink, PublicNames, routeTableNames, type LinkEnd } from "../components/network/index.js";
import { costTags, dnsRoleNames } from "./cloudNames.js";
import { dnsChallengeStatements, dnsPublisherStatements } from "./dnsStatements.js";
import type { GlobalConfig } from "./globalConfig.js";
import { readAwsOutputs, type AwsOutputs } from "./outputs.js";
import { apiHost, cityNames, databasePortsOnEks, firstCity, ingressHost, readHost } from "./topology.js";

/** The outputs of the stack `global`. */
export interface GlobalOutputValues {
  /** Raised when a field changes its meaning or goes. */
  contractVersion: 1;
  apiHost: string;
  readHost: string;
  publicZoneId: pulumi.Output<string>;
  /** What the registrar of the public zone has to be told. */
  nameServers: pulumi.Output<string[]>;
  privateZoneId: pulumi.Output<string>;
}

/**
 * What belongs to no city alone: the links between them, their names, and the copies of their backups. Cities never read
 * its outputs, so that they can be made before it.
 */
export function links(config: GlobalConfig): GlobalOutputValues {
  const { topology, accountId, region, protect } = config;
  const provider = new Provider("aws", {
    region,
    allowedAccountIds: [accountId],
    defaultTags: { tags: { ...costTags("all") } },
  });
  const opts = { provider };
  const names = cityNames(topology);
  const outputs = Object.fromEntries(names.map((name) => [name, readAwsOutputs(name)]));
  const of = (name: string): pulumi.Output<AwsOutputs> => outputs[name] ?? readAwsOutputs(name);

  for (const [near, far] of pairs(names)) {
    new CityLink(
      `link-${near}-${far}`,
      { ends: [linkEnd(config, near, of(near)), linkEnd(config, far, of(far))], ports: databasePortsOnEks },
      opts,
    );
  }

  const privateZone = new Zone(
    "private-zone",
    {
      name: topology.privateZone,
      comment: "Names between the cities",
      // All of them here: another resource that associates a VPC would be undone by this list.
      vpcs: names.map((name) => ({ vpcId: of(name).vpcId, vpcRegion: regionOf(config, name) })),
      // The cities' names are entered by external-dns, and Route 53 deletes no zone that still has some.
      forceDestroy: !protect,
      tags: { Name: topology.privateZone },
    },
    { ...opts, protect },
  );
  const publicNames = new PublicNames("public-names", publicNamesArgs(config, of), opts);

  for (const name of names) {
    const { publisher, challenges } = dnsRoleNames(name);
    new RolePolicy(
      `dns-publisher-${name}`,
      { name: publisher, role: publisher, policy: policyDocument(dnsPublisherStatements(privateZone.zoneId)) },
      opts,
    );
    new RolePolicy(
      `dns-challenges-${name}`,
      { name: challenges, role: challenges, policy: policyDocument(dnsChallengeStatements(publicNames.zoneId)) },
      opts,
    );
  }

  // In a ring: two cities that wrote into one bucket would overwrite each other, as all of them use the same paths.
  for (const [index, name] of names.entries()) {
    const next = names[(index + 1) % names.length] ?? name;
    new BucketCopy(
      `copy-${name}`,
      {
        roleName: `nusantara-${name}-backup-copies`,
        accountId,
        source: { arn: of(name).backups.bucketArn, keyArn: of(name).backups.keyArn, region: regionOf(config, name) },
        target: {
          arn: of(next).backups.copiesBucketArn,
          keyArn: of(next).backups.keyArn,
          region: regionOf(config, next),
        },
      },
      opts,
    );
  }

  return {
    contractVersion: 1,
    apiHost: apiHost(topology),
    readHost: readHost(topology),
    publicZoneId: publicNames.zoneId,
    nameServers: publicNames.nameServers,
    privateZoneId: privateZone.zoneId,
  };
}

const regionOf = ({ cities, region }: GlobalConfig, city: string): string => cities[city]?.region ?? region;

/** Every two of them once, in their order. */
export const pairs = (names: readonly string[]): [string, string][] =>
  names.flatMap((near, index) => names.slice(index + 1).map((far): [string, string] => [near, far]));

/** A city's side of a link, out of what its stack says; the tables are known by name before that is read. */
function linkEnd(config: GlobalConfig, city: string, outputs: pulumi.Output<AwsOutputs>): LinkEnd {
  const region = regionOf(config, city);
  return {
    city,
    region,
    vpcId: outputs.apply((said) => vpcIn(city, region, said)),
    ranges: { nodes: outputs.addressRanges.nodes, pods: outputs.addressRanges.pods },
    routeTableIds: Object.fromEntries(
      routeTableNames(config.cities[city]?.zones ?? []).map((name) => [
        name,
        outputs.apply((said) => tableOf(city, name, said)),
      ]),
    ),
    securityGroupId: outputs.clusterSecurityGroupId,
  };
}

/** @throws Error when the city is in another region than the links expect. */
export function vpcIn(city: string, region: string, said: AwsOutputs): string {
  if (said.region !== region)
    throw new Error(
      `stack "${city}" is in ${said.region}, not in ${region}; say so in nusantara:cities.${city}.region`,
    );
  return said.vpcId;
}

/** @throws Error when the city has other zones than the links expect. */
export function tableOf(city: string, table: string, { routeTableIds }: AwsOutputs): string {
  const id = routeTableIds[table];
  if (id === undefined)
    throw new Error(`stack "${city}" has no route table "${table}"; say the same zones in nusantara:cities.${city}`);
  return id;
}

function publicNamesArgs(
  { topology, cities, maintenance, protect }: GlobalConfig,
  of: (city: string) => pulumi.Output<AwsOutputs>,
): ConstructorParameters<typeof PublicNames>[1] {
  const names = cityNames(topology);
  const serving = names.filter((name) => !maintenance.withoutCities.includes(name));
  const first = firstCity(topology);
  const primary = serving.includes(first) ? first : (serving[0] ?? first);
  const wanted = topology.cities[primary]?.failsOverTo ?? "";
  const secondary = serving.includes(wanted) ? wanted : (serving.find((name) => name !== primary) ?? wanted);
  return {
    zoneName: topology.publicZone,
    entries: Object.entries(cities).map(([city, { location }]) => ({
      city,
      host: ingressHost(topology, city),
      loadBalancer: of(city).loadBalancer,
      location,
    })),
    api: { host: apiHost(topology), primary, secondary },
    reads: { host: readHost(topology), cities: serving },
    healthPath: "/check",
    protect,
  };
}
