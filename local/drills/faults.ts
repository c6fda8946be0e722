import { setTimeout as sleep } from "node:timers/promises";
import { etcdPod, podName, ports } from "../../components/postgres/layout.js";
import { UserError } from "../errors.js";
import { cut, heal, killCity, requireRealCity, startCity } from "../faults/cities.js";
import { freezeNode, killNode, switchOn } from "../faults/nodes.js";
import { giveBuckets, loseBuckets, startStorage, stopStorage } from "../faults/storage.js";
import { cutLink } from "../network/links.js";
import { setSilent } from "../network/silence.js";
import { signalIfThere } from "../processes.js";
import { refusalOf, type Drill } from "./drill.js";
import { podGroup, processesOf, selections, type Selection } from "./podProcesses.js";
import type { Pod } from "./pods.js";
import { etcdctl, etcdMemberId, kubectl, memberNamed } from "./tier.js";

/** A pod of the tier. @throws UserError when the API server never told of it. */
export function podOf(drill: Drill, city: string, name: string): Pod {
  const pod = drill.pods.find(city, name);
  if (pod) return pod;
  throw new UserError(`there is no pod ${name} in ${city}`, "make up");
}

/** The pod of a member, e.g. of `jakarta-core-0`. */
export function podOfMember(drill: Drill, member: string): Pod {
  const { city, pod } = memberNamed(drill.topology, member);
  return podOf(drill, city, pod);
}

export async function cutFor(drill: Drill, city: string): Promise<void> {
  drill.onHealing(`join ${city} to the other cities`, () => heal(drill.platform, city));
  await cut(drill.platform, city);
}

/** Cuts the link between two cities; both still see the others. */
export async function cutLinkFor(drill: Drill, cities: readonly [string, string]): Promise<void> {
  const [city, other] = cities;
  for (const each of cities) requireRealCity(drill.platform, each);
  drill.onHealing(`join ${city} and ${other}`, () => heal(drill.platform, city));
  await cutLink(drill.platform, cities);
}

export async function switchCityOff(drill: Drill, city: string): Promise<void> {
  drill.onHealing(`switch ${city} on`, () => startCity(drill.platform, city));
  await killCity(drill.platform, city);
}

export async function switchNodeOff(drill: Drill, node: string): Promise<void> {
  drill.onHealing(`switch ${node} on`, () => switchOn(drill.platform, node));
  await killNode(drill.platform, node);
}

export async function freeze(drill: Drill, node: string): Promise<void> {
  drill.onHealing(`thaw ${node}`, () => switchOn(drill.platform, node));
  await freezeNode(drill.platform, node);
}

/** Cuts a node off from everything, its own city included. Its processes go on, and reach each other. */
export async function isolateNode(drill: Drill, node: string): Promise<void> {
  drill.onHealing(`join ${node} to the network`, () => setSilent(drill.platform, node, false));
  await setSilent(drill.platform, node, true);
}

/**
 * Sends a signal to processes of a pod, from outside, as a failing machine would.
 * @throws UserError when there is none: a fault that hits nothing proves nothing.
 */
export function signalIn(drill: Drill, pod: Pod, selection: Selection, signal: NodeJS.Signals): number[] {
  const processes = processesOf(drill.platform, pod, selection);
  if (processes.length === 0)
    throw new UserError(`pod ${pod.name} in ${pod.city} has no such process`, "look into its containers");
  for (const pid of processes) signalIfThere(pid, signal);
  return processes;
}

/** Stops processes of a pod where they stand until healing. */
export function stopIn(drill: Drill, pod: Pod, selection: Selection): Promise<void> {
  const stopped = signalIn(drill, pod, selection, "SIGSTOP");
  drill.onHealing(`let ${pod.name} in ${pod.city} go on`, () => {
    // Its container may have ended since, and the kernel given the number to somebody else.
    const own = podGroup(drill.platform, pod)?.processes() ?? [];
    for (const pid of stopped.filter((each) => own.includes(each))) signalIfThere(pid, "SIGCONT");
    return Promise.resolve();
  });
  return Promise.resolve();
}

