import { entryPoints, type EntryPoint } from "../layout.js";
import { clamp, type DatabaseSettings, mebibyte } from "./settings.js";

/** Connections that stay free for a superuser: Patroni, and a person at a full server (PostgreSQL's default). */
export const superuserReserved = 3;

/** Connections beside the poolers': Patroni 2, exporter 2, backup 2, administration 2, rewind and check 1 each. */
const direct = 10;

/** Server connections of each pooler for the lookup of verifiers, which no login has to wait for. */
export const lookupConnections = 1;

/** Private memory of an idle backend with warm caches, by measurements of others 1.5 to 3 MiB. */
const backendMemory = 2 * mebibyte;

/** How the connections of a server are divided. */
export interface ConnectionBudget {
  /** `max_connections`, the same on every member: a standby must not have fewer than the primary. */
  maxConnections: number;
  /** Server connections of one pooler of each entry point, beside its {@link lookupConnections}. */
  pools: Readonly<Record<EntryPoint, number>>;
}

export const poolersPerCity = ({ poolersPerCity: given }: DatabaseSettings): number => given ?? 2;

/**
 * Server connections that each pooler keeps at least: one for each role. A server connection belongs to a role, and
 * with fewer a pooler closes that of one role to open one for another, which costs more than the queries.
 */
const leastPool = ({ applications }: DatabaseSettings): number => applications ?? 1;

const leastPerPooler = (settings: DatabaseSettings): number =>
  entryPoints.length * (leastPool(settings) + lookupConnections);

const poolers = (settings: DatabaseSettings): number => settings.topology.cities.length * poolersPerCity(settings);

/** The least `max_connections` with which every pooler works. Patroni takes 100 instead of anything below 25. */
export const leastConnections = (settings: DatabaseSettings): number =>
  Math.max(25, superuserReserved + direct + leastPerPooler(settings) * poolers(settings));

/**
 * Divides the connections of a server among the poolers of all cities: what each role needs to every one, and of the
 * rest half to `pg-rw` and a third to `pg-ro`.
 *
 * A server may have to serve every entry point of every city at once (the last survivor of scenario 5), and all pools
 * together then still fit, so that no pooler is ever refused. `max_connections` is 8 for each core, at most 500 and at
 * most an eighth of the memory: half goes to writes, which is twice the `2 * cores + 1` that the PostgreSQL wiki finds
 * best for connections that are all at work, because a transaction of another city mostly waits for its link.
 */
export function connectionBudget(settings: DatabaseSettings): ConnectionBudget {
  const sets = Object.values(settings.sets);
  const cpu = Math.min(...sets.map((set) => set.cpu));
  const memory = Math.min(...sets.map((set) => set.memory));
  const wanted = clamp(Math.floor(8 * cpu), 0, Math.min(500, Math.floor(memory / 8 / backendMemory)));
  const maxConnections = settings.maxConnections ?? Math.max(leastConnections(settings), wanted);
  const share = Math.floor((maxConnections - superuserReserved - direct) / poolers(settings));
  const least = leastPool(settings);
  const rest = Math.max(0, share - leastPerPooler(settings));
  const [writes, reads] = [Math.floor(rest / 2), Math.floor(rest / 3)];
  return {
    maxConnections,
    pools: { "pg-rw": least + writes, "pg-ro": least + reads, "pg-report": least + rest - writes - reads },
  };
}

/** Server connections of all entry points of one pod. */
export const connectionsPerPooler = (settings: DatabaseSettings): number => {
  const { pools } = connectionBudget(settings);
  return entryPoints.reduce((sum, entryPoint) => sum + pools[entryPoint] + lookupConnections, 0);
};
