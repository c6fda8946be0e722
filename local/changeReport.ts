import type { Change } from "./changes.js";
import type { CityResult } from "./run.js";
import type { UpResult } from "./up.js";

const symbols = { created: "+", changed: "~", deleted: "-" } as const;
/** More lines than these are counted, not shown: a first run creates everything. */
const shown = 40;
const shownLines = 12;

/** What a run changed, city by city; one line when it changed nothing. */
export function changeReport({ engine, why, nodes, cities }: UpResult): string {
  return [
    `Brought up with ${engine} (${why}), with ${nodes.kind} nodes (${nodes.why}).`,
    ...cities.map(cityReport),
  ].join("\n");
}

function cityReport({ city, cluster, platform, stack, engineSummary }: CityResult): string {
  const changes = [...platform, ...stack];
  const head = cluster === "unchanged" ? "" : `control plane ${cluster}, `;
  const byEngine = engineSummary.join(", ");
  if (changes.length === 0) return `${city}: ${head}${byEngine === "" ? "no changes" : byEngine}`;
  const created = changes.filter(({ action }) => action === "created");
  const rest = changes.filter(({ action }) => action !== "created");
  const detail = [...(created.length > 10 ? [] : created), ...rest];
  const hidden = detail.length - shown;
  return [
    `${city}: ${head}${[counts(changes), byEngine].filter((text) => text !== "").join("; ")}`,
    ...detail.slice(0, shown).flatMap(lines),
    ...(hidden > 0 ? [`  … ${hidden} more`] : []),
  ].join("\n");
}

function counts(changes: readonly Change[]): string {
  return (["created", "changed", "deleted"] as const)
    .map((action) => ({ action, count: changes.filter((change) => change.action === action).length }))
    .filter(({ count }) => count > 0)
    .map(({ action, count }) => `${count} ${action}`)
    .join(", ");
}

const lines = ({ action, object, lines: diff }: Change): string[] => [
  `  ${symbols[action]} ${object}`,
  ...diff.slice(0, shownLines).map((line) => `      ${line}`),
  ...(diff.length > shownLines ? [`      … ${diff.length - shownLines} more lines`] : []),
];
