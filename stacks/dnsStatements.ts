import * as pulumi from "@pulumi/pulumi";
import type { Statement } from "../components/aws/index.js";

const zoneArn = (zoneId: pulumi.Input<string>): pulumi.Output<string> =>
  pulumi.interpolate`arn:aws:route53:::hostedzone/${zoneId}`;

/** What external-dns needs for one zone. Source: external-dns, tutorial for AWS, "IAM Policy". */
export const dnsPublisherStatements = (zoneId: pulumi.Input<string>): Statement[] => [
  {
    Sid: "Records",
    Effect: "Allow",
    Action: ["route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets", "route53:ListTagsForResources"],
    Resource: zoneArn(zoneId),
  },
  { Sid: "Zones", Effect: "Allow", Action: "route53:ListHostedZones", Resource: "*" },
];

/**
 * What cert-manager needs to prove that a name is ours: texts under `_acme-challenge.` in one zone. Source: cert-manager's
 * documentation, "Route53", with its recommended conditions.
 */
export const dnsChallengeStatements = (zoneId: pulumi.Input<string>): Statement[] => [
  {
    Sid: "Challenges",
    Effect: "Allow",
    Action: "route53:ChangeResourceRecordSets",
    Resource: zoneArn(zoneId),
    Condition: {
      "ForAllValues:StringEquals": { "route53:ChangeResourceRecordSetsRecordTypes": ["TXT"] },
      "ForAllValues:StringLike": { "route53:ChangeResourceRecordSetsNormalizedRecordNames": ["_acme-challenge.*"] },
    },
  },
  { Sid: "Records", Effect: "Allow", Action: "route53:ListResourceRecordSets", Resource: zoneArn(zoneId) },
  { Sid: "Propagation", Effect: "Allow", Action: "route53:GetChange", Resource: "arn:aws:route53:::change/*" },
  { Sid: "Zones", Effect: "Allow", Action: "route53:ListHostedZonesByName", Resource: "*" },
];
