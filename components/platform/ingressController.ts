import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { allowProbes, type Labels } from "../kubernetes/index.js";
import { childOptions, type Image } from "../workload/index.js";
import type { ChartArgs } from "./chart.js";
import { release } from "./chart.js";
import type { ChartValues } from "./chartValues.js";
import { ingressNginxSelector, ingressNginxValues } from "./ingressNginx.js";
import { platformNamespace } from "./platformNamespace.js";
import { platformPolicy } from "./platformPolicy.js";
import { traefikSelector, traefikValues } from "./traefik.js";

/** The implementations. Services write plain Ingress objects of class `nginx`, which both of them serve. */
export type IngressKind = "ingress-nginx" | "traefik";

export interface IngressControllerArgs extends ChartArgs {
  kind: IngressKind;
  /** In place of the chart's own, e.g. a maintained fork. @default the chart's, by digest */
  image?: Image | undefined;
  /** Target groups of the load balancer by the name of the port: `http` and `https`. */
  targetGroupArns: Readonly<Record<"http" | "https", pulumi.Input<string>>>;
  /** Pods that it forwards to. */
  callees: readonly { namespace: string; port: number }[];
  /** Range of the control plane's network interfaces. */
  apiServer: string;
}

/** Namespace of the controller, whichever it is; network policies of services let it in. */
export const ingressNamespace = "ingress-nginx";

/** What differs between the implementations. */
export interface IngressImplementation {
  /** Name of the Service with the ports `http` and `https`, each by its number. */
  service: string;
  ports: Readonly<Record<"http" | "https", { service: number; container: number }>>;
  metricsPort: number;
  webhookPort?: number;
  /** Labels of the pods. */
  selector: Labels;
  values: (image: Image | undefined) => ChartValues[IngressKind];
}

const implementations: Readonly<Record<IngressKind, IngressImplementation>> = {
  "ingress-nginx": {
    service: "ingress-nginx-controller",
    ports: { http: { service: 80, container: 80 }, https: { service: 443, container: 443 } },
    metricsPort: 10_254,
    webhookPort: 8443,
    selector: ingressNginxSelector,
    values: ingressNginxValues,
  },
  traefik: {
    service: "traefik",
    ports: { http: { service: 80, container: 8000 }, https: { service: 443, container: 8443 } },
    metricsPort: 9100,
    selector: traefikSelector,
    values: traefikValues,
  },
};

/** Ports of the pods, which the load balancer and its security group have to know. */
export const ingressPorts = (kind: IngressKind): Readonly<Record<"http" | "https", number>> => ({
  http: implementations[kind].ports.http.container,
  https: implementations[kind].ports.https.container,
});

/**
 * Clients and the API server are outside the mesh: what they call is the only thing that is not accepted in mutual TLS
 * alone. The mesh knows ports of pods here, and needs a selector for them.
 */
export const publicPortsSpec = ({ ports, webhookPort, selector }: IngressImplementation) => ({
  selector: { matchLabels: { ...selector } },
  mtls: { mode: "STRICT" },
  portLevelMtls: Object.fromEntries(
    [
      ...Object.values(ports).map(({ container }) => container),
      ...(webhookPort === undefined ? [] : [webhookPort]),
    ].map((port) => [`${port}`, { mode: "PERMISSIVE" }]),
  ),
});

/**
 * The ingress controller behind the load balancer of the stack (M4, G1): two pods or more, entered as targets by the AWS
 * Load Balancer Controller, which must be there before. It is in the mesh, and so calls services in mutual TLS.
 *
 * Upgrade: raise the chart's version; pods are replaced one by one. A new one is ready when its targets are healthy
 * (readiness gates of the AWS Load Balancer Controller), and an old one serves on for 90 s after it was told to go, longer than
 * the load balancer's 60 s of deregistration. Pods made before the TargetGroupBindings, as the very first are, have no gate.
 * From one kind to the other: docs/eks.md, "Another ingress controller".
 */
export class IngressController extends pulumi.ComponentResource {
  constructor(name: string, args: IngressControllerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:platform:IngressController", name, {}, opts);
    const { kind } = args;
    if (kind === "ingress-nginx" && args.image === undefined) {
      void pulumi.log.warn(
        "ingress-nginx is retired and has vulnerabilities that nobody mends (CVE-2026-42945, CVE-2026-42533). " +
          "Set nusantara:ingress to { kind: traefik }, or name the image of a maintained fork.",
        this,
      );
    }
    const implementation = implementations[kind];
    const children = childOptions(this, opts);
    const own = platformNamespace(
      name,
      {
        namespace: ingressNamespace,
        podSecurity: "baseline",
        mesh: "ambient",
        labels: { "elbv2.k8s.aws/pod-readiness-gate-inject": "enabled" },
      },
      children,
    );
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-network-policy`,
      {
        metadata: { name: "ingress-controller", namespace: own.metadata.name },
        spec: platformPolicy({
          apiServer: args.apiServer,
          metricsPort: implementation.metricsPort,
          ...(implementation.webhookPort !== undefined && { webhookPort: implementation.webhookPort }),
          openPorts: Object.values(implementation.ports).map(({ container }) => container),
          callees: args.callees,
        }),
      },
      children,
    );
    const probes = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-allow-probes`,
      { metadata: { name: "allow-probes", namespace: own.metadata.name }, spec: allowProbes() },
      children,
    );
    const publicPorts = new kubernetes.apiextensions.CustomResource(
      `${name}-public-ports`,
      {
        apiVersion: "security.istio.io/v1",
        kind: "PeerAuthentication",
        metadata: { name: "public-ports", namespace: own.metadata.name },
        spec: publicPortsSpec(implementation),
      },
      children,
    );
    // No chart's: it stays when one controller takes the other's place, and Traefik's would name its other provider.
    const ingressClass = new kubernetes.networking.v1.IngressClass(
      `${name}-class`,
      { metadata: { name: "nginx" }, spec: { controller: "k8s.io/ingress-nginx" } },
      children,
    );
    const chart = release(
      name,
      kind,
      { ...args, namespace: own.metadata.name, values: implementation.values(args.image) },
      pulumi.mergeOptions(children, {
        dependsOn: [policy, probes, publicPorts, ingressClass],
        // Two controllers of one class would both answer for the same objects.
        deleteBeforeReplace: true,
      }),
    );
    for (const port of ["http", "https"] as const) {
      new kubernetes.apiextensions.CustomResource(
        `${name}-${port}`,
        {
          apiVersion: "elbv2.k8s.aws/v1beta1",
          kind: "TargetGroupBinding",
          metadata: { name: port, namespace: own.metadata.name },
          spec: {
            serviceRef: { name: implementation.service, port: implementation.ports[port].service },
            targetGroupARN: args.targetGroupArns[port],
            targetType: "ip",
          },
        },
        pulumi.mergeOptions(children, {
          dependsOn: [chart],
          // The controller's webhook refuses another ARN in an object that is there.
          replaceOnChanges: ["spec.targetGroupARN"],
          deleteBeforeReplace: true,
        }),
      );
    }
    this.registerOutputs({});
  }
}
