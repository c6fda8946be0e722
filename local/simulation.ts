import { managedBy } from "../components/kubernetes/index.js";
import type { Manifest } from "./render/manifests.js";

const kwok = "kwok.x-k8s.io/v1alpha1";
const labels = { "app.kubernetes.io/managed-by": managedBy };

/** CPU and memory that a simulated pod uses unless its annotations `kwok.x-k8s.io/usage-{cpu,memory}` say otherwise. */
const idle = { cpu: "5m", memory: "32Mi" };

const usage = (resource: "cpu" | "memory"): string => {
  const annotation = `"kwok.x-k8s.io/usage-${resource}"`;
  return `${annotation} in pod.metadata.annotations ? Quantity(pod.metadata.annotations[${annotation}]) : Quantity("${idle[resource]}")`;
};

const byPod = [
  { name: "namespace", value: "pod.metadata.namespace" },
  { name: "pod", value: "pod.metadata.name" },
];
const byContainer = [{ name: "container", value: "container.name" }, ...byPod];

const gauge = (name: string, dimension: string, metricLabels: object[], value: string) =>
  metric("gauge", name, dimension, metricLabels, value);
const counter = (name: string, dimension: string, metricLabels: object[], value: string) =>
  metric("counter", name, dimension, metricLabels, value);
const metric = (kind: string, name: string, dimension: string, metricLabels: object[], value: string) => ({
  kind,
  name,
  dimension,
  help: name.replaceAll("_", " "),
  ...(metricLabels.length > 0 && { labels: metricLabels }),
  value,
});

/**
 * What lets the autoscalers of simulated pods read a use of CPU and memory: an endpoint for each node that answers
 * like the kubelet's `/metrics/resource`, which metrics-server reads.
 */
export const resourceMetrics: readonly Manifest[] = [
  {
    apiVersion: kwok,
    kind: "ClusterResourceUsage",
    metadata: { name: "simulated-usage", labels },
    spec: { usages: [{ usage: { cpu: { expression: usage("cpu") }, memory: { expression: usage("memory") } } }] },
  },
  {
    apiVersion: kwok,
    kind: "Metric",
    metadata: { name: "simulated-usage", labels },
    spec: {
      path: "/metrics/nodes/{nodeName}/metrics/resource",
      metrics: [
        gauge("scrape_error", "node", [], "0"),
        gauge("container_start_time_seconds", "container", byContainer, "pod.SinceSecond()"),
        counter(
          "container_cpu_usage_seconds_total",
          "container",
          byContainer,
          'pod.CumulativeUsage("cpu", container.name)',
        ),
        gauge("container_memory_working_set_bytes", "container", byContainer, 'pod.Usage("memory", container.name)'),
        counter("pod_cpu_usage_seconds_total", "pod", byPod, 'pod.CumulativeUsage("cpu")'),
        gauge("pod_memory_working_set_bytes", "pod", byPod, 'pod.Usage("memory")'),
        counter("node_cpu_usage_seconds_total", "node", [], 'node.CumulativeUsage("cpu")'),
        gauge("node_memory_working_set_bytes", "node", [], 'node.Usage("memory")'),
      ],
    },
  },
];
