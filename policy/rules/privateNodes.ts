import { z } from "zod";
import type { Resource, Stack } from "../model/resource.js";
import { stackRule } from "../rule.js";

const nodeGroup = "aws:eks/nodeGroup:NodeGroup";
const launchTemplate = "aws:ec2/launchTemplate:LaunchTemplate";
const instance = "aws:ec2/instance:Instance";
const subnet = "aws:ec2/subnet:Subnet";

export const privateNodes = stackRule({
  name: "private-nodes",
  title: "Nodes have no public address, no SSH, and stand in several zones",
  severity: "high",
  level: "mandatory",
  why: "A node with a public address can be reached past every load balancer, and a group in one zone is lost with it.",
  remedy:
    "Put node groups into private subnets of several zones, leave associatePublicIpAddress and mapPublicIpOnLaunch off, and use Session Manager instead of remoteAccess.",
  parameters: z.strictObject({
    /** Zones that each node group must reach. */
    minimumZones: z.int().min(1).default(2),
    /** Names of groups that are one of a set, one in each zone, as their volumes can't leave theirs. */
    zonal: z.array(z.string()).default([]),
  }),
  appliesTo: ({ type }) => [nodeGroup, launchTemplate, instance].includes(type),
  *judge(resource, stack, { minimumZones, zonal }) {
    const { type, inputs } = resource;
    if (type === nodeGroup) yield* judgeGroup(resource, stack, minimumZones, zonal);
    else if (type === instance) {
      if (inputs.at("associatePublicIpAddress").truth() === true) yield "associatePublicIpAddress is true.";
    } else
      for (const card of inputs.at("networkInterfaces").list())
        if (card.at("associatePublicIpAddress").truth() === true) yield `${card.path} gets a public address.`;
  },
});

function* judgeGroup(group: Resource, stack: Stack, minimumZones: number, zonal: readonly string[]): Iterable<string> {
  if (group.inputs.at("remoteAccess").isGiven) yield "remoteAccess opens SSH on its nodes.";
  // Their ids are known to AWS only; which resources they come from is known to the engine.
  const subnets = subnetsOf(group, stack);
  if (subnets.length === 0) {
    yield "None of its subnets is registered by the stack, so nothing can be said of them.";
    return;
  }
  for (const each of subnets)
    if (each.inputs.at("mapPublicIpOnLaunch").truth() === true)
      yield `Its subnet ${each.name} hands out public addresses.`;
  const isZonal = zonal.includes(group.name);
  const groups = isZonal
    ? stack.resources.filter(({ type, name }) => type === nodeGroup && zonal.includes(name))
    : [group];
  const zones = new Set(
    groups
      .flatMap((each) => subnetsOf(each, stack))
      .map((each) => each.inputs.at("availabilityZone").text() ?? each.inputs.at("availabilityZoneId").text()),
  );
  zones.delete(undefined);
  const whose = isZonal ? "The subnets of its set" : "Its subnets";
  if (zones.size < minimumZones) yield `${whose} are in ${zones.size} of at least ${minimumZones} named zones.`;
}

const subnetsOf = (group: Resource, { resources }: Stack): Resource[] =>
  resources.filter(({ type, urn }) => type === subnet && group.dependencies.includes(urn));
