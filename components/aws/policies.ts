import * as pulumi from "@pulumi/pulumi";

/** A block `Condition` of a statement: operator, key, and the values that satisfy it. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, pulumi.Input<string | string[]>>>>>;

/** Who a statement of a resource's own policy is about. */
export type Principal =
  "*" | Readonly<Partial<Record<"AWS" | "Service" | "Federated", pulumi.Input<string | string[]>>>>;

/** One statement of an IAM policy. */
export interface Statement {
  /** Name within the policy: letters and digits. */
  Sid: string;
  Effect: "Allow" | "Deny";
  Principal?: Principal;
  /** Actions by their full names, without wildcards. Key policies alone hold `kms:*`, for the account itself. */
  Action: string | readonly string[];
  /** ARNs; left out in trust policies. */
  Resource?: pulumi.Input<string> | readonly pulumi.Input<string>[];
  Condition?: Conditions;
}

/** A policy document as AWS takes it. */
export const policyDocument = (statements: readonly Statement[]): pulumi.Output<string> =>
  pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements });

/** Lets a service of AWS take a role. */
export const serviceTrust = (service: string, condition?: Conditions): Statement => ({
  Sid: "Service",
  Effect: "Allow",
  Principal: { Service: service },
  Action: "sts:AssumeRole",
  ...(condition && { Condition: condition }),
});

/**
 * Lets pods of one cluster take a role through EKS Pod Identity. Source: EKS user guide, "IAM role for EKS Pod Identity":
 * the service needs `sts:TagSession` too, and the source account and cluster keep a service of AWS from being used across
 * accounts.
 */
export const podIdentityTrust = (account: string, clusterArn: pulumi.Input<string>): Statement => ({
  Sid: "PodIdentity",
  Effect: "Allow",
  Principal: { Service: "pods.eks.amazonaws.com" },
  Action: ["sts:AssumeRole", "sts:TagSession"],
  Condition: {
    StringEquals: { "aws:SourceAccount": account },
    ArnEquals: { "aws:SourceArn": clusterArn },
  },
});

/** The OIDC provider of a cluster, which vouches for its service accounts. */
export interface TokenIssuer {
  arn: pulumi.Input<string>;
  /** URL without its scheme: what the keys of conditions begin with. */
  name: pulumi.Input<string>;
}

/** Lets named service accounts of one namespace take a role with their tokens (IRSA). */
export const serviceAccountTrust = (
  issuer: pulumi.Input<TokenIssuer>,
  namespace: string,
  serviceAccounts: readonly string[],
): pulumi.Output<Statement> =>
  pulumi.output(issuer).apply(({ arn, name }) => ({
    Sid: "ServiceAccounts",
    Effect: "Allow" as const,
    Principal: { Federated: arn },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: {
      StringEquals: {
        [`${name}:aud`]: "sts.amazonaws.com",
        [`${name}:sub`]: serviceAccounts.map((each) => `system:serviceaccount:${namespace}:${each}`),
      },
    },
  }));
