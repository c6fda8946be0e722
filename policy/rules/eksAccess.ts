import { z } from "zod";
import { resourceRule } from "../rule.js";

const cluster = "aws:eks/cluster:Cluster";
const association = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation";
const broad = /:cluster-access-policy\/AmazonEKS(ClusterAdmin|Admin)Policy$/;

export const eksAccess = resourceRule({
  name: "eks-access",
  title: "Access to an EKS cluster is granted by access entries, and to administrators by name",
  severity: "medium",
  level: "mandatory",
  why: "The ConfigMap aws-auth can lock everybody out, is in no audit trail of AWS, and whoever made the cluster stays its administrator unseen.",
  remedy:
    "Set accessConfig.authenticationMode: API and bootstrapClusterCreatorAdminPermissions: false; name the administrators' associations in the parameter administrators.",
  parameters: z.strictObject({
    /** Names of the resources that may grant the rights of an administrator. */
    administrators: z.array(z.string()).default([]),
  }),
  appliesTo: ({ type }) => type === cluster || type === association,
  *judge({ type, name, inputs }, { administrators }) {
    if (type === association) {
      if (administrators.includes(name)) return;
      if (broad.test(inputs.at("policyArn").text() ?? "")) yield "It grants the rights of an administrator.";
      return;
    }
    const access = inputs.at("accessConfig");
    if (access.at("authenticationMode").text() !== "API") yield "accessConfig.authenticationMode is not API.";
    if (access.at("bootstrapClusterCreatorAdminPermissions").truth() !== false)
      yield "accessConfig.bootstrapClusterCreatorAdminPermissions is not false.";
  },
});
