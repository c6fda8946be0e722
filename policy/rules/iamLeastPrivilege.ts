import { z } from "zod";
import type { Field } from "../model/field.js";
import type { Resource } from "../model/resource.js";
import { statementsOf } from "../aws/policyDocument.js";
import { resourceRule } from "../rule.js";

const documents = [
  "aws:iam/groupPolicy:GroupPolicy",
  "aws:iam/policy:Policy",
  "aws:iam/rolePolicy:RolePolicy",
  "aws:iam/userPolicy:UserPolicy",
];
const attachments = [
  "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
  "aws:iam/policyAttachment:PolicyAttachment",
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  "aws:iam/userPolicyAttachment:UserPolicyAttachment",
];
const role = "aws:iam/role:Role";
const broad = /:aws:policy\/(AdministratorAccess|PowerUserAccess|IAMFullAccess)$/;

export const iamLeastPrivilege = resourceRule({
  name: "iam-least-privilege",
  title: "IAM policies name what they allow, and on what",
  severity: "high",
  level: "mandatory",
  why: "A role of a pod or a node that may do everything hands the account to whoever gets into it.",
  remedy:
    "Name actions, and ARNs under Resource. Services whose actions know no resource belong into the parameter withoutResource.",
  parameters: z.strictObject({
    /** Actions that AWS only allows on all resources, with * for any text. */
    withoutResource: z
      .array(z.string())
      .default([
        "autoscaling:Describe*",
        "cloudwatch:PutMetricData",
        "ec2:Describe*",
        "ecr:GetAuthorizationToken",
        "elasticloadbalancing:Describe*",
        "route53:List*",
      ]),
  }),
  appliesTo: ({ type }) => type === role || documents.includes(type) || attachments.includes(type),
  *judge(resource, { withoutResource }) {
    const { type, inputs } = resource;
    if (type === role) yield* judgeRole(resource, withoutResource);
    else if (documents.includes(type)) yield* judgeDocument(inputs.at("policy"), withoutResource);
    else if (broad.test(inputs.at("policyArn").text() ?? ""))
      yield "It attaches a policy that allows nearly everything.";
  },
});

function* judgeRole({ inputs }: Resource, withoutResource: readonly string[]): Iterable<string> {
  for (const inline of inputs.at("inlinePolicies").list())
    if (inline.at("policy").isGiven) yield* judgeDocument(inline.at("policy"), withoutResource);
  if (
    inputs
      .at("managedPolicyArns")
      .texts()
      .some((arn) => broad.test(arn))
  )
    yield "It has a policy that allows nearly everything.";
  for (const [index, { Effect, Principal, Condition }] of statementsOf(inputs.at("assumeRolePolicy")).entries())
    if (Effect === "Allow" && Principal.includes("*") && Condition === undefined)
      yield `Statement ${index + 1} of assumeRolePolicy lets every account of AWS take the role.`;
}

function* judgeDocument(policy: Field, withoutResource: readonly string[]): Iterable<string> {
  for (const [index, statement] of statementsOf(policy).entries()) {
    if (statement.Effect === "Deny") continue;
    const place = `Statement ${index + 1}`;
    if (statement.NotAction.length > 0) yield `${place} allows all but what it names (NotAction).`;
    if (statement.NotResource.length > 0) yield `${place} is for all but what it names (NotResource).`;
    const wild = statement.Action.filter((action) => action === "*" || /^[\w-]+:\*$/.test(action));
    if (wild.length > 0) yield `${place} allows ${wild.join(", ")}.`;
    if (!statement.Resource.includes("*")) continue;
    const bound = statement.Action.filter((action) => !withoutResource.some((pattern) => isLike(action, pattern)));
    if (bound.length > 0) yield `${place} allows ${bound.join(", ")} on every resource.`;
  }
}

const isLike = (action: string, pattern: string): boolean =>
  pattern.endsWith("*") ? action.startsWith(pattern.slice(0, -1)) : action === pattern;
