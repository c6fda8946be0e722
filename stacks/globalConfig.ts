import { z } from "zod";
import { ConfigError, suggestion, type ConfigProblem } from "./configErrors.js";
import { checkKeys, unknownKeys, type RawConfig } from "./configKeys.js";
import { eks } from "./eksSchema.js";
import { schema as citySchema } from "./configSchema.js";
import { cityNames, type Topology } from "./topology.js";

const { accountId, zones } = eks.shape;

/** Schema of each key of the stack that links the cities, below `nusantara:`. */
export const globalSchema = {
  /** What the stack is: the links between the cities, and their names. */
  composition: z.literal("global"),
  accountId,
  /** Region of what belongs to no city, and of the cities that say nothing else. */
  region: citySchema.region,
  /** What the cities' own stacks say. Their outputs must agree with it. */
  cities: z
    .record(z.string(), z.strictObject({ region: citySchema.region.optional(), zones: zones.optional() }))
    .default({}),
  /** Whether the engine refuses to delete the zones. A key of its own, which Pulumi passes as a text. */
  protect: z.stringbool({ truthy: ["true"], falsy: ["false"] }).default(true),
  maintenance: z
    .strictObject({
      /**
       * Cities that get no users, whatever their health checks say. This changes DNS and nothing else: no service is told, and
       * none answers 503 by it. With Jakarta among them and no quorum, the others serve reads, and what is read-only is so
       * because the databases refuse to write (M12, second scenario).
       */
      withoutCities: z.array(z.string()).default([]),
    })
    .prefault({}),
} as const;

type ParsedGlobal = { [Key in keyof typeof globalSchema]: z.output<(typeof globalSchema)[Key]> };

/** A city as the links know it before anything is read from its stack. */
export interface LinkedCity {
  region: string;
  /** Letters, which the route tables are named after. */
  zones: readonly string[];
  location: { latitude: number; longitude: number };
}

/** The configuration of the stack `global`: checked, and complete. */
export interface GlobalConfig extends Omit<ParsedGlobal, "cities" | "composition"> {
  topology: Topology;
  /** By name, in the order of the topology. */
  cities: Readonly<Record<string, LinkedCity>>;
}

/** Whether a configuration is that of the links and not of a city. */
export const isGlobal = ({ values }: RawConfig): boolean => values.composition !== undefined;

/**
 * Checks the configuration of the links.
 * @throws ConfigError with every problem that was found.
 */
export function parseGlobalConfig(raw: RawConfig, topology: Topology): GlobalConfig {
  const checked = checkKeys(raw, globalSchema);
  const parsed = checked.parsed as Partial<ParsedGlobal>;
  const problems = [
    ...checked.problems,
    ...unknownKeys(raw, Object.keys(globalSchema)),
    ...cityProblems(parsed, topology),
  ];
  if (problems.length > 0) throw new ConfigError(raw.source, problems);
  const { cities: given, region, accountId, protect, maintenance } = parsed as ParsedGlobal;
  return {
    accountId,
    region,
    protect,
    maintenance,
    topology,
    cities: Object.fromEntries(
      cityNames(topology).map((name) => [
        name,
        {
          region: given[name]?.region ?? region,
          zones: given[name]?.zones ?? zones.parse(undefined),
          location: topology.cities[name]?.location ?? { latitude: 0, longitude: 0 },
        },
      ]),
    ),
  };
}

function cityProblems({ cities = {}, maintenance }: Partial<ParsedGlobal>, topology: Topology): ConfigProblem[] {
  const names = cityNames(topology);
  const out = maintenance?.withoutCities ?? [];
  const unknown = (path: string, name: string) => ({
    path,
    message: `"${name}" is no city of this topology${suggestion(name, names)}`,
  });
  return [
    ...Object.keys(cities)
      .filter((name) => !names.includes(name))
      .map((name) => unknown(`nusantara:cities.${name}`, name)),
    ...out.filter((name) => !names.includes(name)).map((name) => unknown("nusantara:maintenance.withoutCities", name)),
    ...(names.filter((name) => !out.includes(name)).length < 2
      ? [
          {
            path: "nusantara:maintenance.withoutCities",
            message: "leaves fewer than two cities, and the API needs one that takes over; name fewer",
          },
        ]
      : []),
    ...names
      .filter((name) => topology.cities[name]?.location === undefined)
      .map((name) => ({
        path: "nusantara:composition",
        message: `nobody knows where "${name}" is; add its location to stacks/topology.ts`,
      })),
  ];
}
