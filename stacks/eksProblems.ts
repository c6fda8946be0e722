import { associationProblem, primaryPrefixes, secondaryPrefixes } from "../components/network/addressing.js";
import { cidrProblem } from "./cidr.js";
import { compatibilityProblems } from "./compatibility.js";
import type { ConfigProblem } from "./configErrors.js";
import type { NodePool } from "./configSchema.js";
import type { EksConfig } from "./eksSchema.js";
import { alternatives, isArm, isOffered, knownRegions, sizeOfType } from "./instanceTypes.js";
import { nodeClasses, type NodeClass } from "./nodeClasses.js";
import type { AddressRanges } from "./topology.js";
import { versions } from "./versions.js";

/** What AWS would refuse, or make something else of, before anything is created. */
export function eksProblems(
  cluster: EksConfig,
  region: string,
  network: AddressRanges | undefined,
  pools: Readonly<Record<string, NodePool>>,
): ConfigProblem[] {
  return [
    ...administratorProblems(cluster),
    ...(network ? rangeProblems(network) : []),
    ...poolProblems(pools),
    ...instanceProblems(cluster, region, pools),
    ...compatibilityProblems(versions),
  ];
}

const administratorProblems = ({ accountId, administrators }: EksConfig): ConfigProblem[] =>
  administrators.flatMap((arn, index) => {
    const account = arn.split(":")[4];
    return account === accountId
      ? []
      : [
          {
            path: `nusantara:cluster.administrators.${index}`,
            message: `is a role of account ${account ?? ""}, not of accountId ${accountId}; an access entry needs a role of the cluster's own account`,
          },
        ];
  });

function rangeProblems({ nodes, pods, services }: AddressRanges): ConfigProblem[] {
  if ([nodes, pods, services].some((range) => cidrProblem(range) !== undefined)) return [];
  const sized = (
    [
      ["nodes", nodes, primaryPrefixes],
      ["pods", pods, secondaryPrefixes],
    ] as const
  ).flatMap(([key, range, { largest, smallest }]) => {
    const prefix = Number(range.split("/")[1]);
    return prefix >= largest && prefix <= smallest
      ? []
      : [
          {
            path: `nusantara:network.${key}`,
            message: `"${range}" can't be divided into the subnets of three zones on EKS; choose a range from /${largest} to /${smallest}`,
          },
        ];
  });
  const association = associationProblem(nodes, pods);
  return [
    ...sized,
    ...(association === undefined
      ? []
      : [{ path: "nusantara:network.pods", message: `${association}; choose another range` }]),
    ...(services.startsWith("100.")
      ? [
          {
            path: "nusantara:network.services",
            message: `EKS takes no "${services}" for Services; choose a range inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16`,
          },
        ]
      : []),
  ];
}

/** A cluster without general nodes has no place for its own add-ons. */
const poolProblems = (pools: Readonly<Record<string, NodePool>>): ConfigProblem[] =>
  Object.values(pools).some(({ dedicatedTo, count }) => dedicatedTo === undefined && count > 0)
    ? []
    : [
        {
          path: "nusantara:nodePools",
          message:
            "has no pool for everybody: EKS makes no nodes by itself, and its add-ons need some; add one without dedicatedTo",
        },
      ];

function instanceProblems(
  { instanceTypes }: EksConfig,
  region: string,
  pools: Readonly<Record<string, NodePool>>,
): ConfigProblem[] {
  if (!knownRegions.includes(region)) {
    return [
      {
        path: "nusantara:region",
        message: `nobody knows here which instance types "${region}" has; choose ${knownRegions.join(", ")}, or add it to stacks/data/instanceTypes.ts`,
      },
    ];
  }
  const used = new Set(Object.values(pools).map((pool) => pool.class));
  return [...used].flatMap((nodeClass) => {
    const problem = instanceProblem(instanceTypes[nodeClass], nodeClass, region);
    return problem === undefined ? [] : [{ path: `nusantara:cluster.instanceTypes.${nodeClass}`, message: problem }];
  });
}

function instanceProblem(instanceType: string, nodeClass: NodeClass, region: string): string | undefined {
  if (isArm(instanceType)) return `"${instanceType}" has an ARM processor, and the images are built for amd64`;
  if (!isOffered(region, instanceType)) {
    const others = alternatives(region, instanceType).slice(0, 3);
    return (
      `AWS has no "${instanceType}" in ${region}` +
      (others.length > 0 ? `; of this size it has ${others.join(", ")}` : "; choose another type")
    );
  }
  const wanted = nodeClasses[nodeClass];
  const size = sizeOfType(instanceType);
  if (!size) return `the size of "${instanceType}" is not known; choose a type of a family c, m, r or i`;
  return size.cpu < wanted.cpu || size.memory < wanted.memory
    ? `"${instanceType}" has ${size.cpu} vCPUs and ${size.memory} GiB, and class "${nodeClass}" is ${wanted.cpu} and ${wanted.memory} (M2)`
    : undefined;
}
