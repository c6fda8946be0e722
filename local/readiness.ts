import { describeManifest, type Manifest } from "./render/manifests.js";

/** What a ready object still lacks; undefined when it lacks nothing. */
export type Lack = string | undefined;

interface Status {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  currentReplicas?: number;
  desiredNumberScheduled?: number;
  updatedNumberScheduled?: number;
  numberAvailable?: number;
  disruptionsAllowed?: number;
  expectedPods?: number;
  phase?: string;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
}

type Live = Manifest & {
  metadata: { generation?: number; deletionTimestamp?: string };
  spec?: { replicas?: number; minReplicas?: number };
  status?: Status;
};

const condition = (status: Status, type: string) =>
  status.conditions?.find((entry) => entry.type === type && entry.status === "True");

const count = (have: number | undefined, want: number, what: string): Lack =>
  (have ?? 0) >= want ? undefined : `${have ?? 0} of ${want} ${what}`;

/** How each kind says that it is ready; kinds that are not listed are ready as soon as they exist. */
const checks: Readonly<Record<string, (live: Live, status: Status) => Lack>> = {
  Namespace: (_, { phase }) => (phase === "Active" ? undefined : `is ${phase ?? "new"}`),
  Node: (_, status) => (condition(status, "Ready") ? undefined : "is not Ready"),
  Deployment: ({ spec }, status) => {
    const want = spec?.replicas ?? 1;
    return (
      count(status.updatedReplicas, want, "replicas updated") ??
      ((status.replicas ?? 0) > want ? `${(status.replicas ?? 0) - want} old replicas left` : undefined) ??
      count(status.availableReplicas, want, "replicas available")
    );
  },
  StatefulSet: ({ spec }, status) => {
    const want = spec?.replicas ?? 1;
    return (
      count(status.updatedReplicas, want, "replicas updated") ?? count(status.readyReplicas, want, "replicas ready")
    );
  },
  DaemonSet: (_, status) => {
    const want = status.desiredNumberScheduled ?? 0;
    return (
      count(status.updatedNumberScheduled, want, "pods updated") ??
      count(status.numberAvailable, want, "pods available")
    );
  },
  Job: (_, status) => {
    if (condition(status, "Complete")) return undefined;
    const failed = condition(status, "Failed");
    return failed ? `failed: ${failed.message ?? failed.reason ?? ""}` : "is not complete";
  },
  HorizontalPodAutoscaler: ({ spec }, status) =>
    count(status.currentReplicas, spec?.minReplicas ?? 1, "replicas that it keeps at least"),
  PodDisruptionBudget: (_, status) =>
    (status.expectedPods ?? 0) > 0 && (status.disruptionsAllowed ?? 0) < 1 ? "allows no disruption yet" : undefined,
  CustomResourceDefinition: (_, status) => (condition(status, "Established") ? undefined : "is not established"),
  APIService: (_, status) => (condition(status, "Available") ? undefined : "is not available"),
};

/** Whether an object is a Job that has given up: it won't become ready by waiting. */
export const hasFailed = ({ kind, ...object }: Manifest): boolean =>
  kind === "Job" && condition((object as Partial<Live>).status ?? {}, "Failed") !== undefined;

/** Kinds whose controllers say up to which generation they have looked. */
const observed = new Set(["Deployment", "StatefulSet", "DaemonSet", "PodDisruptionBudget"]);

/** What an object lacks to be ready, e.g. `1 of 2 replicas available`. */
export function lackOf(object: Manifest): Lack {
  const live = object as Live;
  const status = live.status ?? {};
  if (live.metadata.deletionTimestamp !== undefined) return "is being deleted";
  if (observed.has(live.kind) && (status.observedGeneration ?? 0) < (live.metadata.generation ?? 0)) {
    return "has not been looked at by its controller";
  }
  return checks[live.kind]?.(live, status);
}

/** Objects that are not ready, each with what it lacks. */
export const unready = (objects: readonly Manifest[]): { object: string; lack: string }[] =>
  objects.flatMap((object) => {
    const lack = lackOf(object);
    return lack === undefined ? [] : [{ object: describeManifest(object), lack }];
  });

interface PodStatus {
  phase?: string;
  conditions?: { type: string; status: string; message?: string }[];
  containerStatuses?: ContainerStatus[];
  initContainerStatuses?: ContainerStatus[];
}
interface ContainerStatus {
  name: string;
  ready?: boolean;
  restartCount?: number;
  state?: { waiting?: { reason?: string; message?: string }; terminated?: Termination };
  lastState?: { terminated?: Termination };
}
interface Termination {
  reason?: string;
  exitCode?: number;
  message?: string;
}

/** Why pods are not placed or do not start, in the words of scheduler and kubelet; each reason once. */
export function podTroubles(pods: readonly Manifest[]): string[] {
  const troubles = pods.flatMap((pod) => {
    const { conditions = [], phase, ...status } = (pod as { status?: PodStatus }).status ?? {};
    if (phase === "Succeeded") return [];
    const unplaced = conditions
      .filter(({ type, status: is, message }) => type === "PodScheduled" && is === "False" && message !== undefined)
      .map(({ message }) => message ?? "");
    const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
    return [...unplaced, ...containers.flatMap(troublesOf)].map((text) => `${describeManifest(pod)}: ${text}`);
  });
  return [...new Set(troubles)];
}

function troublesOf({ name, ready, restartCount, state, lastState }: ContainerStatus): string[] {
  if (ready === true) return [];
  const { reason, message } = state?.waiting ?? {};
  // What ended well is no trouble, ready or not.
  if (state?.terminated?.exitCode === 0) return [];
  const ended = state?.terminated ?? lastState?.terminated;
  const last =
    ended === undefined
      ? ""
      : `, last ended with ${ended.reason ?? "an error"} (exit code ${ended.exitCode ?? "unknown"})`;
  // A container that only has not started yet is no trouble.
  if (reason === undefined ? ended === undefined : ["ContainerCreating", "PodInitializing"].includes(reason)) return [];
  const words = (ended?.message ?? message ?? "").trim().split("\n").slice(-1).join("");
  const restarts = restartCount === undefined || restartCount === 0 ? "" : ` after ${restartCount} restarts`;
  return [`container ${name} is ${reason ?? "not ready"}${restarts}${last}${words === "" ? "" : `: ${words}`}`];
}
