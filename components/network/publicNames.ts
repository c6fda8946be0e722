import * as route53 from "@pulumi/aws/route53/index.js";
import * as pulumi from "@pulumi/pulumi";

/** A city as its users find it. */
export interface PublicEntry {
  city: string;
  /** Name of this city's own entry point. */
  host: string;
  /** Its load balancer: name, and the Route 53 zone of that name. */
  loadBalancer: { dnsName: pulumi.Input<string>; zoneId: pulumi.Input<string> };
  /** Where it stands, in degrees, for users to be sent to the nearest. */
  location: { latitude: number; longitude: number };
}

export interface PublicNamesArgs {
  /** Name of the public zone; its registrar must be told the zone's name servers. */
  zoneName: string;
  entries: readonly PublicEntry[];
  /** The name for everybody, the city that answers to it, and the one that takes over. */
  api: { host: string; primary: string; secondary: string };
  /** The name for reads, which the nearest of these cities answers to. */
  reads: { host: string; cities: readonly string[] };
  /** Path that a healthy city answers 2xx or 3xx on. */
  healthPath: string;
  /** Whether the engine refuses to delete the zone. */
  protect: boolean;
}

/**
 * Where health checks come from: three of the eight regions that have checkers, the nearest to Indonesia, and the fewest
 * that Route 53 takes (Route 53 developer guide, "Values that you specify when you create or update health checks").
 */
const checkers = ["ap-southeast-1", "ap-southeast-2", "ap-northeast-1"];

/**
 * The names that users know (M5, M7): one for the API, which goes over to the second city when the first one is ill; one
 * for each city; and one for reads, which goes to the nearest city that is well. Nearest is by place and not by latency:
 * cities in one region would all have the same. A city is ill after three failed checks in 30 seconds, and resolvers ask
 * again after 60, the time that aliases of load balancers live.
 */
export class PublicNames extends pulumi.ComponentResource {
  readonly zoneId: pulumi.Output<string>;
  readonly nameServers: pulumi.Output<string[]>;

  constructor(name: string, args: PublicNamesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:network:PublicNames", name, {}, opts);
    const parent = { parent: this };
    const zone = new route53.Zone(
      `${name}-zone`,
      { name: args.zoneName, comment: "Public names of NusantaraMart", tags: { Name: args.zoneName } },
      { parent: this, protect: args.protect },
    );
    this.zoneId = zone.zoneId;
    this.nameServers = zone.nameServers;

    const healthChecks = new Map(
      args.entries.map(({ city, host }) => [
        city,
        new route53.HealthCheck(
          `${name}-${city}`,
          {
            type: "HTTPS",
            // The city's own name: the name for everybody would check whoever answers to it now.
            fqdn: host,
            port: 443,
            enableSni: true,
            resourcePath: args.healthPath,
            requestInterval: 10,
            failureThreshold: 3,
            regions: checkers,
            tags: { Name: host },
          },
          parent,
        ),
      ]),
    );
    const aliasOf = (city: string) => {
      const entry = args.entries.find((each) => each.city === city);
      const healthCheck = healthChecks.get(city);
      if (!entry || !healthCheck) throw new Error(`"${city}" has no public entry`);
      const { dnsName, zoneId } = entry.loadBalancer;
      return { entry, healthCheck, aliases: [{ name: dnsName, zoneId, evaluateTargetHealth: true }] };
    };
    const record = (recordName: string, host: string, given: Omit<route53.RecordArgs, "zoneId" | "name" | "type">) =>
      new route53.Record(`${name}-${recordName}`, { zoneId: zone.zoneId, name: host, type: "A", ...given }, parent);

    for (const { city, host } of args.entries) record(city, host, { aliases: aliasOf(city).aliases });
    for (const role of ["primary", "secondary"] as const) {
      const { aliases, healthCheck } = aliasOf(args.api[role]);
      record(`api-${role}`, args.api.host, {
        aliases,
        setIdentifier: role,
        failoverRoutingPolicies: [{ type: role.toUpperCase() }],
        healthCheckId: healthCheck.id,
      });
    }
    for (const city of args.reads.cities) {
      const { aliases, entry, healthCheck } = aliasOf(city);
      record(`reads-${city}`, args.reads.host, {
        aliases,
        setIdentifier: city,
        geoproximityRoutingPolicy: {
          coordinates: [
            { latitude: entry.location.latitude.toFixed(2), longitude: entry.location.longitude.toFixed(2) },
          ],
        },
        healthCheckId: healthCheck.id,
      });
    }
    this.registerOutputs({ zoneId: this.zoneId });
  }
}
