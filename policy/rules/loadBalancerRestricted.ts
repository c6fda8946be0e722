import { z } from "zod";
import type { Resource } from "../model/resource.js";
import { isEverywhere } from "../addresses.js";
import { kindOf } from "../kubernetes/objectType.js";
import { qualifiedName } from "../kubernetes/metadata.js";
import { resourceRule } from "../rule.js";

const loadBalancers = [
  "aws:alb/loadBalancer:LoadBalancer",
  "aws:applicationloadbalancing/loadBalancer:LoadBalancer",
  "aws:elasticloadbalancing/loadBalancer:LoadBalancer",
  "aws:elasticloadbalancingv2/loadBalancer:LoadBalancer",
  "aws:elb/loadBalancer:LoadBalancer",
  "aws:lb/loadBalancer:LoadBalancer",
];
const prefix = "service.beta.kubernetes.io/aws-load-balancer";

export const loadBalancerRestricted = resourceRule({
  name: "load-balancer-restricted",
  title: "Only named load balancers face the Internet, and only for the web",
  severity: "high",
  level: "mandatory",
  why: "A Service of type LoadBalancer is open to the whole Internet unless it says otherwise, whatever its port.",
  remedy:
    "Use ClusterIP and an Ingress; or annotate it with aws-load-balancer-scheme: internal and set loadBalancerSourceRanges. Name an entry point in the parameter public.",
  parameters: z.strictObject({
    /** `<namespace>/<name>` of Services, and names of load balancers of AWS, that may face the Internet. */
    public: z.array(z.string()).default([]),
    /** Ports that they may offer there. */
    publicPorts: z.array(z.int()).default([80, 443]),
  }),
  appliesTo: (resource) => kindOf(resource) === "Service" || loadBalancers.includes(resource.type),
  *judge(resource, { public: allowed, publicPorts }) {
    const { inputs } = resource;
    if (loadBalancers.includes(resource.type)) {
      if (inputs.at("internal").truth() !== true && !allowed.includes(resource.name)) yield "It is not internal.";
      return;
    }
    const spec = inputs.at("spec");
    if (spec.at("type").text() !== "LoadBalancer") return;
    if (allowed.includes(qualifiedName(resource))) {
      for (const port of spec.at("ports").list()) {
        const number = port.at("port").number();
        if (number === undefined || !publicPorts.includes(number)) yield `${port.path}.port is none of the web's.`;
      }
      return;
    }
    if (!isInternal(resource)) yield "It faces the Internet: no annotation says that it is internal.";
    const ranges = spec.at("loadBalancerSourceRanges").texts();
    if (ranges.length === 0) yield "loadBalancerSourceRanges is not set, so it lets every address in.";
    if (ranges.some(isEverywhere)) yield "loadBalancerSourceRanges lets every address in.";
  },
});

function isInternal({ inputs }: Resource): boolean {
  const annotations = inputs.at("metadata", "annotations");
  return (
    annotations.at(`${prefix}-scheme`).text() === "internal" || annotations.at(`${prefix}-internal`).truth() === true
  );
}
