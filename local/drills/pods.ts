import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { databaseNamespace } from "../../components/postgres/layout.js";
import { kubeCache, kubeconfigOf, tool, type Platform } from "../platform.js";

/** A pod of the data tier, as the API server of its city told last. */
export interface Pod {
  city: string;
  name: string;
  uid: string;
  /** Empty until it is placed. */
  node: string;
  /** Empty until it has one. */
  address: string;
  isReady: boolean;
}

// kubectl fills tabs up with spaces.
const columns = [
  "{.metadata.name}",
  "{.metadata.uid}",
  "{.spec.nodeName}",
  "{.status.podIP}",
  '{.status.conditions[?(@.type=="Ready")].status}',
  "{.metadata.deletionTimestamp}",
].join('{"|"}');

/** A line of `kubectl get pods --watch` in the form above. */
export function parsePod(city: string, line: string): Pod | undefined {
  const [name = "", uid = "", node = "", address = "", ready = "", deleted = ""] = line.split("|");
  if (name === "" || uid === "") return undefined;
  return { city, name, uid, node, address, isReady: ready === "True" && deleted === "" };
}

/** Follows the pods of the data tier in some cities. What was known last stays known while a city is away. */
export class Pods {
  private readonly known = new Map<string, Pod>();
  /** Members by every address that they ever had. */
  readonly addresses = new Map<string, string>();
  private readonly watches = new Set<ChildProcess>();
  private readonly end = new AbortController();

  /** @param changed called whenever a pod is new or has changed. */
  constructor(
    private readonly platform: Platform,
    cities: readonly string[],
    private readonly changed: (pod: Pod) => void,
  ) {
    for (const city of cities) void this.follow(city);
  }

  find(city: string, name: string): Pod | undefined {
    return this.known.get(`${city}/${name}`);
  }

  all(): Pod[] {
    return [...this.known.values()];
  }

  close(): void {
    this.end.abort();
    for (const watch of this.watches) watch.kill();
  }

  /** An API server that is away is asked again every other second. */
  private async follow(city: string): Promise<void> {
    const { signal } = this.end;
    while (!signal.aborted) {
      await this.watch(city);
      await sleep(2000, undefined, { signal }).catch(() => undefined);
    }
  }

  private watch(city: string): Promise<void> {
    const watch = spawn(
      tool(this.platform, "kubectl"),
      [
        `--kubeconfig=${kubeconfigOf(this.platform, city)}`,
        `--namespace=${databaseNamespace}`,
        "get",
        "pods",
        "--watch",
        `--output=jsonpath=${columns}{"\\n"}`,
      ],
      { env: { PATH: process.env.PATH, KUBECACHEDIR: kubeCache(this.platform) }, stdio: ["ignore", "pipe", "ignore"] },
    );
    this.watches.add(watch);
    createInterface({ input: watch.stdout }).on("line", (line) => {
      const pod = parsePod(city, line);
      if (pod) this.learn(pod);
    });
    return new Promise((resolve) => {
      const end = () => {
        this.watches.delete(watch);
        resolve();
      };
      watch.once("error", end);
      watch.once("close", end);
    });
  }

  /** Takes note of what a pod is now. */
  learn(pod: Pod): void {
    this.known.set(`${pod.city}/${pod.name}`, pod);
    if (pod.address !== "") this.addresses.set(pod.address, `${pod.city}-${pod.name}`);
    this.changed(pod);
  }
}
