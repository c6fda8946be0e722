import { membersPerSet, memberSets } from "../layout.js";
import { leastConnections, poolersPerCity } from "./connections.js";
import { leastEtcdVolume } from "./etcd.js";
import { type DatabaseSettings, maximumLag, mebibyte, streamRate, timersOf, walSegment } from "./settings.js";
import { leastCheckpoint, storageBudget } from "./storage.js";
import { leastMemory } from "./tuning.js";

/** A setting that the data tier can't work with. */
export interface DatabaseProblem {
  /** Where it is, from {@link DatabaseProblemsArgs} on, e.g. `timers` or `sets.core.volume`. */
  path: string;
  /** What is wrong, why, and what to do. */
  message: string;
}

export interface DatabaseProblemsArgs extends DatabaseSettings {
  /** Nodes that members may run on, by city. @default not checked */
  databaseNodes?: Readonly<Record<string, number>>;
  /** Size of each vote's volume, in bytes. @default not checked */
  etcdVolume?: number;
  /** What the databases hold, in bytes. @default not checked */
  data?: number;
}

/** The least that Patroni takes (patroni/validator.py); it replaces smaller values by its defaults. */
const leastTimers = { ttl: 20, loopWait: 1, retryTimeout: 3 } as const;

/** Seconds of acknowledged writes that an isolated primary may lose. */
const lossLimit = 10;

/** The least rate of a base backup in bytes a second (pg_basebackup, `--max-rate`). */
const leastRate = 32 * 1024;

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
const mebibytes = (bytes: number): string => `${Math.ceil(bytes / mebibyte)} MiB`;

function timerProblems(args: DatabaseProblemsArgs): DatabaseProblem[] {
  const { ttl, loopWait, retryTimeout } = timersOf(args);
  const problems: DatabaseProblem[] = [];
  for (const [name, value] of Object.entries({ ttl, loopWait, retryTimeout })) {
    const least = leastTimers[name as keyof typeof leastTimers];
    if (!Number.isInteger(value) || value < least) {
      problems.push({ path: `timers.${name}`, message: `is ${value}; Patroni takes whole seconds from ${least} on` });
    }
  }
  if (loopWait + 2 * retryTimeout > ttl) {
    problems.push({
      path: "timers",
      message:
        `loopWait + 2 * retryTimeout is ${loopWait + 2 * retryTimeout} s and exceeds ttl (${ttl} s): the lock of a ` +
        "primary could expire while it still writes; raise ttl or lower the others",
    });
  }
  if (args.commit !== "quorum" && loopWait + retryTimeout > lossLimit) {
    problems.push({
      path: "timers",
      message:
        `loopWait + retryTimeout is ${loopWait + retryTimeout} s: an isolated primary acknowledges writes for that ` +
        `long and loses them, and ${lossLimit} s are allowed; lower them, or set commit to "quorum"`,
    });
  }
  return problems;
}

function topologyProblems({ topology, databaseNodes }: DatabaseProblemsArgs): DatabaseProblem[] {
  const count = topology.cities.length;
  const problems: DatabaseProblem[] = [];
  if (count % 2 === 0) {
    problems.push({
      path: "topology.cities",
      message:
        `has ${count} cities, each with a vote in etcd: an even number survives no more losses than one fewer, and two ` +
        "halves stop each other; add or remove a city",
    });
  }
  for (const [city, nodes] of Object.entries(databaseNodes ?? {})) {
    if (nodes >= membersPerSet) continue;
    problems.push({
      path: `databaseNodes.${city}`,
      message:
        `is ${nodes}, but the ${membersPerSet} members of a set may not share a node, so that one stays pending; ` +
        `give the city at least ${membersPerSet} database nodes`,
    });
  }
  return problems;
}

function resourceProblems(args: DatabaseProblemsArgs): DatabaseProblem[] {
  return memberSets.flatMap((set) => {
    const { memory, cpu, volume } = args.sets[set];
    const problems: DatabaseProblem[] = [];
    if (!(cpu > 0)) problems.push({ path: `sets.${set}.cpu`, message: `is ${cpu}; a member needs some CPU` });
    if (!(memory >= leastMemory)) {
      problems.push({
        path: `sets.${set}.memory`,
        message: `is ${mebibytes(memory)}, too little for Patroni and PostgreSQL; give it at least ${mebibytes(leastMemory)}`,
      });
    }
    const budget = storageBudget(args, args.sets[set]);
    // A checkpoint may have a quarter of the WAL, which is a fifth of the volume.
    const leastVolume = leastCheckpoint / 0.25 / 0.2;
    if (!(volume >= leastVolume)) {
      problems.push({
        path: `sets.${set}.volume`,
        message: `is ${mebibytes(volume)}, too small for the WAL between two checkpoints; give it at least ${mebibytes(leastVolume)}`,
      });
    } else if (args.data !== undefined && args.data > budget.data) {
      problems.push({
        path: `sets.${set}.volume`,
        message:
          `is ${gibibytes(volume)}, of which data may fill ${gibibytes(budget.data)} and WAL, sorts and repairs need the ` +
          `rest, but there are ${gibibytes(args.data)} of data; give it at least ${gibibytes(args.data / 0.7)}`,
      });
    }
    return problems;
  });
}

/** Everything that is wrong with settings of the data tier; empty when they can be applied. */
export function databaseProblems(args: DatabaseProblemsArgs): DatabaseProblem[] {
  const problems = [...topologyProblems(args), ...timerProblems(args), ...resourceProblems(args)];
  if (!(streamRate(args) >= leastRate)) {
    problems.push({
      path: "linkMegabits",
      message:
        `is ${args.linkMegabits}, which leaves each stream to another city less than the 32 KiB a second that a copy ` +
        "of a member needs at least; give the databases more of the link",
    });
  }
  const { etcdVolume = leastEtcdVolume } = args;
  if (!(etcdVolume >= leastEtcdVolume)) {
    problems.push({
      path: "etcd.volume",
      message:
        `is ${mebibytes(etcdVolume)}; etcd keeps six WAL files of 64 MiB, its database, and a second copy of it while a ` +
        `snapshot comes in; give it at least ${mebibytes(leastEtcdVolume)}`,
    });
  }
  const lag = maximumLag(args);
  if (!(lag >= walSegment)) {
    problems.push({
      path: "maximumLagOnFailover",
      message:
        `is ${lag} bytes, less than a WAL segment (${walSegment}): the end of a segment alone counts as that much lag ` +
        `and would block every failover under load; set at least ${2 * walSegment}`,
    });
  }
  const poolers = poolersPerCity(args);
  if (!Number.isInteger(poolers) || poolers < 1) {
    problems.push({ path: "poolersPerCity", message: `is ${poolers}; a city needs at least one` });
  } else if (args.maxConnections !== undefined && !(args.maxConnections >= leastConnections(args))) {
    problems.push({
      path: "maxConnections",
      message:
        `is ${args.maxConnections}, too few for the poolers of all cities at once and the cluster's own connections; ` +
        `set at least ${leastConnections(args)}`,
    });
  }
  return problems;
}
