import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { horizontalPodAutoscaler, hostnameAnnotation, httpProbes, type Scaling } from "../kubernetes/index.js";
import { imageReference, metricsPortOf, validateWorkload, type WorkloadArgs } from "./arguments.js";
import { childOptions, companionList, companions, registerAutoscaler, registerDisruptionBudget } from "./companions.js";
import { deployment, metadata } from "./deployment.js";
import { workloadLabels, workloadSelector } from "./podTemplate.js";

/** How the service is reached from outside the cluster. */
export interface IngressArgs {
  /** Host names; each must be in the certificate. */
  hosts: readonly string[];
  /** Name of the ingress class. @default "nginx" */
  className?: string;
  /** Secret of type `kubernetes.io/tls` in the same namespace. */
  tlsSecretName: pulumi.Input<string>;
  /** Namespace of the ingress controller, which is let in. @default "ingress-nginx" */
  controllerNamespace?: string;
}

export interface WebServiceArgs extends WorkloadArgs {
  /** Port of the container and of the Service. @default 8080 */
  port?: number;
  /** Path of the health check. @default "/check" (M16) */
  healthPath?: string;
  /** Path by which the readiness probe asks. @default `healthPath` */
  readinessPath?: string;
  scaling: Scaling;
  ingress?: IngressArgs;
  /**
   * Names in the private zone, by which other cities find the service. external-dns writes them where it runs.
   * @default none
   */
  privateHosts?: readonly string[];
}

/** Where other workloads and pipelines find a service. */
export interface ServiceEndpoint {
  /** Name inside the cluster. */
  host: string;
  port: number;
}

export const defaultPort = 8080;

/**
 * A stateless HTTP service: Deployment, Service, autoscaler, disruption budget, network policy, service account, and
 * an Ingress where it is public.
 */
export class WebService extends pulumi.ComponentResource {
  readonly deployment: kubernetes.apps.v1.Deployment;
  readonly service: kubernetes.core.v1.Service;
  readonly endpoint: pulumi.Output<ServiceEndpoint>;
  /** Image reference that runs. */
  readonly image: string;

  constructor(name: string, args: WebServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:workload:WebService", name, {}, opts);
    validateWorkload(args);
    const parent = childOptions(this, opts);
    const { port = defaultPort, ingress } = args;
    const controller = ingress && { namespace: ingress.controllerNamespace ?? "ingress-nginx", port };

    const prepared = companions(
      name,
      { ...args, callers: [...(args.callers ?? []), ...(controller ? [controller] : [])] },
      parent,
    );
    this.deployment = new kubernetes.apps.v1.Deployment(
      `${name}-deployment`,
      deployment({
        workload: args,
        port,
        probes: httpProbes({ path: args.healthPath ?? "/check", readinessPath: args.readinessPath, port: "http" }),
        // Endpoints are withdrawn at the same time as SIGTERM is sent: without a pause the last requests meet a closed door.
        lifecycle: { preStop: { sleep: { seconds: 5 } } },
      }),
      { ...parent, dependsOn: companionList(prepared) },
    );
    this.service = new kubernetes.core.v1.Service(`${name}-service`, service(args, port), parent);
    registerDisruptionBudget(name, args, args.scaling.minimum, parent);
    registerAutoscaler(name, args, horizontalPodAutoscaler(args.name, args.scaling), {
      ...parent,
      dependsOn: [this.deployment],
    });
    if (ingress) {
      new kubernetes.networking.v1.Ingress(`${name}-ingress`, ingressObject(args, ingress), {
        ...parent,
        dependsOn: [this.service],
      });
    }

    this.image = imageReference(args.image);
    this.endpoint = pulumi
      .output(args.namespace)
      .apply((namespace) => ({ host: `${args.name}.${namespace}.svc.cluster.local`, port }));
    this.registerOutputs({ endpoint: this.endpoint, image: this.image });
  }
}

function service(args: WebServiceArgs, port: number): kubernetes.core.v1.ServiceArgs {
  const metricsPort = metricsPortOf(args);
  const { privateHosts = [] } = args;
  return {
    metadata: {
      ...metadata(args),
      ...(privateHosts.length > 0 && {
        annotations: { [hostnameAnnotation]: privateHosts.join(",") },
      }),
    },
    spec: {
      type: "ClusterIP",
      selector: { ...workloadSelector(args) },
      ports: [
        { name: "http", port, targetPort: "http", protocol: "TCP" },
        ...(metricsPort === undefined
          ? []
          : [{ name: "metrics", port: metricsPort, targetPort: "metrics", protocol: "TCP" }]),
      ],
    },
  };
}

function ingressObject(args: WebServiceArgs, ingress: IngressArgs): kubernetes.networking.v1.IngressArgs {
  return {
    metadata: {
      ...metadata(args),
      labels: { ...workloadLabels(args) },
      // Where no controller fills in an address (a bare cluster, the local platform) the engine must not wait for one.
      annotations: { "pulumi.com/skipAwait": "true" },
    },
    spec: {
      ingressClassName: ingress.className ?? "nginx",
      tls: [{ hosts: [...ingress.hosts], secretName: ingress.tlsSecretName }],
      rules: ingress.hosts.map((host) => ({
        host,
        http: {
          paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: args.name, port: { name: "http" } } } }],
        },
      })),
    },
  };
}
