import * as pulumi from "@pulumi/pulumi";
import { PodIdentity, type Statement } from "../aws/index.js";
import { spread } from "../kubernetes/index.js";
import { childOptions } from "../workload/index.js";
import { release, type ChartArgs } from "./chart.js";

export interface ClusterAutoscalerArgs extends ChartArgs {
  clusterName: string;
  clusterArn: pulumi.Input<string>;
  accountId: string;
  region: string;
  /** Tag of the image. Its minor must be that of Kubernetes. */
  imageTag: string;
}

const serviceAccount = "cluster-autoscaler";
const namespace = "kube-system";
/** Labels of the chart's pods, whose name has the cloud in it. */
const selector = {
  "app.kubernetes.io/name": "aws-cluster-autoscaler",
  "app.kubernetes.io/instance": "cluster-autoscaler",
} as const;

/** Source: cluster-autoscaler, cloudprovider/aws/README.md, "Full Cluster Autoscaler Features Policy", cut to one cluster. */
export const autoscalerStatements = ({
  accountId,
  region,
  clusterName,
}: Pick<ClusterAutoscalerArgs, "accountId" | "region" | "clusterName">): Statement[] => [
  {
    Sid: "Resize",
    Effect: "Allow",
    Action: ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"],
    Resource: `arn:aws:autoscaling:${region}:${accountId}:autoScalingGroup:*:autoScalingGroupName/eks-*`,
    Condition: { StringEquals: { [`aws:ResourceTag/k8s.io/cluster-autoscaler/${clusterName}`]: "owned" } },
  },
  {
    Sid: "NodeGroups",
    Effect: "Allow",
    Action: "eks:DescribeNodegroup",
    Resource: `arn:aws:eks:${region}:${accountId}:nodegroup/${clusterName}/*/*`,
  },
  {
    Sid: "Describe",
    Effect: "Allow",
    Action: [
      "autoscaling:DescribeAutoScalingGroups",
      "autoscaling:DescribeAutoScalingInstances",
      "autoscaling:DescribeLaunchConfigurations",
      "autoscaling:DescribeScalingActivities",
      "autoscaling:DescribeTags",
      "ec2:DescribeImages",
      "ec2:DescribeInstanceTypes",
      "ec2:DescribeLaunchTemplateVersions",
      "ec2:GetInstanceTypesFromInstanceRequirements",
    ],
    Resource: "*",
  },
];

/**
 * Adds nodes to the pools that may grow, and takes empty ones away (J4). It finds the groups of this cluster by the tags
 * that EKS gives them; a pool of fixed size has nothing for it to do.
 *
 * Upgrade: with the minor of Kubernetes, after the control plane.
 */
export class ClusterAutoscaler extends pulumi.ComponentResource {
  constructor(name: string, args: ClusterAutoscalerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:platform:ClusterAutoscaler", name, {}, opts);
    const children = childOptions(this, opts);
    const identity = new PodIdentity(
      `${name}-identity`,
      {
        ...args,
        roleName: `${args.clusterName}-cluster-autoscaler`,
        namespace,
        serviceAccount,
        statements: autoscalerStatements(args),
      },
      children,
    );
    const { affinity, topologySpreadConstraints } = spread({ selector });
    release(
      name,
      "cluster-autoscaler",
      {
        ...args,
        namespace,
        values: {
          cloudProvider: "aws",
          awsRegion: args.region,
          autoDiscovery: { clusterName: args.clusterName },
          image: { tag: args.imageTag },
          rbac: { serviceAccount: { create: true, name: serviceAccount } },
          replicaCount: 2,
          podDisruptionBudget: { maxUnavailable: 1 },
          affinity,
          topologySpreadConstraints,
          priorityClassName: "system-cluster-critical",
          resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
          extraArgs: {
            "balance-similar-node-groups": true,
            expander: "least-waste",
            // Caches of the services and logs live in emptyDir, which would else keep every node for ever.
            "skip-nodes-with-local-storage": false,
          },
        },
      },
      pulumi.mergeOptions(children, { dependsOn: [identity] }),
    );
    this.registerOutputs({});
  }
}
