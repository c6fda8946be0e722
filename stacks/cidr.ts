import ipaddr from "ipaddr.js";
import { z } from "zod";

type Range = [ipaddr.IPv4, number];

/** Why a text is no usable IPv4 range, and what was probably meant; undefined when it is one. */
export function cidrProblem(text: string): string | undefined {
  if (!ipaddr.IPv4.isValidCIDR(text)) return `"${text}" is no IPv4 range; write for example "10.10.0.0/16"`;
  const [, prefix] = ipaddr.IPv4.parseCIDR(text);
  const network = ipaddr.IPv4.networkAddressFromCIDR(text).toString();
  if (network !== text.split("/")[0]) return `"${text}" has host bits set; did you mean "${network}/${prefix}"?`;
  if (!isPrivate(text))
    return `"${text}" is no private range; choose one inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16`;
  return undefined;
}

/** RFC 1918, and the shared range of RFC 6598 that EKS uses for pods. */
const isPrivate = (text: string): boolean =>
  ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].some((outer) => contains(outer, text));

function contains(outer: string, inner: string): boolean {
  const [outerNetwork, outerPrefix] = ipaddr.IPv4.parseCIDR(outer);
  const [innerNetwork, innerPrefix] = ipaddr.IPv4.parseCIDR(inner);
  return innerPrefix >= outerPrefix && innerNetwork.match(outerNetwork, outerPrefix);
}

/** A private IPv4 range without host bits, of a size between two prefixes. */
export const cidr = (largest: number, smallest: number) =>
  z.string().superRefine((text, context) => {
    const problem = cidrProblem(text) ?? sizeProblem(text, largest, smallest);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  });

function sizeProblem(text: string, largest: number, smallest: number): string | undefined {
  const [, prefix] = ipaddr.IPv4.parseCIDR(text);
  return prefix < largest || prefix > smallest ? `"${text}" must be from /${largest} to /${smallest}` : undefined;
}

/** Whether two valid ranges share an address. */
export function overlaps(left: string, right: string): boolean {
  const [a, b]: [Range, Range] = [ipaddr.IPv4.parseCIDR(left), ipaddr.IPv4.parseCIDR(right)];
  const shorter = Math.min(a[1], b[1]);
  return a[0].match(b[0], shorter);
}
