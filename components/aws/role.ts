import * as iam from "@pulumi/aws/iam/index.js";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument, type Statement } from "./policies.js";

export interface RoleArgs {
  /** Name of the role in IAM, at most 64 characters. */
  roleName: string;
  trust: pulumi.Input<Statement>;
  /** Names of AWS's own policies, with their path where they have one. @default none */
  managedPolicies?: readonly string[];
  /** What the role may do beside that, in one policy of its own. @default nothing */
  statements?: readonly Statement[];
}

/** A role, and what it must be given before anybody can work with it. */
export interface Role {
  arn: pulumi.Output<string>;
  name: pulumi.Output<string>;
  attachments: pulumi.Resource[];
}

/** Registers a role for the control plane, for nodes, or for the pods of an add-on. */
export function registerRole(name: string, args: RoleArgs, opts: pulumi.CustomResourceOptions): Role {
  const role = new iam.Role(
    `${name}-role`,
    {
      name: args.roleName,
      assumeRolePolicy: pulumi.output(args.trust).apply((trust) => policyDocument([trust])),
      tags: { Name: args.roleName },
    },
    opts,
  );
  const managed = (args.managedPolicies ?? []).map(
    (policy) =>
      new iam.RolePolicyAttachment(
        `${name}-${policy.split("/").at(-1) ?? policy}`,
        { role: role.name, policyArn: `arn:aws:iam::aws:policy/${policy}` },
        opts,
      ),
  );
  const own = args.statements && [
    new iam.RolePolicy(
      `${name}-policy`,
      { role: role.name, name: args.roleName, policy: policyDocument(args.statements) },
      opts,
    ),
  ];
  return { arn: role.arn, name: role.name, attachments: [...managed, ...(own ?? [])] };
}
