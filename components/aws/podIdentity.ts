import * as eks from "@pulumi/aws/eks/index.js";
import * as pulumi from "@pulumi/pulumi";
import { podIdentityTrust, type Statement } from "./policies.js";
import { registerRole } from "./role.js";

export interface PodIdentityArgs {
  clusterName: string;
  clusterArn: pulumi.Input<string>;
  accountId: string;
  /** Name of the role, at most 64 characters. */
  roleName: string;
  namespace: string;
  serviceAccount: string;
  /** What the role may do. @default nothing: another stack gives it its rights */
  statements?: readonly Statement[];
}

/** A role for the pods of one service account of one cluster (EKS Pod Identity). Pods get it when they start. */
export class PodIdentity extends pulumi.ComponentResource {
  constructor(name: string, args: PodIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:aws:PodIdentity", name, {}, opts);
    const role = registerRole(
      name,
      {
        roleName: args.roleName,
        trust: podIdentityTrust(args.accountId, args.clusterArn),
        ...(args.statements && { statements: args.statements }),
      },
      { parent: this },
    );
    new eks.PodIdentityAssociation(
      `${name}-association`,
      {
        clusterName: args.clusterName,
        namespace: args.namespace,
        serviceAccount: args.serviceAccount,
        roleArn: role.arn,
        tags: { Name: args.roleName },
      },
      { parent: this, dependsOn: role.attachments },
    );
    this.registerOutputs({});
  }
}
