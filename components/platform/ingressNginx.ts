import { spread } from "../kubernetes/index.js";
import type { Image } from "../workload/index.js";
import type { ChartValues } from "./chartValues.js";

/** The chart's own image at 4.15.1, its last release, by digest (charts/ingress-nginx/values.yaml). */
const lastImage = {
  tag: "v1.15.1",
  digest: "sha256:594ceea76b01c592858f803f9ff4d2cb40542cae2060410b2c95f75907d659e1",
} as const;

/** Labels of the pods. */
export const ingressNginxSelector = {
  "app.kubernetes.io/name": "ingress-nginx",
  "app.kubernetes.io/component": "controller",
};

/**
 * Values of the chart `ingress-nginx`: no snippets, annotations checked and of low risk only, no load balancer of its own,
 * nothing about the version to clients. The image runs by digest, so that nobody can put another one behind the tag.
 */
export function ingressNginxValues(image: Image | undefined): ChartValues["ingress-nginx"] {
  const { affinity, topologySpreadConstraints } = spread({ selector: ingressNginxSelector });
  return {
    controller: {
      image: image ? { repository: image.repository, tag: image.version, digest: image.digest ?? "" } : lastImage,
      ingressClassResource: { name: "nginx", enabled: false, default: false },
      allowSnippetAnnotations: false,
      enableAnnotationValidations: true,
      config: {
        "annotations-risk-level": "Low",
        "server-tokens": "false",
        "ssl-protocols": "TLSv1.2 TLSv1.3",
        hsts: "true",
        "use-gzip": "true",
      },
      replicaCount: 2,
      minAvailable: 1,
      affinity,
      topologySpreadConstraints,
      // Serves on for as long as the load balancer may still send somebody, and has 30 s more for what is under way.
      extraArgs: { "shutdown-grace-period": "90" },
      terminationGracePeriodSeconds: 120,
      resources: { requests: { cpu: "250m", memory: "256Mi" }, limits: { memory: "512Mi" } },
      service: { type: "ClusterIP" },
      // There is no Service with an address to publish: Route 53 points at the load balancer.
      publishService: { enabled: false },
      metrics: { enabled: true },
    },
  };
}
