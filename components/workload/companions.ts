import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { authorization, disruptionBudget, networkPolicy, secretData, type Peer } from "../kubernetes/index.js";
import { metricsPortOf, monitoringNamespace, type WorkloadArgs } from "./arguments.js";
import { configName, secretName, workloadLabels, workloadSelector } from "./podTemplate.js";

/** What stands beside the pods of every workload. */
export interface Companions {
  serviceAccount: kubernetes.core.v1.ServiceAccount;
  networkPolicy: kubernetes.networking.v1.NetworkPolicy;
  /** Only in a mesh. */
  authorizationPolicy?: kubernetes.apiextensions.CustomResource;
  configMap?: kubernetes.core.v1.ConfigMap;
  secret?: kubernetes.core.v1.Secret;
}

/**
 * Options of a workload's objects: its children, and after whatever the workload itself was told to come after, which
 * the engine does not pass on to children by itself.
 */
export const childOptions = (
  parent: pulumi.ComponentResource,
  opts: pulumi.ComponentResourceOptions | undefined,
): pulumi.CustomResourceOptions => ({ parent, ...(opts?.dependsOn && { dependsOn: opts.dependsOn }) });

/** Registers the objects that pods need before they start; the workload depends on all of them. */
export function companions(resourceName: string, args: WorkloadArgs, opts: pulumi.CustomResourceOptions): Companions {
  const metadata = { namespace: args.namespace, labels: { ...workloadLabels(args) } };
  const metricsPort = metricsPortOf(args);
  const collector: Peer[] = metricsPort === undefined ? [] : [{ namespace: monitoringNamespace, port: metricsPort }];
  const callers = [...(args.callers ?? []), ...collector];

  const serviceAccount = new kubernetes.core.v1.ServiceAccount(
    `${resourceName}-service-account`,
    {
      metadata: {
        ...metadata,
        name: args.name,
        ...(args.serviceAccountAnnotations && { annotations: { ...args.serviceAccountAnnotations } }),
      },
      automountServiceAccountToken: false,
    },
    opts,
  );
  const policy = new kubernetes.networking.v1.NetworkPolicy(
    `${resourceName}-network-policy`,
    {
      metadata: { ...metadata, name: args.name },
      spec: networkPolicy({
        selector: workloadSelector(args),
        callers,
        callees: args.callees ?? [],
        inMesh: args.inMesh ?? false,
      }),
    },
    opts,
  );
  const authorizationPolicy =
    args.inMesh === true &&
    new kubernetes.apiextensions.CustomResource(
      `${resourceName}-authorization`,
      {
        apiVersion: "security.istio.io/v1",
        kind: "AuthorizationPolicy",
        metadata: { ...metadata, name: args.name },
        spec: pulumi
          .output(args.namespace)
          .apply((namespace) => authorization(workloadSelector(args), namespace, callers)),
      },
      opts,
    );
  const { environment = {}, secrets = {} } = args;
  const configMap =
    Object.keys(environment).length > 0 &&
    new kubernetes.core.v1.ConfigMap(
      `${resourceName}-config`,
      { metadata: { ...metadata, name: configName(args.name) }, data: { ...environment } },
      opts,
    );
  const secret =
    Object.keys(secrets).length > 0 &&
    new kubernetes.core.v1.Secret(
      `${resourceName}-secrets`,
      { metadata: { ...metadata, name: secretName(args.name) }, data: secretData(secrets) },
      opts,
    );
  return {
    serviceAccount,
    networkPolicy: policy,
    ...(authorizationPolicy && { authorizationPolicy }),
    ...(configMap && { configMap }),
    ...(secret && { secret }),
  };
}

/** The companions as a list, for `dependsOn`. */
export const companionList = (all: Companions): pulumi.Resource[] =>
  [all.serviceAccount, all.networkPolicy, all.authorizationPolicy, all.configMap, all.secret].filter(
    (resource) => resource !== undefined,
  );

/** Registers a disruption budget where there is more than one replica to protect. */
export function registerDisruptionBudget(
  resourceName: string,
  args: WorkloadArgs,
  replicas: number,
  opts: pulumi.CustomResourceOptions,
): kubernetes.policy.v1.PodDisruptionBudget | undefined {
  const spec = disruptionBudget({ selector: workloadSelector(args), replicas });
  return (
    spec &&
    new kubernetes.policy.v1.PodDisruptionBudget(
      `${resourceName}-disruption-budget`,
      { metadata: { name: args.name, namespace: args.namespace, labels: { ...workloadLabels(args) } }, spec },
      opts,
    )
  );
}

/** Registers the horizontal autoscaler of a Deployment of the same name. */
export function registerAutoscaler(
  resourceName: string,
  args: WorkloadArgs,
  spec: kubernetes.types.input.autoscaling.v2.HorizontalPodAutoscalerSpec,
  opts: pulumi.CustomResourceOptions,
): kubernetes.autoscaling.v2.HorizontalPodAutoscaler {
  return new kubernetes.autoscaling.v2.HorizontalPodAutoscaler(
    `${resourceName}-autoscaler`,
    { metadata: { name: args.name, namespace: args.namespace, labels: { ...workloadLabels(args) } }, spec },
    opts,
  );
}
