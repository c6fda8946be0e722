/** Multipliers of the suffixes that a Kubernetes quantity may carry (apimachinery, `resource.Quantity`). */
const multipliers: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const pattern = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+)|([numkKMGTPE]?i?))$/;

/** A quantity that Kubernetes would refuse. The message names the text and shows valid ones. */
export class QuantityError extends Error {
  constructor(readonly text: string) {
    super(`"${text}" is not a Kubernetes quantity; write for example "500m", "2", "256Mi" or "50Gi"`);
    this.name = "QuantityError";
  }
}

/**
 * The number that a Kubernetes quantity stands for, in its base unit: cores for CPU, bytes for memory and storage.
 *
 * The library that has this function, `@kubernetes/client-node`, brings a whole API client with it.
 *
 * @throws QuantityError when the text is not a quantity.
 */
export function parseQuantity(text: string): number {
  const match = pattern.exec(text);
  if (!match) throw new QuantityError(text);
  const [, digits, exponent, suffix] = match;
  const multiplier = exponent === undefined ? multipliers[suffix ?? ""] : 10 ** Number(exponent);
  const value = Number(digits) * (multiplier ?? NaN);
  if (!Number.isFinite(value)) throw new QuantityError(text);
  return value;
}

/** CPU in millicores, rounded up as the scheduler does; twelve digits, so that floating-point dust does not round up. */
export const millicores = (quantity: string): number =>
  Math.ceil(Number((parseQuantity(quantity) * 1000).toPrecision(12)));

/** Memory or storage in bytes, rounded up. */
export const bytes = (quantity: string): number => Math.ceil(parseQuantity(quantity));

/** `1500` → `"1500m"`, `2000` → `"2"`. */
export const formatMillicores = (value: number): string => (value % 1000 === 0 ? `${value / 1000}` : `${value}m`);

/** Bytes in the largest binary unit that stays a whole number of at least MiB, rounded up. */
export function formatBytes(value: number): string {
  const mebibytes = Math.ceil(value / 2 ** 20);
  return mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
}
