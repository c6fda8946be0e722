import { parsePriceList, type PriceList } from "../../local/cost/priceList.js";

/** A list of prices that is easy to reckon with: every named thing costs what it is given, in the region `here`. */
export const priceList = (prices: Readonly<Record<string, number>>, more: Partial<PriceList> = {}): PriceList =>
  parsePriceList(
    {
      date: "2026-01-01",
      currency: "USD",
      sources: { test: { what: "a test", dated: "2026-01-01" } },
      prices: Object.fromEntries(
        Object.entries(prices).map(([name, price]) => [
          name,
          { unit: "unit", rates: [{ region: "here", price, source: "test" }] },
        ]),
      ),
      assumptions: {},
      buckets: {},
      leftOut: [],
      ...more,
    },
    "the test's list",
  );
