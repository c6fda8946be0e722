import { z } from "zod";
import type { ChartValues } from "../../components/platform/index.js";

/** What a chart accepts, as far as we use it: closed at every level, so that a key that it does not know is an error. */
interface ChartForm {
  /** The version of the chart that the form is meant for; with another one, look the keys up again. */
  version: string;
  /**
   * Where the keys and their types were looked up: `schema` is the chart's own values.schema.json, against which the whole
   * values were checked; `values` are its defaults in values.yaml where it has none. `at` is given where that was not the
   * version itself but the nearest that could be had.
   */
  source: { repository: string; path: string; kind: "schema" | "values"; at?: string };
  form: z.ZodType;
}

const quantity = z.string().regex(/^\d+(m|Mi|Gi)?$/);
const resources = z.strictObject({
  requests: z.strictObject({ cpu: quantity, memory: quantity }),
  limits: z.strictObject({ memory: quantity }),
});
/** Charts hand these on to the pods as they are (Kubernetes API, core/v1). */
const spread = {
  affinity: z.strictObject({ podAntiAffinity: z.record(z.string(), z.array(z.unknown()).min(1)) }),
  topologySpreadConstraints: z.array(z.object({ topologyKey: z.string(), maxSkew: z.int() })).length(2),
};
const namedServiceAccount = z.strictObject({ create: z.literal(true), name: z.string() });
const switchedOff = z.strictObject({ enabled: z.literal(false) });
const minAvailable = z.strictObject({ enabled: z.literal(true), minAvailable: z.int() });

const istio = (path: string, version: string, form: Record<string, z.ZodType>): ChartForm => ({
  version,
  source: {
    repository: "istio/istio",
    path: `manifests/charts/${path}/values.yaml`,
    kind: "values",
    at: "1.31.0-beta.1",
  },
  form: z.strictObject({ profile: z.literal("ambient"), ...form }),
});

