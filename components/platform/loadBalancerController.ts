import * as pulumi from "@pulumi/pulumi";
import { PodIdentity, type Statement } from "../aws/index.js";
import { spread } from "../kubernetes/index.js";
import { childOptions } from "../workload/index.js";
import { release, type ChartArgs } from "./chart.js";

export interface LoadBalancerControllerArgs extends ChartArgs {
  clusterName: string;
  clusterArn: pulumi.Input<string>;
  accountId: string;
  region: string;
  vpcId: pulumi.Input<string>;
  /** The target groups that it may put pods into. */
  targetGroupArns: readonly pulumi.Input<string>[];
}

const serviceAccount = "aws-load-balancer-controller";
const namespace = "kube-system";

/**
 * What entering pods into target groups takes, and no more: load balancers belong to the stack, so that nothing in the
 * cluster makes or deletes one. Subset of the controller's own policy, docs/install/iam_policy.json at v3.5.
 */
export const targetStatements = (targetGroupArns: readonly pulumi.Input<string>[]): Statement[] => [
  {
    Sid: "Targets",
    Effect: "Allow",
    Action: ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"],
    Resource: targetGroupArns,
  },
  {
    Sid: "Describe",
    Effect: "Allow",
    Action: [
      "ec2:DescribeAvailabilityZones",
      "ec2:DescribeInstances",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets",
      "ec2:DescribeVpcs",
      "elasticloadbalancing:DescribeTags",
      "elasticloadbalancing:DescribeTargetGroupAttributes",
      "elasticloadbalancing:DescribeTargetGroups",
      "elasticloadbalancing:DescribeTargetHealth",
    ],
    Resource: "*",
  },
];

/**
 * Keeps target groups filled with the pods behind a Service (`TargetGroupBinding`).
 *
 * Upgrade: raise the chart's version; its CRDs are applied by hand first, those of that version, as Helm leaves CRDs alone:
 * `helm show crds aws-load-balancer-controller --repo https://aws.github.io/eks-charts --version <version> | kubectl apply
 * --server-side -f -`. Where Helm made them, add `--force-conflicts`. Targets stay registered meanwhile.
 */
export class LoadBalancerController extends pulumi.ComponentResource {
  constructor(name: string, args: LoadBalancerControllerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:platform:LoadBalancerController", name, {}, opts);
    const children = childOptions(this, opts);
    const identity = new PodIdentity(
      `${name}-identity`,
      {
        ...args,
        roleName: `${args.clusterName}-load-balancer-controller`,
        namespace,
        serviceAccount,
        statements: targetStatements(args.targetGroupArns),
      },
      children,
    );
    const { affinity, topologySpreadConstraints } = spread({
      selector: { "app.kubernetes.io/name": "aws-load-balancer-controller" },
    });
    release(
      name,
      "aws-load-balancer-controller",
      {
        ...args,
        namespace,
        values: {
          clusterName: args.clusterName,
          // It can't ask the metadata service, which is out of the reach of pods.
          region: args.region,
          vpcId: args.vpcId,
          serviceAccount: { create: true, name: serviceAccount },
          replicaCount: 2,
          podDisruptionBudget: { maxUnavailable: 1 },
          affinity,
          topologySpreadConstraints,
          resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "256Mi" } },
          // Services and Ingresses get no load balancer of their own: its role may not make one.
          enableServiceMutatorWebhook: false,
          createIngressClassResource: false,
          enableShield: false,
          enableWaf: false,
          enableWafv2: false,
          enableBackendSecurityGroup: false,
        },
      },
      pulumi.mergeOptions(children, { dependsOn: [identity] }),
    );
    this.registerOutputs({});
  }
}
