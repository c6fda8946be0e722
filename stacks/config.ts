import { checkKeys, unknownKeys, type RawConfig } from "./configKeys.js";
import { callerProblems, networkProblems, rangesOf } from "./networkProblems.js";
import { cityNames, type AddressRanges, type Topology } from "./topology.js";
import { capacityProblems, databaseDemands, demandsOf, nodesByClass } from "./cityCapacity.js";
import { capacityReport, type CapacityReport } from "./capacity.js";
import { databaseConfigProblems } from "./databaseProblems.js";
import { databaseSettings } from "./databaseSettings.js";
import { eksProblems } from "./eksProblems.js";
import { ConfigError, suggestion, type ConfigProblem } from "./configErrors.js";
import { schema, schemaKeys, secretFields, secretKeys, type ClusterConfig, type ParsedConfig } from "./configSchema.js";

/** The configuration of a city's stack: checked, complete, and the only place that knows what a stack was told. */
export interface CityConfig extends Omit<ParsedConfig, "network" | "failsOverTo" | "cluster"> {
  topology: Topology;
  cluster: ClusterConfig;
  network: AddressRanges;
  failsOverTo: string;
  /** What the planned load needs here; its replica counts bound the autoscalers. */
  capacityReport: CapacityReport;
}

/** Whether the engine refuses to delete what can't be made again. Only a cluster that the stack makes can say so. */
export const isProtected = ({ cluster }: Pick<CityConfig, "cluster">): boolean =>
  cluster.kind === "eks" && cluster.protect;

/**
 * Checks a city's configuration and fills in what follows from the topology.
 * @throws ConfigError with every problem that was found.
 */
export function parseCityConfig(raw: RawConfig, topology: Topology): CityConfig {
  const { parsed, problems } = parseKeys(raw);
  problems.push(...unknownKeys(raw, schemaKeys), ...plainSecrets(raw), ...topologyProblems(parsed, topology));
  const city = parsed.city === undefined ? undefined : topology.cities[parsed.city];
  const ranges = city && parsed.network && rangesOf(parsed.network, city.network);
  if (ranges) problems.push(...networkProblems(parsed.city ?? "", ranges, topology));
  if (parsed.nodePools && parsed.nusantaraMart && parsed.capacity) {
    const beside = parsed.database ? databaseDemands(parsed.database) : {};
    problems.push(...capacityProblems(parsed.nodePools, parsed.nusantaraMart.services, parsed.capacity, beside));
  }
  const { cluster, database, nodePools, region } = parsed;
  if (cluster?.kind === "eks" && region !== undefined && nodePools) {
    problems.push(...eksProblems(cluster, region, ranges, nodePools));
  }
  if (cluster?.kind === "eks" && ranges)
    problems.push(...callerProblems(cluster.privateAccessCidrs, parsed.city ?? "", ranges, topology));
  if (database?.enabled === true && ranges && nodePools) {
    const name = parsed.city ?? "";
    const settings = databaseSettings({ topology, city: name, network: ranges, database });
    problems.push(...databaseConfigProblems(name, settings, database, nodePools));
  }
  if (problems.length > 0 || !city) throw new ConfigError(raw.source, problems);

  const complete = parsed as ParsedConfig;
  return {
    ...complete,
    topology,
    network: rangesOf(complete.network, city.network),
    failsOverTo: complete.failsOverTo ?? city.failsOverTo,
    capacityReport: capacityReport(
      { ...demandsOf(complete.nusantaraMart.services), ...databaseDemands(complete.database) },
      nodesByClass(complete.nodePools),
      complete.capacity,
    ),
  };
}

function parseKeys(raw: RawConfig): { parsed: Partial<ParsedConfig>; problems: ConfigProblem[] } {
  return checkKeys(raw, schema, secretKeys);
}

const plainSecrets = (raw: RawConfig): ConfigProblem[] =>
  Object.entries(secretFields)
    .filter(([key]) => raw.values[key] !== undefined && !raw.encrypted.has(key))
    .map(([key, field]) => ({
      path: `nusantara:${key}`,
      message: `stands in the file in plain text; encrypt it: pulumi config set --path --secret nusantara:${key}.${field}`,
    }));

function topologyProblems({ city, failsOverTo }: Partial<ParsedConfig>, topology: Topology): ConfigProblem[] {
  const names = cityNames(topology);
  const problems: ConfigProblem[] = [];
  if (city !== undefined && !names.includes(city)) {
    problems.push({
      path: "nusantara:city",
      message: `"${city}" is no city of this topology${suggestion(city, names)}`,
    });
  }
  if (failsOverTo !== undefined) {
    const others = names.filter((name) => name !== city);
    if (failsOverTo === city) {
      problems.push({
        path: "nusantara:failsOverTo",
        message: `a city can't fail over to itself${suggestion("", others)}`,
      });
    } else if (!names.includes(failsOverTo)) {
      problems.push({
        path: "nusantara:failsOverTo",
        message: `"${failsOverTo}" is no city of this topology${suggestion(failsOverTo, others)}`,
      });
    }
  }
  return problems;
}