/** The charts whose values are checked, all but the one that is only CRDs and gets no values. */
export const chartForms: Readonly<Record<keyof ChartValues, ChartForm>> = {
  "tigera-operator": {
    version: "v3.32.1",
    source: {
      repository: "projectcalico/calico",
      path: "charts/tigera-operator/values.yaml",
      kind: "values",
      at: "commit 036c024",
    },
    form: z.strictObject({
      installation: switchedOff,
      apiServer: switchedOff,
      goldmane: switchedOff,
      whisker: switchedOff,
    }),
  },
  "aws-load-balancer-controller": {
    version: "3.5.0",
    source: {
      repository: "kubernetes-sigs/aws-load-balancer-controller",
      path: "helm/aws-load-balancer-controller/values.yaml",
      kind: "values",
    },
    form: z.strictObject({
      clusterName: z.string(),
      region: z.string(),
      vpcId: z.string(),
      serviceAccount: namedServiceAccount,
      replicaCount: z.int(),
      podDisruptionBudget: z.strictObject({ maxUnavailable: z.int() }),
      ...spread,
      resources,
      enableServiceMutatorWebhook: z.boolean(),
      createIngressClassResource: z.boolean(),
      enableShield: z.boolean(),
      enableWaf: z.boolean(),
      enableWafv2: z.boolean(),
      enableBackendSecurityGroup: z.boolean(),
    }),
  },
  "cert-manager": {
    version: "v1.21.1",
    source: {
      repository: "cert-manager/cert-manager",
      path: "deploy/charts/cert-manager/values.schema.json",
      kind: "schema",
    },
    form: z.strictObject({
      crds: z.strictObject({ enabled: z.boolean(), keep: z.boolean() }),
      global: z.strictObject({ leaderElection: z.strictObject({ namespace: z.string() }) }),
      serviceAccount: namedServiceAccount,
      dns01RecursiveNameserversOnly: z.boolean(),
      replicaCount: z.int(),
      podDisruptionBudget: minAvailable,
      resources,
      ...spread,
      ...Object.fromEntries(
        ["webhook", "cainjector"].map((part) => [
          part,
          z.strictObject({ replicaCount: z.int(), podDisruptionBudget: minAvailable, resources, ...spread }),
        ]),
      ),
    }),
  },
  "external-dns": {
    version: "1.21.1",
    source: {
      repository: "kubernetes-sigs/external-dns",
      path: "charts/external-dns/values.schema.json",
      kind: "schema",
    },
    form: z.strictObject({
      provider: z.strictObject({ name: z.literal("aws") }),
      sources: z.array(z.string()),
      policy: z.enum(["create-only", "sync", "upsert-only"]),
      registry: z.string(),
      txtOwnerId: z.string(),
      domainFilters: z.array(z.string()),
      managedRecordTypes: z.array(z.string()),
      annotationPrefix: z.string(),
      interval: z.string(),
      triggerLoopOnEvent: z.boolean(),
      serviceAccount: namedServiceAccount,
      env: z.array(z.strictObject({ name: z.string(), value: z.string() })),
      extraArgs: z.record(z.string(), z.string()),
      resources,
    }),
  },
  "cluster-autoscaler": {
    version: "9.59.0",
    source: {
      repository: "kubernetes/autoscaler",
      path: "charts/cluster-autoscaler/values.yaml",
      kind: "values",
      at: "commit 028eaaf",
    },
    form: z.strictObject({
      cloudProvider: z.literal("aws"),
      awsRegion: z.string(),
      autoDiscovery: z.strictObject({ clusterName: z.string() }),
      image: z.strictObject({ tag: z.string() }),
      rbac: z.strictObject({ serviceAccount: namedServiceAccount }),
      replicaCount: z.int(),
      podDisruptionBudget: z.strictObject({ maxUnavailable: z.int() }),
      ...spread,
      priorityClassName: z.string(),
      resources,
      extraArgs: z.record(z.string(), z.union([z.string(), z.boolean()])),
    }),
  },
  "ingress-nginx": {
    version: "4.15.1",
    source: { repository: "kubernetes/ingress-nginx", path: "charts/ingress-nginx/values.yaml", kind: "values" },
    form: z.strictObject({
      controller: z.strictObject({
        image: z.strictObject({ repository: z.string().optional(), tag: z.string(), digest: z.string() }),
        ingressClassResource: z.strictObject({ name: z.string(), enabled: z.boolean(), default: z.boolean() }),
        allowSnippetAnnotations: z.boolean(),
        enableAnnotationValidations: z.boolean(),
        // Goes into the controller's ConfigMap, which holds texts only.
        config: z.record(z.string(), z.string()),
        replicaCount: z.int(),
        minAvailable: z.int(),
        ...spread,
        terminationGracePeriodSeconds: z.int(),
        extraArgs: z.record(z.string(), z.string()),
        resources,
        service: z.strictObject({ type: z.string() }),
        publishService: switchedOff,
        metrics: z.strictObject({ enabled: z.boolean() }),
      }),
    }),
  },
  traefik: {
    version: "41.3.0",
    source: { repository: "traefik/traefik-helm-chart", path: "traefik/values.schema.json", kind: "schema" },
    form: z.strictObject({
      image: z.strictObject({ registry: z.string(), repository: z.string(), tag: z.string() }).optional(),
      deployment: z.strictObject({ replicas: z.int(), terminationGracePeriodSeconds: z.int() }),
      podDisruptionBudget: minAvailable,
      ...spread,
      ports: z.record(
        z.enum(["web", "websecure"]),
        z.strictObject({
          transport: z.strictObject({ lifeCycle: z.strictObject({ requestAcceptGraceTimeout: z.string() }) }),
        }),
      ),
      ingressClass: switchedOff,
      ingressRoute: z.strictObject({ dashboard: switchedOff }),
      providers: z.strictObject({
        kubernetesCRD: switchedOff,
        kubernetesIngress: switchedOff,
        kubernetesIngressNGINX: z.strictObject({
          enabled: z.boolean(),
          controllerClass: z.string(),
          ingressClass: z.string(),
        }),
      }),
      service: z.strictObject({ spec: z.strictObject({ type: z.string() }) }),
      global: z.strictObject({ checkNewVersion: z.boolean(), sendAnonymousUsage: z.boolean() }),
      resources,
    }),
  },
  base: istio("base", "1.31.1", {}),
  istiod: istio("istio-control/istio-discovery", "1.31.1", {
    global: z.strictObject({ hub: z.string() }),
    autoscaleMin: z.int(),
    autoscaleMax: z.int(),
    rollingMaxUnavailable: z.int(),
    ...spread,
    pdb: z.strictObject({ minAvailable: z.int(), unhealthyPodEvictionPolicy: z.string() }),
    resources,
  }),
  cni: istio("istio-cni", "1.31.1", {
    global: z.strictObject({ hub: z.string() }),
    cniBinDir: z.string(),
    cniConfDir: z.string(),
    resources,
  }),
  ztunnel: istio("ztunnel", "1.31.1", {
    hub: z.string(),
    terminationGracePeriodSeconds: z.int(),
    resources,
  }),
};
