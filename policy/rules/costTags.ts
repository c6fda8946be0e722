import { z } from "zod";
import { resourceRule } from "../rule.js";

const types = [
  "aws:ebs/volume:Volume",
  "aws:ec2/instance:Instance",
  "aws:ec2/natGateway:NatGateway",
  "aws:eks/cluster:Cluster",
  "aws:eks/nodeGroup:NodeGroup",
  "aws:lb/loadBalancer:LoadBalancer",
  "aws:rds/cluster:Cluster",
  "aws:rds/instance:Instance",
  "aws:s3/bucket:Bucket",
  "aws:s3/bucketV2:BucketV2",
];

export const costTags = resourceRule({
  name: "cost-tags",
  title: "What costs money says whom it is for",
  severity: "low",
  level: "advisory",
  why: "A bill without tags can't be divided, and nobody misses what nobody owns.",
  remedy: "Set the tags on the resource, or defaultTags on its provider.",
  parameters: z.strictObject({
    /** Keys of tags. */
    tags: z.array(z.string()).default(["city", "system"]),
  }),
  appliesTo: ({ type }) => types.includes(type),
  *judge({ inputs }, { tags }) {
    // The provider adds its defaultTags under tagsAll when it checks the inputs.
    const present = new Set(["tags", "tagsAll"].flatMap((field) => inputs.at(field).entries()).map(([key]) => key));
    const missing = tags.filter((tag) => !present.has(tag));
    if (missing.length > 0) yield `It has no tag ${missing.join(", ")}.`;
  },
});
