import { readEntries } from "./contract.js";
import type { CityPromise, Scenario, ScenarioPromise } from "./scenario.js";

/** The scenarios as a table in Markdown, for docs/drills.md. */
export function catalogue(scenarios: readonly Scenario[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const head = ["scenario", "covers", "what is done", "what is promised"];
  return [
    row(head),
    row(head.map(() => "---")),
    ...scenarios.map(({ name, covers, steps, promise, inCi }) =>
      row([
        `\`${name}\`${inCi ? " (CI)" : ""}`,
        covers.join(", "),
        steps.map(({ what }) => what).join("; "),
        promiseText(promise),
      ]),
    ),
  ].join("\n");
}

/** A promise in words. Cities with the same one are named together. */
export function promiseText({ cities, lostAge, leader }: ScenarioPromise): string {
  const byText = new Map<string, string[]>();
  for (const [city, promise] of Object.entries(cities)) {
    const text = cityText(promise);
    byText.set(text, [...(byText.get(text) ?? []), city]);
  }
  const parts = [...byText].map(([text, names]) => `${byText.size === 1 ? "every city" : names.join(", ")}: ${text}`);
  return [
    ...parts,
    lostAge === 0 ? "no acknowledged write lost" : `lost writes at most ${lostAge} s old`,
    `leader: ${leader === "any" ? "any" : leader}`,
  ].join("; ");
}

function cityText({ writes, reads }: CityPromise): string {
  const write = {
    continue: () => `writes away for at most ${(writes as { gap: number }).gap} s`,
    refused: () => {
      const { within, back } = writes as { within: number; back: number };
      return `writes refused within ${within} s, back ${back} s after healing`;
    },
    away: () => `writes back ${(writes as { back: number }).back} s after healing`,
  }[writes.kind]();
  const texts = readEntries.map((entry) => {
    const promise = reads[entry];
    if (promise.kind === "away") return `back ${promise.back} s after healing`;
    const from = promise.from ? `, from ${promise.from.join(" or ")}` : "";
    return `away for at most ${promise.gap} s${from}`;
  });
  const isSame = new Set(texts).size === 1;
  return [
    write,
    ...(isSame ? [`reads ${texts[0] ?? ""}`] : readEntries.map((entry, index) => `${entry} ${texts[index] ?? ""}`)),
  ].join(", ");
}
