import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CityConfig } from "../../stacks/config.js";
import { UserError } from "../errors.js";
import type { Platform } from "../platform.js";
import { prefixOf, routerAddress } from "./addresses.js";
import { interfacesOf, ipBatch, requireRun, setKernel } from "./commands.js";
import { cityNamespace, kernelName, namespaceDirectory, nodeBridge, nodeNamespace } from "./names.js";

/** Network namespaces of a platform that exist. */
export function ownNamespaces(platform: Platform): string[] {
  const found = existsSync(namespaceDirectory) ? readdirSync(namespaceDirectory) : [];
  return found.filter((name) => name.startsWith(`${kernelName(platform)}-`)).sort();
}

/** Whether a city has a network of its own: those with real nodes do. */
export const hasNetwork = (platform: Platform, city: string): boolean =>
  ownNamespaces(platform).includes(cityNamespace(platform, city));

/** Says that the directory of namespaces was not a mount of its own before this platform made its first one. */
const firstMark = (platform: Platform): string => join(platform.directory, "made-namespace-directory");

const isMounted = (path: string): boolean =>
  readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .some((line) => line.split(" ")[4] === path);

async function ensureNamespace(platform: Platform, name: string): Promise<void> {
  if (!ownNamespaces(platform).includes(name)) {
    if (!isMounted(namespaceDirectory)) {
      mkdirSync(platform.directory, { recursive: true });
      writeFileSync(firstMark(platform), "");
    }
    await requireRun("ip", ["netns", "add", name]);
  }
  await setKernel(name, { "net.ipv4.ip_forward": "1" });
}

/** Makes what is missing of a city's own network: its namespace, with the bridge that nodes are plugged into. */
export async function ensureCityNetwork(platform: Platform, { city, network }: CityConfig): Promise<void> {
  const namespace = cityNamespace(platform, city);
  if (await hasOtherAddress(platform, namespace, nodeBridge, routerAddress(network.nodes))) {
    throw new UserError(`the address ranges of ${city} have changed`, "make down, then make up");
  }
  await ensureNamespace(platform, namespace);
  const present = await interfacesOf(namespace);
  await ipBatch(namespace, [
    ...(present.includes(nodeBridge) ? [] : [`link add ${nodeBridge} type bridge`]),
    "link set lo up",
    `address replace ${routerAddress(network.nodes)}/${prefixOf(network.nodes)} dev ${nodeBridge}`,
    `link set ${nodeBridge} up`,
    // What starts in the router itself is translated on its way out, and it has no way out without a route.
    `route replace ${network.services} dev ${nodeBridge}`,
  ]);
}

/** Whether an interface is there with another IPv4 address than wanted. */
async function hasOtherAddress(platform: Platform, namespace: string, name: string, wanted: string): Promise<boolean> {
  if (!ownNamespaces(platform).includes(namespace)) return false;
  const found = JSON.parse(await requireRun("ip", ["-n", namespace, "-4", "-json", "address", "show"])) as {
    ifname?: string;
    addr_info?: { local: string }[];
  }[];
  const addresses = found.find(({ ifname }) => ifname === name)?.addr_info ?? [];
  return addresses.length > 0 && addresses.some(({ local }) => local !== wanted);
}

/** A node's place in its city's network. */
export interface NodePort {
  city: string;
  /** Name of the node. */
  node: string;
  address: string;
  /** Range of its pods. */
  pods: string;
  /** Range of the city's nodes. */
  nodes: string;
}

/** Makes what is missing of a node's network: its namespace, its cable to the city's bridge, and the routes. */
export async function ensureNodeNetwork(platform: Platform, port: NodePort): Promise<void> {
  const [router, namespace] = [cityNamespace(platform, port.city), nodeNamespace(platform, port.node)];
  // A node that was made anew has another range of pods, and so another address.
  if (await hasOtherAddress(platform, namespace, uplink, port.address)) await removeNamespaces(platform, [namespace]);
  await ensureNamespace(platform, namespace);
  if (!(await interfacesOf(namespace)).includes(uplink)) {
    // The other end may be left over from a node that was removed half-way; its name is free for a new one then.
    const cable = cableOf(port.address);
    await ipBatch(router, [
      `link add ${cable} type veth peer name ${uplink} netns ${namespace}`,
      `link set ${cable} alias ${port.node} master ${nodeBridge} up`,
    ]);
  }
  await ipBatch(namespace, [
    "link set lo up",
    `address replace ${port.address}/${prefixOf(port.nodes)} dev ${uplink}`,
    `link set ${uplink} up`,
    `route replace default via ${routerAddress(port.nodes)}`,
  ]);
  await ipBatch(router, [`route replace ${port.pods} via ${port.address}`]);
}

/** The interface of a node. */
export const uplink = "eth0";

/** The end of a node's cable in its city's namespace: an address has up to eight hexadecimal digits. */
const cableOf = (address: string): string =>
  `node-${address
    .split(".")
    .map((octet) => Number(octet).toString(16).padStart(2, "0"))
    .join("")}`;

/** Removes namespaces with everything in them. Processes must have left them. */
export async function removeNamespaces(platform: Platform, names: readonly string[]): Promise<void> {
  for (const name of names.filter((each) => ownNamespaces(platform).includes(each)))
    await requireRun("ip", ["netns", "delete", name]);
}

/** Takes back the mount that `ip netns` makes for its directory, unless it was there before or is used by somebody. */
export async function releaseNamespaceDirectory(platform: Platform): Promise<void> {
  if (!existsSync(firstMark(platform))) return;
  if (isMounted(namespaceDirectory) && readdirSync(namespaceDirectory).length === 0) {
    await requireRun("umount", [namespaceDirectory]);
    rmdirSync(namespaceDirectory);
  }
  rmSync(firstMark(platform));
}
