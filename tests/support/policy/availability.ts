import { antiAffinityRequired } from "../../../policy/rules/antiAffinityRequired.js";
import { disruptionBudgetPresent } from "../../../policy/rules/disruptionBudgetPresent.js";
import { disruptionBudgetSatisfiable } from "../../../policy/rules/disruptionBudgetSatisfiable.js";
import { disruptionBudgetSelects } from "../../../policy/rules/disruptionBudgetSelects.js";
import { disruptionBudgetUnhealthy } from "../../../policy/rules/disruptionBudgetUnhealthy.js";
import { gracePeriod } from "../../../policy/rules/gracePeriod.js";
import { minimumReplicas } from "../../../policy/rules/minimumReplicas.js";
import { zoneSpread } from "../../../policy/rules/zoneSpread.js";
import { notKnown, type Value } from "../../../policy/model/value.js";
import { casesOf, type RuleCases } from "./cases.js";
import { but } from "./change.js";
import type { Given } from "./inputs.js";
import { autoscaler, deployment, disruptionBudget, pod, postgresCluster, statefulSet } from "./objects.js";

const terms = `${pod}.affinity.podAntiAffinity`;
const required = `${terms}.requiredDuringSchedulingIgnoredDuringExecution`;
const constraint = `${pod}.topologySpreadConstraints`;

const hostTerm: Value = { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "postgres" } } };
const budgetOf = (spec: Value): Given => but(disruptionBudget, "spec", spec);
const selector: Value = { matchLabels: { app: "postgres" } };
const otherNamespace = but(disruptionBudget, "metadata.namespace", "other");