/** Milliseconds between two looks at a pod that is to stay down: a container takes longer to start. */
const watchPause = 300;

/**
 * Ends every container of some pods again and again.
 * @param pods those that are meant, asked each time. @returns what ends that.
 */
export function keepEnding(drill: Drill, pods: () => readonly Pod[]): () => Promise<void> {
  const end = new AbortController();
  const loop = (async () => {
    while (!end.signal.aborted) {
      for (const pod of pods())
        for (const pid of processesOf(drill.platform, pod, selections.everything)) signalIfThere(pid, "SIGKILL");
      await sleep(watchPause);
    }
  })();
  return async () => {
    end.abort();
    await loop;
  };
}

/** Ends every container of a pod, again and again until healing, as a machine does on which it can't run. */
export function keepDown(drill: Drill, { city, name }: Pod): Promise<void> {
  const letGo = keepEnding(drill, () => [podOf(drill, city, name)]);
  drill.onHealing(`let ${name} in ${city} start`, async () => {
    await letGo();
    // The kubelet waits longer with each crash; a new pod starts at once.
    await kubectl(drill.platform, city, ["delete", "pod", name, "--wait=false"]);
  });
  return Promise.resolve();
}

/** The city whose etcd member leads. @throws UserError when none says so. */
export async function etcdLeader(drill: Drill): Promise<string> {
  for (const city of drill.cities) {
    const { address } = podOf(drill, city, etcdPod);
    const url = `http://${address}:${ports.etcdMetrics}/metrics`;
    if ((await drill.client(city).command({ command: "etcd", url })) === true) return city;
  }
  throw new UserError("no member of etcd leads", "look into the pods etcd-0 of each city");
}

/** Seconds until a member of etcd is seen to lead that was told to: an election takes up to two. */
const etcdPatience = 30;

/** Has etcd lead in a city. @throws UserError when its member does not take the lead. */
export async function moveEtcdLeader(drill: Drill, city: string): Promise<void> {
  // Only the leader hands over, and etcdctl takes members in hexadecimal.
  const heir = BigInt(await etcdMemberId(drill.platform, city)).toString(16);
  await drill.require(
    `etcd's lead in ${city}`,
    async () => {
      const leader = await etcdLeader(drill).catch(() => undefined);
      if (leader === city) return [];
      if (leader === undefined) return ["no member of etcd leads"];
      // It may have lost the lead since: the next look tells.
      const refusal = await refusalOf(etcdctl(drill.platform, leader, ["move-leader", heir]));
      return [`etcd leads in ${leader}`, ...refusal];
    },
    etcdPatience,
  );
}

/** Waits until the etcd members of some cities are ready again. */
export const etcdIsReady = (drill: Drill, cities: readonly string[]): Promise<void> =>
  drill.require(
    "etcd's return",
    () => cities.filter((city) => !podOf(drill, city, etcdPod).isReady).map((city) => `${city}: pod ${etcdPod}`),
    180,
  );

/** Stops the object storage of a city. */
export async function stopArchive(drill: Drill, city: string): Promise<void> {
  drill.onHealing(`start the object storage of ${city}`, () => startStorage(drill.platform, city));
  await stopStorage(drill.platform, city);
}

/** Deletes the bucket of a city with everything in it. Healing gives it an empty one. */
export async function loseBucket(drill: Drill, city: string): Promise<void> {
  drill.onHealing(`give ${city} an empty bucket`, () => {
    giveBuckets(drill.platform, city);
    return Promise.resolve();
  });
  await loseBuckets(drill.platform, city);
}

/** Pods of core in a city, main first. */
export const corePods = (drill: Drill, city: string): Pod[] =>
  [0, 1].map((ordinal) => podOf(drill, city, podName({ set: "core", ordinal })));
