import { managedBy } from "../components/kubernetes/index.js";
import type { CityConfig } from "../stacks/config.js";
import { ensureCluster } from "./clusters.js";
import { pulumiUp, rememberEngine } from "./engine.js";
import { Kubectl } from "./kubectl.js";
import { ensureCityServices } from "./machines/cityServices.js";
import { forsakenNodes, nodeObjects, outdatedNodes } from "./nodes/objects.js";
import { imagesOf, podSpecOf } from "./nodes/placement.js";
import { plannedNodes, requireNodeForDns } from "./nodes/pools.js";
import { readOverlay } from "./platform.js";
import { progressOf } from "./progress.js";
import { hasFailed } from "./readiness.js";
import { distributeImages } from "./real/images.js";
import { startRealNodes } from "./real/nodes.js";
import { dnsObjects, realNodeObjects } from "./real/objects.js";
import { renderCity } from "./render/city.js";
import { manifestsOf, type Manifest } from "./render/manifests.js";
import { redactSecrets, unwrapSecrets } from "./render/secrets.js";
import { dnsSet, platformSet, resultOf, stackSet, type Run, type Step } from "./run.js";
import { resourceMetrics } from "./simulation.js";
import { renderLocal } from "./stack.js";
import { waitUntilReady } from "./wait.js";

export const startControlPlane: Step = async (run, config, task) => {
  rememberEngine(run.platform, run.engine);
  const state = await ensureCluster(run.platform, config, run.nodes);
  if (run.nodes === "real") await ensureCityServices(run.platform, config);
  resultOf(run, config.city).cluster = state;
  task.title = `${config.city}: ${state}`;
};

export const addNodes: Step = async (run, config, task) => {
  const { city } = config;
  const kubectl = new Kubectl(run.platform, city);
  const real = run.nodes === "real";
  const planned = plannedNodes(config, real ? readOverlay(run.platform, city).realNodes.pools : {});
  if (real) requireNodeForDns(city, planned);
  const nodes = nodeObjects(config, planned);
  const live = await kubectl.get(nodes);
  await kubectl.delete([...new Set([...outdatedNodes(live, nodes), ...forsakenNodes(live)])]);
  const own = real ? realNodeObjects(run.platform, city) : [];
  resultOf(run, city).platform = await kubectl.apply(platformSet, [...nodes, ...resourceMetrics, ...own]);
  const started = real
    ? await startRealNodes(run.platform, config, { nodes: planned, kubectl, images: run.images })
    : [];
  if (real) await startDns(run, config, nodes);
  await waitUntilReady(kubectl, { city, manifests: nodes, progress: progressOf(task) });
  const simulated = nodes.length - started.length;
  task.title = `${city}: ${real ? `${started.length} real, ` : ""}${simulated} simulated nodes`;
};

/** The first pods of a city's real nodes. */
async function startDns(run: Run, config: CityConfig, nodes: readonly Manifest[]): Promise<void> {
  const objects = dnsObjects(config, run.images);
  const kubectl = new Kubectl(run.platform, config.city);
  const replaced = await distributeImages(run.platform, config.city, {
    nodes,
    manifests: objects,
    images: run.images,
  });
  const changes = await kubectl.apply(dnsSet, objects);
  resultOf(run, config.city).platform.push(...changes);
  await restartUsers(kubectl, objects, replaced);
}

/**
 * An image that was built anew keeps its name, so nothing tells the pods that run the old one. Jobs come last: some make
 * anew the pods of sets that only they may touch.
 */
async function restartUsers(
  kubectl: Kubectl,
  manifests: readonly Manifest[],
  replaced: readonly string[],
): Promise<void> {
  const users = manifests.filter(
    (manifest) =>
      ["Deployment", "StatefulSet", "DaemonSet", "Job"].includes(manifest.kind) &&
      imagesOf(podSpecOf(manifest) ?? {}).some((image) => replaced.includes(image)),
  );
  const live = await kubectl.get(users);
  for (const user of live) if (user.kind !== "Job") await kubectl.restart(user);
  for (const user of live) if (user.kind === "Job") await kubectl.rerun(user);
}

export const register: Step = async (run, config, task) => {
  const captured = await renderLocal(run.platform, config.city);
  const manifests = manifestsOf(captured, unwrapSecrets);
  run.manifests.set(config.city, manifests);
  await bringImages(run, config, manifests);
  task.title = `${config.city}: ${captured.resources.length} resources`;
};

export const runEngine: Step = async (run, config, task) => {
  const { city } = config;
  // The engine waits for pods, and these for their images: what it is going to register tells which.
  if (run.nodes === "real") {
    const expected = await renderCity(run.platform, city, "local", run.nodes);
    await bringImages(run, config, manifestsOf(expected, redactSecrets));
  }
  const summary = await pulumiUp(run.platform, city, progressOf(task));
  resultOf(run, city).engineSummary = summary;
  task.title = `${city}: ${summary.join(", ")}`;
};

/** Has the images of some objects on the nodes that may run them. */
async function bringImages(run: Run, { city }: CityConfig, manifests: readonly Manifest[]): Promise<void> {
  if (run.nodes !== "real") return;
  const kubectl = new Kubectl(run.platform, city);
  const nodes = await kubectl.list(["nodes"]);
  const replaced = await distributeImages(run.platform, city, { nodes, manifests, images: run.images });
  await restartUsers(kubectl, manifests, replaced);
}

/** Applies what was registered. */
export const applyStack: Step = async (run, { city }) => {
  const wanted = run.manifests.get(city) ?? [];
  const kubectl = new Kubectl(run.platform, city);
  // A Job that has given up stays as it is, however often it is applied: it is made anew.
  const jobs = wanted.filter(({ kind }) => kind === "Job");
  await kubectl.delete(jobs.length === 0 ? [] : (await kubectl.get(jobs)).filter(hasFailed));
  resultOf(run, city).stack = await kubectl.apply(stackSet(city), wanted);
};

/** Waits until all of a city is ready. */
export const settle: Step = async (run, config, task) => {
  const { city } = config;
  const kubectl = new Kubectl(run.platform, city);
  const manifests = run.manifests.get(city) ?? (await kubectl.list(ownWorkloads));
  const own = run.nodes === "real" ? dnsObjects(config, run.images) : [];
  await waitUntilReady(kubectl, { city, manifests: [...manifests, ...own], progress: progressOf(task) });
  task.title = `${city}: ${manifests.length} objects ready`;
};

/** Arguments of `kubectl get` for everything of ours that takes time to become ready. */
const ownWorkloads = [
  "deployments,statefulsets,daemonsets,jobs,horizontalpodautoscalers,poddisruptionbudgets",
  "--all-namespaces",
  `--selector=app.kubernetes.io/managed-by=${managedBy}`,
];