export const availability: readonly RuleCases[] = [
  casesOf({
    rule: antiAffinityRequired,
    given: statefulSet,
    good: [
      {
        name: "a selector by expressions",
        given: but(statefulSet, `${required}.0.labelSelector`, {
          matchExpressions: [{ key: "app", operator: "In", values: ["postgres", "mysql"] }],
        }),
      },
      { name: "its own namespace by name", given: but(statefulSet, `${required}.0.namespaces`, ["databases"]) },
      { name: "a Deployment without a claim", given: but(deployment, `${pod}.affinity`, undefined) },
      { name: "a cluster of CloudNativePG", given: postgresCluster },
    ],
    faults: {
      "no anti-affinity": { [`${pod}.affinity`]: undefined },
      "preferred instead of required": {
        [terms]: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: hostTerm }] },
      },
      "over zones instead of hosts": { [`${required}.0.topologyKey`]: "topology.kubernetes.io/zone" },
      "a selector of other pods": { [`${required}.0.labelSelector.matchLabels.app`]: "mysql" },
      "no selector": { [`${required}.0.labelSelector`]: undefined },
      "another namespace": { [`${required}.0.namespaces`]: ["other"] },
      "namespaces by selector": { [`${required}.0.namespaceSelector`]: { matchLabels: { team: "a" } } },
      "only among pods of one revision": { [`${required}.0.matchLabelKeys`]: ["controller-revision-hash"] },
    },
    bad: [
      {
        name: "a patch of the set",
        given: { ...but(statefulSet, `${pod}.affinity`, undefined), type: "kubernetes:apps/v1:StatefulSetPatch" },
      },
      {
        name: "an old version of the API",
        given: { ...but(statefulSet, `${pod}.affinity`, undefined), type: "kubernetes:apps/v1beta1:StatefulSet" },
      },
      {
        name: "a Deployment with a claim",
        given: but(but(deployment, `${pod}.affinity`, undefined), `${pod}.volumes`, [
          { name: "data", persistentVolumeClaim: { claimName: "data" } },
        ]),
      },
      { name: "a cluster that prefers", given: but(postgresCluster, "spec.affinity.podAntiAffinityType", "preferred") },
      { name: "a cluster by default", given: but(postgresCluster, "spec.affinity", undefined) },
      { name: "a cluster without", given: but(postgresCluster, "spec.affinity.enablePodAntiAffinity", false) },
      { name: "a cluster over zones", given: but(postgresCluster, "spec.affinity.topologyKey", "zone") },
    ],
    unknown: [`${pod}.affinity`, required, `${required}.0.labelSelector`, `${required}.0.topologyKey`, "spec"],
  }),
  casesOf({
    rule: zoneSpread,
    given: statefulSet,
    good: [
      { name: "a single replica", given: but(but(statefulSet, constraint, undefined), "spec.replicas", 1) },
      {
        name: "preferred where that will do",
        given: but(statefulSet, `${constraint}.0.whenUnsatisfiable`, "ScheduleAnyway"),
        parameters: { atLeast: "ScheduleAnyway" },
      },
    ],
    faults: {
      "no constraint": { [constraint]: undefined },
      "over hosts only": { [`${constraint}.0.topologyKey`]: "kubernetes.io/hostname" },
      "of other pods": { [`${constraint}.0.labelSelector.matchLabels.app`]: "mysql" },
      "a skew of two": { [`${constraint}.0.maxSkew`]: 2 },
      "preferred instead of required": { [`${constraint}.0.whenUnsatisfiable`]: "ScheduleAnyway" },
    },
    bad: [
      {
        name: "one replica that an autoscaler makes several",
        given: but(but(deployment, `${pod}.topologySpreadConstraints`, undefined), "spec.replicas", 1),
        beside: [autoscaler],
      },
    ],
    unknown: [constraint, `${constraint}.0.labelSelector`, "spec.replicas"],
  }),
  casesOf({
    rule: minimumReplicas,
    given: deployment,
    beside: [autoscaler],
    good: [
      { name: "two replicas", given: but(deployment, "spec.replicas", 2) },
      {
        name: "one for people",
        given: but(deployment, "spec.replicas", 0),
        beside: [],
        parameters: { onDemand: ["databases/order"] },
      },
    ],
    bad: [
      { name: "one by default", given: deployment },
      { name: "one", given: but(deployment, "spec.replicas", 1) },
      { name: "an autoscaler from one", given: deployment, beside: [but(autoscaler, "spec.minReplicas", 1)] },
      {
        name: "an autoscaler of another namespace",
        given: deployment,
        beside: [but(autoscaler, "metadata.namespace", "other")],
      },
    ],
    unknownBeside: [
      { name: "replicas", given: but(deployment, "spec.replicas", notKnown) },
      { name: "the autoscaler's minimum", given: deployment, beside: [but(autoscaler, "spec.minReplicas", notKnown)] },
    ],
  }),
  casesOf({
    rule: disruptionBudgetPresent,
    given: statefulSet,
    beside: [disruptionBudget],
    good: [
      { name: "a single replica", given: but(statefulSet, "spec.replicas", 1) },
      { name: "a cluster of CloudNativePG", given: postgresCluster },
    ],
    bad: [
      { name: "no budget", given: statefulSet },
      { name: "two budgets", given: statefulSet, beside: [disruptionBudget, { ...disruptionBudget, name: "second" }] },
      { name: "one in another namespace", given: statefulSet, beside: [otherNamespace] },
      {
        name: "one of other pods",
        given: statefulSet,
        beside: [budgetOf({ minAvailable: 1, selector: { matchLabels: { app: "mysql" } } })],
      },
      { name: "one without a selector", given: statefulSet, beside: [budgetOf({ minAvailable: 1 })] },
      { name: "an autoscaled Deployment", given: deployment, beside: [autoscaler] },
      { name: "a cluster without", given: but(postgresCluster, "spec.enablePDB", false) },
    ],
    unknownBeside: [
      { name: "its selector", given: statefulSet, beside: [but(disruptionBudget, "spec.selector", notKnown)] },
      { name: "its namespace", given: statefulSet, beside: [but(disruptionBudget, "metadata.namespace", notKnown)] },
      { name: "replicas", given: but(statefulSet, "spec.replicas", notKnown), beside: [disruptionBudget] },
    ],
  }),
  casesOf({
    rule: disruptionBudgetSatisfiable,
    given: disruptionBudget,
    beside: [statefulSet],
    good: [
      { name: "maxUnavailable 1", given: budgetOf({ maxUnavailable: 1, selector }), beside: [statefulSet] },
      { name: "half of two", given: budgetOf({ minAvailable: "50%", selector }), beside: [statefulSet] },
      {
        name: "the minimum of an autoscaler",
        given: disruptionBudget,
        beside: [but(deployment, "metadata.name", "order"), autoscaler],
      },
    ],
    faults: {
      "as many as there are": { "spec.minAvailable": 2 },
      "a share that rounds up to all": { "spec.minAvailable": "51%" },
      "all of them": { "spec.minAvailable": "100%" },
      "none of them": { "spec.minAvailable": 0 },
      "neither field": { "spec.minAvailable": undefined },
      "both fields": { "spec.maxUnavailable": 1 },
      "no percentage": { "spec.minAvailable": "half" },
    },
    bad: [
      { name: "maxUnavailable 0", given: budgetOf({ maxUnavailable: 0, selector }), beside: [statefulSet] },
      { name: "maxUnavailable 0 %", given: budgetOf({ maxUnavailable: "0%", selector }), beside: [statefulSet] },
      { name: "maxUnavailable all", given: budgetOf({ maxUnavailable: 2, selector }), beside: [statefulSet] },
      { name: "a single replica", given: disruptionBudget, beside: [but(statefulSet, "spec.replicas", 1)] },
    ],
    unknown: ["spec.minAvailable", "spec.maxUnavailable", "spec.selector"],
    unknownBeside: [
      { name: "replicas", given: disruptionBudget, beside: [but(statefulSet, "spec.replicas", notKnown)] },
    ],
  }),
  casesOf({
    rule: disruptionBudgetSelects,
    given: disruptionBudget,
    beside: [statefulSet],
    faults: {
      "no selector": { "spec.selector": undefined },
      "an empty selector": { "spec.selector": {} },
      "a selector of empty parts": { "spec.selector": { matchLabels: {}, matchExpressions: [] } },
      "nobody's pods": { "spec.selector": { matchLabels: { app: "postgresql" } } },
      "another namespace": { "metadata.namespace": "other" },
    },
    unknown: ["spec.selector", "metadata.namespace"],
    unknownBeside: [
      {
        name: "labels of the pods",
        given: disruptionBudget,
        beside: [but(statefulSet, "spec.template.metadata.labels", notKnown)],
      },
    ],
  }),
  casesOf({
    rule: disruptionBudgetUnhealthy,
    given: disruptionBudget,
    faults: { "not said": { "spec.unhealthyPodEvictionPolicy": undefined } },
    unknown: ["spec.unhealthyPodEvictionPolicy"],
  }),
  casesOf({
    rule: gracePeriod,
    given: statefulSet,
    good: [
      {
        name: "no database",
        given: but(
          but(but(statefulSet, `${pod}.terminationGracePeriodSeconds`, 5), "spec.template.metadata.labels.app", "etcd"),
          `${pod}.containers.0.image`,
          "ghcr.io/shop/etcd:3.6.0",
        ),
      },
    ],
    faults: {
      "the default": { [`${pod}.terminationGracePeriodSeconds`]: undefined },
      "too short": { [`${pod}.terminationGracePeriodSeconds`]: 59 },
      "too short, and known by its image only": {
        [`${pod}.terminationGracePeriodSeconds`]: 59,
        "spec.template.metadata.labels.app": undefined,
      },
    },
    unknown: [`${pod}.terminationGracePeriodSeconds`, "spec.template.metadata.labels"],
  }),
];
