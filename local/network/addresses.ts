import ipaddr from "ipaddr.js";
import { UserError } from "../errors.js";

/** Pods of one node: 254 addresses, more than the 110 pods that a kubelet runs. */
export const nodePodPrefix = 24;

/** Length of the prefix of a range: `10.11.0.0/16` → `16` */
export const prefixOf = (range: string): string => range.split("/")[1] ?? "32";

const toNumber = (address: string): number =>
  ipaddr.IPv4.parse(address).octets.reduce((sum, octet) => sum * 256 + octet, 0);

const toAddress = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");

/** The address at a position in a range; 0 is the network itself. */
export function addressAt(range: string, position: number): string {
  const [network = "", prefix = "32"] = range.split("/");
  if (position >= 2 ** (32 - Number(prefix)) - 1) {
    throw new UserError(
      `${range} has no address number ${position}: it is too small for the nodes of the local platform`,
      "widen nusantara:network in the overlay under local/cities",
    );
  }
  return toAddress(toNumber(network) + position);
}

/** The router of a city, which is its load balancer and holds its control plane too. */
export const routerAddress = (nodes: string): string => addressAt(nodes, 1);

/** The cluster's DNS: the tenth address of the services, where kubeadm and EKS put it. */
export const dnsAddress = (services: string): string => addressAt(services, 10);

/** The address of a node. It follows from the pods' range that the controller manager gave it, which never changes. */
export function nodeAddress(ranges: { nodes: string; pods: string }, podRange: string): string {
  const [first = ""] = ranges.pods.split("/");
  const [own = ""] = podRange.split("/");
  const index = (toNumber(own) - toNumber(first)) / 2 ** (32 - nodePodPrefix);
  return addressAt(ranges.nodes, 2 + index);
}
