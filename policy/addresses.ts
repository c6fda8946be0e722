/**
 * Shorter prefixes hold more than any network of one owner, IPv4 and IPv6: the private ranges are 10.0.0.0/8 and fc00::/7.
 * Whole ranges, their halves and quarters are how people write around a check for 0.0.0.0/0.
 */
const shortest = { 4: 8, 6: 7 } as const;

/** Whether a range of addresses is the whole Internet, or so much of it that it might as well be. */
export function isEverywhere(cidr: string): boolean {
  const [address = "", prefix] = cidr.split("/");
  return prefix !== undefined && Number(prefix) < shortest[address.includes(":") ? 6 : 4];
}
