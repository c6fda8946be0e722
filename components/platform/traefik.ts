import { spread } from "../kubernetes/index.js";
import type { Image } from "../workload/index.js";
import type { ChartValues } from "./chartValues.js";

/** Labels of the pods. */
export const traefikSelector = { "app.kubernetes.io/name": "traefik" };

/** An entry point serves on for as long as the load balancer may still send somebody; then it has 10 s, Traefik's default. */
const drained = { transport: { lifeCycle: { requestAcceptGraceTimeout: "90s" } } };

/**
 * Values of the chart `traefik`: it reads the same Ingress objects and annotations of class `nginx` as ingress-nginx does
 * (Traefik's documentation, "Kubernetes Ingress NGINX"), and nothing else: no own kinds, no dashboard.
 */
export function traefikValues(image: Image | undefined): ChartValues["traefik"] {
  const { affinity, topologySpreadConstraints } = spread({ selector: traefikSelector });
  return {
    ...(image && { image: traefikImage(image) }),
    deployment: { replicas: 2, terminationGracePeriodSeconds: 120 },
    ports: { web: drained, websecure: drained },
    podDisruptionBudget: { enabled: true, minAvailable: 1 },
    affinity,
    topologySpreadConstraints,
    ingressClass: { enabled: false },
    ingressRoute: { dashboard: { enabled: false } },
    providers: {
      kubernetesCRD: { enabled: false },
      kubernetesIngress: { enabled: false },
      kubernetesIngressNGINX: { enabled: true, controllerClass: "k8s.io/ingress-nginx", ingressClass: "nginx" },
    },
    service: { spec: { type: "ClusterIP" } },
    global: { checkNewVersion: false, sendAnonymousUsage: false },
    resources: { requests: { cpu: "250m", memory: "256Mi" }, limits: { memory: "512Mi" } },
  };
}

/** The chart takes registry and repository apart, and a digest as the end of the tag. */
function traefikImage({ repository, version, digest }: Image): NonNullable<ChartValues["traefik"]["image"]> {
  const [registry = "", ...path] = repository.split("/");
  return {
    registry,
    repository: path.join("/"),
    tag: digest === undefined ? version : `${version}@${digest}`,
  };
}
