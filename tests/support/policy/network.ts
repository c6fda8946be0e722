import { danglingReference } from "../../../policy/rules/danglingReference.js";
import { defaultDeny } from "../../../policy/rules/defaultDeny.js";
import { ingressTls } from "../../../policy/rules/ingressTls.js";
import { loadBalancerRestricted } from "../../../policy/rules/loadBalancerRestricted.js";
import { networkPolicyOpen } from "../../../policy/rules/networkPolicyOpen.js";
import { noNodePort } from "../../../policy/rules/noNodePort.js";
import { podSecurityNamespace } from "../../../policy/rules/podSecurityNamespace.js";
import { notKnown, type Value } from "../../../policy/model/value.js";
import { casesOf, type RuleCases } from "./cases.js";
import { but } from "./change.js";
import type { Given } from "./inputs.js";
import { autoscaler, denyAll, deployment, namespace, service, statefulSet } from "./objects.js";

const policy: Given = {
  type: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
  inputs: {
    metadata: { name: "core", namespace: "databases" },
    spec: {
      podSelector: { matchLabels: { app: "postgres" } },
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [{ podSelector: { matchLabels: { app: "shop" } } }], ports: [{ port: 5432 }] }],
      egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8", "169.254.0.0/16"] } }] }],
    },
  },
};

const ingress: Given = {
  type: "kubernetes:networking.k8s.io/v1:Ingress",
  inputs: {
    metadata: { name: "shop", namespace: "databases", annotations: {} },
    spec: {
      ingressClassName: "nginx",
      tls: [{ hosts: ["shop.example.com"], secretName: notKnown }],
      rules: [
        { host: "shop.example.com", http: { paths: [{ path: "/", backend: { service: { name: "db", port: {} } } }] } },
      ],
    },
  },
};

const internal = "service.beta.kubernetes.io/aws-load-balancer-scheme";
const loadBalancer = but(
  but(service, "metadata", { name: "db", namespace: "databases", annotations: { [internal]: "internal" } }),
  "spec",
  { type: "LoadBalancer", loadBalancerSourceRanges: ["10.0.0.0/8"], ports: [{ port: 5432 }] },
);
const entryPoint = but(but(service, "metadata", { name: "controller", namespace: "ingress-nginx" }), "spec", {
  type: "LoadBalancer",
  ports: [{ port: 80 }, { port: 443 }],
});
const entryPoints = { public: ["ingress-nginx/controller"] };
const ofAmazon: Given = { type: "aws:lb/loadBalancer:LoadBalancer", name: "entry", inputs: { internal: true } };
const enforced = (level: Value | undefined): Given =>
  but(namespace, "metadata.labels", level === undefined ? {} : { "pod-security.kubernetes.io/enforce": level });

