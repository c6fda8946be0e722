import { spread } from "../kubernetes/index.js";
import type { Image } from "../workload/index.js";

const selector = { "app.kubernetes.io/name": "traefik" };

/**
 * Values of the chart `traefik`: it reads the same Ingress objects and annotations of class `nginx` as ingress-nginx does
 * (Traefik's documentation, "Kubernetes Ingress NGINX"), and nothing else: no own kinds, no dashboard.
 */
export function traefikValues(image: Image | undefined): Readonly<Record<string, unknown>> {
  const { affinity, topologySpreadConstraints } = spread({ selector });
  return {
    ...(image && {
      image: {
        registry: image.repository.split("/")[0],
        repository: image.repository.split("/").slice(1).join("/"),
        tag: image.digest === undefined ? image.version : `${image.version}@${image.digest}`,
      },
    }),
    deployment: { replicas: 2, terminationGracePeriodSeconds: 120 },
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
