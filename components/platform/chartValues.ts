import type * as pulumi from "@pulumi/pulumi";
import type { Spread } from "../kubernetes/index.js";

/** Requests, and a limit on memory alone: throttled controllers miss their deadlines. */
interface ControllerResources {
  requests: { cpu: string; memory: string };
  limits: { memory: string };
}

interface Enabled {
  enabled: boolean;
}

interface NamedServiceAccount {
  create: true;
  name: string;
}

interface Budget extends Enabled {
  minAvailable: number;
}

/** One of the Deployments of cert-manager. */
interface CertManagerPart extends Spread {
  replicaCount: number;
  podDisruptionBudget: Budget;
  resources: ControllerResources;
}

/** A chart of Istio, of whose profiles only the one for ambient mode is used. */
interface IstioProfile {
  profile: "ambient";
}

/** The values of each chart, as far as they are used. */
export interface ChartValues {
  "tigera-operator": { installation: Enabled; apiServer: Enabled; goldmane: Enabled; whisker: Enabled };
  "aws-load-balancer-controller": Spread & {
    clusterName: string;
    region: string;
    vpcId: pulumi.Input<string>;
    serviceAccount: NamedServiceAccount;
    replicaCount: number;
    podDisruptionBudget: { maxUnavailable: number };
    resources: ControllerResources;
    enableServiceMutatorWebhook: boolean;
    createIngressClassResource: boolean;
    enableShield: boolean;
    enableWaf: boolean;
    enableWafv2: boolean;
    enableBackendSecurityGroup: boolean;
  };
  "cert-manager": CertManagerPart & {
    crds: { enabled: boolean; keep: boolean };
    global: { leaderElection: { namespace: string } };
    serviceAccount: NamedServiceAccount;
    dns01RecursiveNameserversOnly: boolean;
    webhook: CertManagerPart;
    cainjector: CertManagerPart;
  };
  "external-dns": {
    provider: { name: "aws" };
    sources: string[];
    policy: "create-only" | "sync" | "upsert-only";
    registry: "txt";
    /** Whose records are whose: different in every cluster. */
    txtOwnerId: string;
    domainFilters: string[];
    managedRecordTypes: string[];
    annotationPrefix: string;
    interval: string;
    triggerLoopOnEvent: boolean;
    serviceAccount: NamedServiceAccount;
    env: { name: string; value: string }[];
    extraArgs: Readonly<Record<string, string>>;
    resources: ControllerResources;
  };
  "cluster-autoscaler": Spread & {
    cloudProvider: "aws";
    awsRegion: string;
    autoDiscovery: { clusterName: string };
    image: { tag: string };
    rbac: { serviceAccount: NamedServiceAccount };
    replicaCount: number;
    podDisruptionBudget: { maxUnavailable: number };
    priorityClassName: string;
    resources: ControllerResources;
    extraArgs: Readonly<Record<string, string | boolean>>;
  };
  "ingress-nginx": {
    controller: Spread & {
      image: { repository?: string; tag: string; digest: string };
      ingressClassResource: { name: string; enabled: boolean; default: boolean };
      allowSnippetAnnotations: boolean;
      enableAnnotationValidations: boolean;
      /** Goes into the controller's ConfigMap, which holds texts only. */
      config: Readonly<Record<string, string>>;
      replicaCount: number;
      minAvailable: number;
      terminationGracePeriodSeconds: number;
      /** Flags of the controller without their dashes. */
      extraArgs: Readonly<Record<string, string>>;
      resources: ControllerResources;
      service: { type: "ClusterIP" };
      publishService: Enabled;
      metrics: Enabled;
    };
  };
  traefik: Spread & {
    image?: { registry: string; repository: string; tag: string };
    deployment: { replicas: number; terminationGracePeriodSeconds: number };
    podDisruptionBudget: Budget;
    ports: Readonly<Record<"web" | "websecure", { transport: { lifeCycle: { requestAcceptGraceTimeout: string } } }>>;
    ingressClass: Enabled;
    ingressRoute: { dashboard: Enabled };
    providers: {
      kubernetesCRD: Enabled;
      kubernetesIngress: Enabled;
      kubernetesIngressNGINX: Enabled & { controllerClass: string; ingressClass: string };
    };
    service: { spec: { type: "ClusterIP" } };
    global: { checkNewVersion: boolean; sendAnonymousUsage: boolean };
    resources: ControllerResources;
  };
  base: IstioProfile;
  istiod: IstioProfile &
    Spread & {
      global: { hub: string };
      autoscaleMin: number;
      autoscaleMax: number;
      rollingMaxUnavailable: number;
      pdb: { minAvailable: number; unhealthyPodEvictionPolicy: "IfHealthyBudget" | "AlwaysAllow" };
      resources: ControllerResources;
    };
  cni: IstioProfile & {
    global: { hub: string };
    cniBinDir: string;
    cniConfDir: string;
    resources: ControllerResources;
  };
  ztunnel: IstioProfile & {
    hub: string;
    terminationGracePeriodSeconds: number;
    resources: ControllerResources;
  };
}