export const network: readonly RuleCases[] = [
  casesOf({
    rule: defaultDeny,
    given: namespace,
    beside: [denyAll],
    good: [
      { name: "a workload", given: deployment, beside: [denyAll] },
      { name: "closed by somebody else", given: namespace, parameters: { others: ["databases"] } },
    ],
    bad: [
      { name: "no policy", given: namespace },
      {
        name: "a policy of another namespace",
        given: namespace,
        beside: [but(denyAll, "metadata.namespace", "other")],
      },
      { name: "one direction only", given: namespace, beside: [but(denyAll, "spec.policyTypes", ["Ingress"])] },
      {
        name: "some pods only",
        given: namespace,
        beside: [but(denyAll, "spec.podSelector", { matchLabels: { a: "b" } })],
      },
      { name: "a rule that lets all in", given: namespace, beside: [but(denyAll, "spec.ingress", [{}])] },
      { name: "a workload in a namespace that is open", given: deployment },
      { name: "a namespace without a name", given: but(namespace, "metadata.name", undefined), beside: [denyAll] },
    ],
    unknown: ["metadata.name"],
    unknownBeside: [
      { name: "the policy's selector", given: namespace, beside: [but(denyAll, "spec.podSelector", notKnown)] },
      { name: "the policy's rules", given: namespace, beside: [but(denyAll, "spec.ingress", notKnown)] },
      { name: "the workload's namespace", given: but(deployment, "metadata.namespace", notKnown), beside: [denyAll] },
    ],
  }),
  casesOf({
    rule: networkPolicyOpen,
    given: policy,
    good: [
      { name: "one that denies all", given: denyAll },
      {
        name: "a named way in",
        given: but(policy, "spec.ingress.0.from", undefined),
        parameters: { public: ["databases/core"] },
      },
      {
        name: "some pods of every namespace",
        given: but(policy, "spec.ingress.0.from", [
          { namespaceSelector: {}, podSelector: { matchLabels: { app: "shop" } } },
        ]),
      },
    ],
    bad: [
      {
        name: "a named way in that leads everywhere",
        given: but(policy, "spec.egress.0.to", []),
        parameters: { public: ["databases/core"] },
      },
    ],
    faults: {
      anybody: { "spec.ingress.0.from": undefined },
      "every address": { "spec.ingress.0.from": [{ ipBlock: { cidr: "0.0.0.0/0" } }] },
      "every address in two halves": {
        "spec.ingress.0.from": [{ ipBlock: { cidr: "0.0.0.0/1" } }, { ipBlock: { cidr: "128.0.0.0/1" } }],
      },
      "every address of IPv6": { "spec.ingress.0.from": [{ ipBlock: { cidr: "::/0" } }] },
      "every namespace": { "spec.ingress.0.from": [{ namespaceSelector: {} }] },
      "every namespace, of empty parts": { "spec.ingress.0.from": [{ namespaceSelector: { matchLabels: {} } }] },
      "every pod of every namespace": { "spec.ingress.0.from": [{ namespaceSelector: {}, podSelector: {} }] },
      "every address in four quarters": { "spec.ingress.0.from": [{ ipBlock: { cidr: "64.0.0.0/2" } }] },
      everywhere: { "spec.egress.0.to": [] },
      "the node's credentials": { "spec.egress.0.to.0.ipBlock.except": ["10.0.0.0/8"] },
    },
    unknown: ["spec.ingress", "spec.ingress.0.from", "spec.egress.0.to.0.ipBlock.except"],
  }),
  casesOf({
    rule: loadBalancerRestricted,
    given: loadBalancer,
    good: [
      { name: "within the cluster", given: service },
      { name: "a named entry point", given: entryPoint, parameters: entryPoints },
      { name: "an internal one of AWS", given: ofAmazon },
      { name: "a named one of AWS", given: but(ofAmazon, "internal", false), parameters: { public: ["entry"] } },
    ],
    faults: {
      "faces the Internet": { "metadata.annotations": {} },
      "no ranges": { "spec.loadBalancerSourceRanges": undefined },
      "every address": { "spec.loadBalancerSourceRanges": ["10.0.0.0/8", "0.0.0.0/0"] },
    },
    bad: [
      { name: "an entry point that nobody named", given: entryPoint },
      {
        name: "a database on an entry point",
        given: but(entryPoint, "spec.ports", [{ port: 443 }, { port: 5432 }]),
        parameters: entryPoints,
      },
      { name: "one of AWS by default", given: but(ofAmazon, "internal", undefined) },
      { name: "a classic one of AWS", given: { type: "aws:elb/loadBalancer:LoadBalancer", inputs: {} } },
    ],
    unknown: ["spec.type", "spec.loadBalancerSourceRanges", "metadata.annotations"],
  }),
  casesOf({
    rule: noNodePort,
    given: service,
    faults: {
      "a node port": { "spec.type": "NodePort" },
      "somebody else's address": { "spec.externalIPs": ["192.0.2.1"] },
    },
    unknown: ["spec.type", "spec.externalIPs"],
  }),
  casesOf({
    rule: ingressTls,
    given: ingress,
    faults: {
      "no TLS": { "spec.tls": undefined },
      "TLS of another host": { "spec.tls.0.hosts": ["www.example.com"] },
      "TLS without a certificate": { "spec.tls.0.secretName": undefined },
      "no host": { "spec.rules.0.host": undefined },
      "every host of a domain": { "spec.rules.0.host": "*.example.com" },
      "every host": { "spec.defaultBackend": { service: { name: "db" } } },
      "no class": { "spec.ingressClassName": undefined },
      "no redirect": { "metadata.annotations": { "nginx.ingress.kubernetes.io/ssl-redirect": "false" } },
      "a snippet": { "metadata.annotations": { "nginx.ingress.kubernetes.io/configuration-snippet": "return 200;" } },
    },
    unknown: ["spec.tls", "spec.rules.0.host", "spec.tls.0.hosts"],
  }),
  casesOf({
    rule: podSecurityNamespace,
    given: namespace,
    good: [{ name: "named", given: enforced("privileged"), parameters: { others: { databases: "privileged" } } }],
    bad: [
      { name: "nothing", given: enforced(undefined) },
      { name: "baseline", given: enforced("baseline") },
      { name: "less than it may", given: enforced("privileged"), parameters: { others: { databases: "baseline" } } },
    ],
    unknown: ["metadata.labels"],
  }),
  casesOf({
    rule: danglingReference,
    given: service,
    beside: [statefulSet],
    good: [
      { name: "endpoints by somebody else", given: but(service, "spec.selector", undefined) },
      { name: "a set and its Service", given: statefulSet, beside: [service] },
      { name: "an Ingress and its Service", given: ingress, beside: [service] },
      { name: "an autoscaler and its Deployment", given: autoscaler, beside: [deployment] },
      { name: "a policy and its pods", given: policy, beside: [statefulSet] },
      { name: "a policy for all pods", given: denyAll },
      { name: "a policy for pods of a Release", given: policy, beside: [], parameters: { released: ["databases"] } },
    ],
    faults: {
      "nobody's pods": { "spec.selector.app": "postgresql" },
      "pods of another namespace": { "metadata.namespace": "other" },
      "an empty selector": { "spec.selector": {} },
    },
    bad: [
      { name: "a set without its Service", given: statefulSet },
      {
        name: "a Service that is not headless",
        given: statefulSet,
        beside: [but(service, "spec.clusterIP", undefined)],
      },
      { name: "an Ingress without its Service", given: ingress },
      { name: "an autoscaler of nothing", given: autoscaler },
      {
        name: "an autoscaler of another kind",
        given: but(autoscaler, "spec.scaleTargetRef.kind", "StatefulSet"),
        beside: [deployment],
      },
      { name: "a policy for nobody", given: policy },
    ],
    unknown: ["spec.selector", "metadata.namespace"],
  }),
];
