import ipaddr from "ipaddr.js";
import { z } from "zod";

type Range = [ipaddr.IPv4, number];

/** Why a text is no usable IPv4 range, and what was probably meant; undefined when it is one. */
export function cidrProblem(text: string): string | undefined {
  if (!ipaddr.IPv4.isValidCIDR(text)) return `"${text}" is no IPv4 range; write for example "10.10.0.0/16"`;
  const [, prefix] = ipaddr.IPv4.parseCIDR(text);
  const network = ipaddr.IPv4.networkAddressFromCIDR(text).toString();
  if (network !== text.split("/")[0]) return `"${text}" has host bits set; did you mean "${network}/${prefix}"?`;
  // EKS accepts VPC ranges of /16 to /28; the same bounds keep pods and services usable.
  if (prefix < 12 || prefix > 28) return `"${text}" must be between /12 and /28`;
  return undefined;
}

/** An IPv4 range without host bits. */
export const cidr = z.string().superRefine((text, context) => {
  const problem = cidrProblem(text);
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
});

/** Whether two valid ranges share an address. */
export function overlaps(left: string, right: string): boolean {
  const [a, b]: [Range, Range] = [ipaddr.IPv4.parseCIDR(left), ipaddr.IPv4.parseCIDR(right)];
  const shorter = Math.min(a[1], b[1]);
  return a[0].match(b[0], shorter);
}
