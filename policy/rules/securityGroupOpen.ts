import { z } from "zod";
import type { Field } from "../model/field.js";
import { isEverywhere } from "../addresses.js";
import { resourceRule } from "../rule.js";

const group = "aws:ec2/securityGroup:SecurityGroup";
const defaultGroup = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup";
const rule = "aws:ec2/securityGroupRule:SecurityGroupRule";
const ingressRule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";

export const securityGroupOpen = resourceRule({
  name: "security-group-open",
  title: "A security group lets the Internet in to the ports of the web only",
  severity: "high",
  level: "mandatory",
  why: "SSH, databases and API servers that the whole Internet reaches are found within minutes.",
  remedy: "Name the ranges or the security groups that may connect.",
  parameters: z.strictObject({
    /** Ports that may be open to all. */
    publicPorts: z.array(z.int()).default([80, 443]),
  }),
  appliesTo: ({ type }) => [group, defaultGroup, rule, ingressRule].includes(type),
  *judge({ type, inputs }, { publicPorts }) {
    if (type === rule && inputs.at("type").text() !== "ingress") return;
    const rules = type === rule || type === ingressRule ? [inputs] : inputs.at("ingress").list();
    for (const each of rules) {
      if (!rangesOf(each, type).some(isEverywhere)) continue;
      const [from, to] = [each.at("fromPort").number(), each.at("toPort").number()];
      if (from === undefined || from !== to || !publicPorts.includes(from))
        yield `${each.path === "" ? "It" : each.path} lets every address in.`;
    }
  },
});

function rangesOf(each: Field, type: string): string[] {
  if (type !== ingressRule) return [...each.at("cidrBlocks").texts(), ...each.at("ipv6CidrBlocks").texts()];
  return ["cidrIpv4", "cidrIpv6"].map((key) => each.at(key).text()).filter((range) => range !== undefined);
}
