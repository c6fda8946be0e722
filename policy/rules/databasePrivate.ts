import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";

const types = ["aws:rds/cluster:Cluster", "aws:rds/clusterInstance:ClusterInstance", "aws:rds/instance:Instance"];

export const databasePrivate = resourceRule({
  name: "database-private",
  title: "A database of AWS has no public address, and is not deleted without a last snapshot",
  severity: "critical",
  level: "mandatory",
  why: "A database with a public address is attacked at once; one without a last snapshot is gone with its resource.",
  remedy: "Set publiclyAccessible: false, deletionProtection: true and skipFinalSnapshot: false.",
  parameters: noParameters,
  appliesTo: ({ type }) => types.includes(type),
  *judge({ type, inputs }) {
    if (inputs.at("publiclyAccessible").truth() === true) yield "publiclyAccessible is true.";
    if (type === "aws:rds/clusterInstance:ClusterInstance") return;
    if (inputs.at("deletionProtection").truth() !== true) yield "deletionProtection is not true.";
    if (inputs.at("skipFinalSnapshot").truth() === true) yield "skipFinalSnapshot is true.";
  },
});
