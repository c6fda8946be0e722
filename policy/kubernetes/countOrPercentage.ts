/** A count of pods, or a share of them such as `"25%"` (util/intstr IntOrString). */
export type CountOrPercentage = number | string;

const percentage = /^(\d+)%$/;

/**
 * How many pods of a total that is.
 * @param round how the controller rounds a share: up for disruption budgets, both of `minAvailable` and `maxUnavailable`.
 * @returns undefined for a text that is no percentage.
 */
export function countOf(value: CountOrPercentage, total: number, round: "up" | "down" = "up"): number | undefined {
  if (typeof value === "number") return value;
  const digits = percentage.exec(value)?.[1];
  if (digits === undefined) return undefined;
  const share = (Number(digits) * total) / 100;
  return round === "up" ? Math.ceil(share) : Math.floor(share);
}
