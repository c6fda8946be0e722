import Table from "cli-table3";
import { sumOf, sumsBy, type CostLine, type Sum } from "./cost/lines.js";
import { everywhere, priceFile, type PriceList } from "./cost/priceList.js";
import { plainTable } from "./tables.js";

const right = "right" as const;
const money = (amount: number): string =>
  amount.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const quantity = (amount: number): string => amount.toLocaleString("en-US", { maximumFractionDigits: 1 });
const unique = (texts: readonly string[]): string[] => [...new Set(texts)];

/** A sum that misses something says so. */
const sumText = ({ cost, isWhole }: Sum): string => `${money(cost)}${isWhole ? "" : " + ?"}`;

const isOfAnotherRegion = ({ rate, region }: CostLine): boolean =>
  rate !== undefined && rate.region !== region && rate.region !== everywhere;

/** What a stack costs a month, by component. Empty for a stack that has nothing in AWS. */
export function costTable(lines: readonly CostLine[], list: PriceList): string {
  const [first] = lines;
  if (first === undefined) return "";
  const table = new Table({
    head: ["component", "what", "amount", "price", `${list.currency} a month`],
    colAligns: ["left", "left", right, right, right],
    ...plainTable,
  });
  const all = merged(lines);
  for (const [component, sum] of sumsBy(all, (line) => line.component)) {
    const own = all.filter((line) => line.component === component);
    for (const [index, line] of own.entries()) table.push([index === 0 ? component : "", ...cells(line, list)]);
    if (own.length > 1) table.push(["", "", "", "", `= ${sumText(sum)}`]);
  }
  const sum = sumOf(lines);
  table.push(["all", "", "", "", sumText(sum)]);
  return [
    `Cost of ${first.stack} a month at list prices of ${list.date} (${priceFile}):`,
    table.toString(),
    ...notes(lines, list),
  ].join("\n");
}

/** What the whole estate costs a month, by component and stack. */
export function estateTable(lines: readonly CostLine[], list: PriceList): string {
  const stacks = unique(lines.map(({ stack }) => stack));
  const table = new Table({
    head: ["component", ...stacks, `${list.currency} a month`],
    colAligns: ["left", ...stacks.map(() => right), right],
    ...plainTable,
  });
  const rows = [...sumsBy(lines, ({ component }) => component).keys()];
  const cell = (some: readonly CostLine[]): string => (some.length === 0 ? "" : sumText(sumOf(some)));
  const row = (name: string, some: readonly CostLine[]): string[] => [
    name,
    ...stacks.map((stack) => cell(some.filter((line) => line.stack === stack))),
    cell(some),
  ];
  for (const component of rows)
    table.push(
      row(
        component,
        lines.filter((line) => line.component === component),
      ),
    );
  table.push(row("all", lines));
  return [
    `Cost a month by component and stack at list prices of ${list.date} (${priceFile}):`,
    table.toString(),
    ...notes(lines, list),
  ].join("\n");
}

/** Lines of one component for the same price as one. */
function merged(lines: readonly CostLine[]): CostLine[] {
  const result = new Map<string, CostLine>();
  for (const line of lines) {
    const key = [line.component, line.price, line.region, line.assumed === true].join("\n");
    const before = result.get(key);
    result.set(
      key,
      before === undefined
        ? line
        : { ...before, amount: plus(before, line, "amount"), cost: plus(before, line, "cost") },
    );
  }
  return [...result.values()];
}

const plus = (a: CostLine, b: CostLine, key: "amount" | "cost"): number | undefined =>
  a[key] === undefined || b[key] === undefined ? undefined : a[key] + b[key];

function cells(line: CostLine, { prices }: PriceList): string[] {
  const { price, amount, assumed, rate, cost } = line;
  const unit = prices[price]?.unit ?? "";
  return [
    price,
    amount === undefined ? "?" : `${assumed === true ? "~ " : ""}${quantity(amount)} ${unit}`,
    rate === undefined ? "?" : `${rate.price}${isOfAnotherRegion(line) ? " *" : ""}`,
    cost === undefined ? "?" : money(cost),
  ];
}

/** What a reader must know of the figures: where prices are from, what is assumed, unknown, left out. */
function notes(lines: readonly CostLine[], { leftOut }: PriceList): string[] {
  const { cost, assumed } = sumOf(lines);
  const unknown = unique(lines.filter((line) => line.cost === undefined).map(({ price }) => price));
  const elsewhere = lines.filter(isOfAnotherRegion);
  const elsewhereCost = sumOf(elsewhere).cost;
  const regions = unique(elsewhere.flatMap(({ rate }) => rate?.region ?? []));
  const share = (part: number): string => `${Math.round((100 * part) / (cost || 1))} %`;
  return [
    `~ rests on an assumed amount: ${share(assumed)} of the sum.`,
    ...(regions.length === 0
      ? []
      : [
          `* is a price of ${regions.join(", ")}, as none was found for the region: ${share(elsewhereCost)} of the sum. ` +
            `Only so: ${unique(elsewhere.map(({ price }) => price)).join(", ")}.`,
        ]),
    ...(unknown.length === 0 ? [] : [`? no price or amount is known, so the sum lacks: ${unknown.join(", ")}.`]),
    `Left out: ${leftOut.join("; ")}.`,
  ];
}
