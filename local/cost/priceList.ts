import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../errors.js";
import { root } from "../platform.js";
import { readYaml } from "../yaml.js";

const amount = z.number().nonnegative();

const schema = z
  .strictObject({
    /** Day on which the list was put together; each source has its own date. */
    date: z.iso.date(),
    currency: z.literal("USD"),
    sources: z.record(z.string(), z.strictObject({ what: z.string(), dated: z.string() })),
    prices: z.record(
      z.string(),
      z.strictObject({
        /** What is counted. Whatever is no hour is priced by the month. */
        unit: z.string(),
        /** Empty when no source was found for any region. */
        rates: z.array(z.strictObject({ region: z.string(), price: amount, source: z.string() })),
      }),
    ),
    /** Amounts a month that only use will tell, in the unit of what they are multiplied with. */
    assumptions: z.record(z.string(), z.strictObject({ amount, why: z.string() })),
    /** What buckets hold, by the name of the component that has them. */
    buckets: z.record(z.string(), z.strictObject({ gigabytes: amount, class: z.string(), why: z.string() })),
    leftOut: z.array(z.string()),
  })
  .superRefine(({ sources, prices, buckets }, context) => {
    for (const [name, { rates }] of Object.entries(prices))
      for (const { source } of rates)
        if (!(source in sources)) context.addIssue({ code: "custom", message: `no source "${source}"`, path: [name] });
    for (const [name, { class: kind }] of Object.entries(buckets))
      if (!(kind in prices)) context.addIssue({ code: "custom", message: `no price "${kind}"`, path: [name] });
  });

/** Prices and assumed amounts; see prices.yaml. */
export type PriceList = z.infer<typeof schema>;

/** A price, and the region that it was found for, which may be another one than was asked for. */
export interface Rate {
  /** In the list's currency, for one unit. */
  price: number;
  region: string;
  source: string;
}

/** Region of prices that are the same everywhere. */
export const everywhere = "global";

/**
 * The price of a thing in a region; that of another region where the list has none; nothing where it has none at all.
 */
export function rateOf({ prices }: PriceList, name: string, region: string): Rate | undefined {
  const rates = prices[name]?.rates ?? [];
  return rates.find((rate) => rate.region === region || rate.region === everywhere) ?? rates[0];
}

/**
 * Checks what a file of prices holds.
 * @throws UserError with every problem.
 */
export function parsePriceList(content: unknown, file: string): PriceList {
  const result = schema.safeParse(content);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new UserError(`${file} is no list of prices`, "mend what is named", problems);
}

/** The file of the list, from the root of the repository. */
export const priceFile = join("local", "cost", "prices.yaml");

/** The list of this repository. */
export const readPriceList = (): PriceList => parsePriceList(readYaml(join(root, priceFile)), priceFile);
