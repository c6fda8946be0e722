import type { CallIntent } from "../../../components/kubernetes/index.js";
import type { Resources } from "../../../components/workload/index.js";
import type { NodeClass } from "../../nodeClasses.js";

/** Everything that is fixed about a service, whichever city it runs in. */
export interface ServiceProfile {
  /** Role in the architecture. */
  component: "gateway" | "backend" | "reporting";
  /** Class of nodes that it runs on (M2). */
  nodeClass: NodeClass;
  /** Of one replica. */
  resources: Resources;
  /** CPU time that one request costs, in milliseconds. */
  cpuMillisecondsPerRequest: number;
  /** Requests that reach the service for each one that reaches the gateway. */
  requestsPerGatewayRequest: number;
}

const replica = (cpu: string, cpuLimit: string, memory: string): Resources => ({
  requests: { cpu, memory },
  limits: { cpu: cpuLimit, memory },
});

/**
 * The five services of M16.
 *
 * The costs of a request and the shares of traffic are this project's planning figures, not measurements: the real
 * services do not exist yet. `make render` prints what follows from them; replace them when a load test gives better.
 */
export const services = {
  "api-gateway": {
    component: "gateway",
    nodeClass: "medium",
    resources: replica("500m", "1", "256Mi"),
    cpuMillisecondsPerRequest: 0.5,
    requestsPerGatewayRequest: 1,
  },
  order: {
    component: "backend",
    nodeClass: "medium",
    resources: replica("500m", "1", "384Mi"),
    cpuMillisecondsPerRequest: 1.5,
    requestsPerGatewayRequest: 0.35,
  },
  payment: {
    component: "backend",
    nodeClass: "medium",
    resources: replica("500m", "1", "384Mi"),
    cpuMillisecondsPerRequest: 1.5,
    requestsPerGatewayRequest: 0.1,
  },
  inventory: {
    component: "backend",
    nodeClass: "medium",
    resources: replica("500m", "1", "384Mi"),
    cpuMillisecondsPerRequest: 1,
    requestsPerGatewayRequest: 0.45,
  },
  report: {
    component: "reporting",
    nodeClass: "light",
    resources: replica("500m", "1", "384Mi"),
    cpuMillisecondsPerRequest: 4,
    requestsPerGatewayRequest: 0.1,
  },
} as const satisfies Record<string, ServiceProfile>;

export type ServiceName = keyof typeof services;
export const serviceNames = Object.keys(services) as ServiceName[];

/** The service that the Internet may reach; all others only through it. */
export const publicService: ServiceName = "api-gateway";

/** The CronJob that precomputes report aggregates (M15). */
export const reportAggregation = {
  name: "report-aggregation",
  nodeClass: "light",
  /** Every quarter of an hour. */
  schedule: "*/15 * * * *",
  /** A run that takes as long as the interval is stuck. */
  activeDeadlineSeconds: 840,
  resources: replica("250m", "1", "256Mi"),
} as const;

/** The Job that brings the schema of the services up to date: their image with the argument `migrate`. */
export const schemaMigration = {
  name: "schema-migration",
  /** Its image is that of this service. */
  imageOf: "order",
  /** Enough for a database that only comes up with a second city, seconds later. */
  activeDeadlineSeconds: 900,
  backoffLimit: 8,
  resources: replica("50m", "500m", "96Mi"),
} as const;

/**
 * Who may call whom. The list does not depend on which services a stack runs, so that removing one leaves the objects
 * of the others as they are.
 */
export const callIntents: readonly CallIntent[] = [
  { from: "api-gateway", to: "order", port: 8080 },
  { from: "api-gateway", to: "payment", port: 8080 },
  { from: "api-gateway", to: "inventory", port: 8080 },
  { from: "api-gateway", to: "report", port: 8080 },
  { from: "order", to: "payment", port: 8080 },
  { from: "order", to: "inventory", port: 8080 },
  { from: "report-aggregation", to: "report", port: 8080 },
];

/** Services that keep records in the database: each has a role of its own there. */
export const usesDatabase: readonly ServiceName[] = ["order", "payment", "inventory", "report"];

/** Services that call third parties over HTTPS: the payment provider. */
export const callsInternet: readonly ServiceName[] = ["payment"];
