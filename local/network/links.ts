import type { CityConfig } from "../../stacks/config.js";
import { cityNames, databasePorts, nusantara } from "../../stacks/topology.js";
import type { Platform } from "../platform.js";
import { run } from "../process.js";
import { routerAddress } from "./addresses.js";
import { inNamespace, interfacesOf, ipBatch, nftables, requireRun } from "./commands.js";
import { cityNamespace, cityPairs, linkTo } from "./names.js";
import { hasNetwork } from "./namespaces.js";

/** Milliseconds of traffic that a router keeps before it drops: about what routers of such links are given. */
const bufferMilliseconds = 100;

const handles = { database: "1:10", application: "1:20" } as const;
type TrafficClass = keyof typeof handles;

/** Rules of a city's router: what traffic between cities counts as, and which links are cut. */
export const routerRules = `
table inet nusantara
delete table inet nusantara
table inet nusantara {
  set cut {
    type ifname
  }
  chain classes {
    type filter hook postrouting priority mangle
    oifname "link-*" meta priority set ${handles.application}
    oifname "link-*" tcp dport { ${databasePorts.join(", ")} } meta priority set ${handles.database}
    oifname "link-*" tcp sport { ${databasePorts.join(", ")} } meta priority set ${handles.database}
  }
  chain input {
    type filter hook input priority filter
    iifname @cut drop
  }
  chain forward {
    type filter hook forward priority filter
    iifname @cut drop
    oifname @cut drop
  }
  chain output {
    type filter hook output priority filter
    oifname @cut drop
  }
}
`;

/** Commands of `tc` that cap a link as M18 says: a rate for each class of traffic, which can't borrow the other's. */
export function budgetCommands(link: string, budget: Readonly<Record<TrafficClass, number>>): string[] {
  const classes = Object.keys(handles) as TrafficClass[];
  return [
    `qdisc replace dev ${link} root handle 1: htb default 20`,
    ...classes.flatMap((name) => {
      const bytes = Math.round((budget[name] * 1e6 * bufferMilliseconds) / 8000);
      return [
        `class replace dev ${link} parent 1: classid ${handles[name]} htb rate ${budget[name]}mbit ceil ${budget[name]}mbit`,
        `qdisc replace dev ${link} parent ${handles[name]} bfifo limit ${bytes}`,
      ];
    }),
  ];
}

/** Joins every pair of cities whose networks are there by a link with the budget of M18, and heals what was cut. */
export async function ensureLinks(platform: Platform, configs: readonly CityConfig[]): Promise<void> {
  for (const { city } of configs) await nftables(cityNamespace(platform, city), routerRules);
  for (const { cities, addresses } of cityPairs(configs.map(({ city }) => city))) {
    const [left, right] = cities.map((city) => configs.find((config) => config.city === city)) as [
      CityConfig,
      CityConfig,
    ];
    const [near, far] = [cityNamespace(platform, left.city), cityNamespace(platform, right.city)];
    if (!(await interfacesOf(near)).includes(linkTo(right.city))) {
      await ipBatch(near, [`link add ${linkTo(right.city)} type veth peer name ${linkTo(left.city)} netns ${far}`]);
    }
    await limit(near, linkTo(right.city));
    await limit(far, linkTo(left.city));
    await ipBatch(near, endCommands(left, right, addresses));
    await ipBatch(far, endCommands(right, left, [addresses[1], addresses[0]]));
  }
}

/** One end of a link: its address, and the routes to everything in the other city. */
function endCommands(own: CityConfig, other: CityConfig, [address, peer]: readonly [string, string]): string[] {
  const link = linkTo(other.city);
  const via = peer.split("/")[0] ?? "";
  // The router answers under its own name, or the other city would not find back to it.
  const source = routerAddress(own.network.nodes);
  return [
    `address replace ${address} dev ${link}`,
    `link set ${link} alias ${other.city} up`,
    ...Object.values(other.network).map(
      (range: string) => `route replace ${range} via ${via} dev ${link} src ${source}`,
    ),
  ];
}

/** Caps a link, whatever was on it: a run that was killed may have left it half-way. */
async function limit(namespace: string, link: string): Promise<void> {
  const commands = budgetCommands(link, nusantara.linkBudgetMegabits);
  // The kernel can't change a root of this kind, only replace it; where there is none, there is nothing to take away.
  await run("tc", ["-n", namespace, "qdisc", "delete", "dev", link, "root"]);
  await requireRun("tc", ["-n", namespace, "-batch", "-"], commands.join("\n"));
}

/** What a city's router is told to drop: what comes from some other cities, and what goes to them. */
export const cutRules = (others: readonly string[]): string =>
  `add element inet nusantara cut { ${others.map((other) => `"${linkTo(other)}"`).join(", ")} }`;

/** Cuts all links of a city: packets vanish, as they do behind a broken cable, and nobody is told. */
export async function cutCity(platform: Platform, city: string): Promise<void> {
  // Links to cities that come up later are cut as well.
  const others = cityNames(nusantara).filter((other) => other !== city);
  await nftables(cityNamespace(platform, city), cutRules(others));
}

/**
 * Cuts the link between two cities and no other, as {@link cutCity} does. The router of the first one drops both directions, in one
 * moment; healing that city heals the link.
 */
export async function cutLink(platform: Platform, [city, other]: readonly [string, string]): Promise<void> {
  await nftables(cityNamespace(platform, city), cutRules([other]));
}

/** Heals all links of a city. */
export const healCity = async (platform: Platform, city: string): Promise<void> => {
  await nftables(cityNamespace(platform, city), "flush set inet nusantara cut");
};

/** Whether the links of a city are cut; undefined where it has no network. */
export async function isCut(platform: Platform, city: string): Promise<boolean | undefined> {
  if (!hasNetwork(platform, city)) return undefined;
  const [file, args] = inNamespace(cityNamespace(platform, city), "nft", [
    "-j",
    "list",
    "set",
    "inet",
    "nusantara",
    "cut",
  ]);
  const { exitCode, stdout } = await run(file, args);
  // A run that was cut off may have made the network and not its rules.
  if (exitCode !== 0) return false;
  const answer = JSON.parse(stdout) as { nftables: { set?: { elem?: unknown[] } }[] };
  return answer.nftables.some(({ set }) => (set?.elem?.length ?? 0) > 0);
}
