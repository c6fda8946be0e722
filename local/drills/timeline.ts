import type { Recording } from "./recording.js";
import { leadershipOf } from "./leadership.js";
import { lagPerSecond, perSecond, scaleEnd, tickDistance, type Series } from "./series.js";
import { timelineStyle } from "./timelineStyle.js";
import { element, polyline, textElement } from "./svg.js";

/** Sizes in pixels. */
const width = 1000;
const left = 74;
const right = 152;
const plotWidth = width - left - right;
const panelHeight = 92;
const panelGap = 34;
const bandHeight = 24;
const markHeight = 17;
const titleHeight = 50;

interface Line {
  label: string;
  series: Series;
  /** Number of the colour. */
  colour: number;
}

interface Panel {
  heading: string;
  unit: string;
  lines: readonly Line[];
  /** What failed, as bars from below. */
  bars?: Series;
}

/**
 * A picture of an attempt: acknowledged and failed writes, reads by city, who led, and how far members were behind, on
 * one axis of seconds from the fault. It can be read in light and dark, in grey, and by a screen reader's summary.
 * @param summary one sentence for who can't see it.
 */
export function timeline(recording: Recording, title: string, summary: string): string {
  const { start, end, fault, marks } = recording;
  const duration = Math.max(1, end - start);
  const x = (at: number): number => left + ((at - start) / duration) * plotWidth;
  const panels = panelsOf(recording);
  const marksHeight = marks.length * markHeight + 12;
  const panelTop = (index: number): number =>
    titleHeight + marksHeight + index * (panelHeight + panelGap) + (index > 1 ? bandHeight + panelGap : 0) + 14;
  const bandTop = panelTop(1) + panelHeight + panelGap;
  const bottom = panelTop(panels.length - 1) + panelHeight;
  const height = bottom + 44;
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-labelledby": "title summary",
    },
    textElement("title", { id: "title" }, title),
    textElement("desc", { id: "summary" }, summary),
    element("style", {}, timelineStyle),
    element("rect", { class: "paper", width, height }),
    textElement("text", { class: "title", x: left, y: 28 }, title),
    ...marks.map((mark, index) =>
      markOf(x(mark.at), { top: titleHeight + index * markHeight, bottom }, `${offset(mark.at - fault)}  ${mark.what}`),
    ),
    ...panels.map((panel, index) => panelOf(panel, panelTop(index))),
    band(recording, bandTop, x),
    axis({ from: start - fault, to: start - fault + duration }, bottom),
  );
}

const offset = (seconds: number): string => `${seconds < 0 ? "−" : "+"}${Math.abs(seconds).toFixed(1)} s`;

function panelsOf(recording: Recording): Panel[] {
  const { cities, operations, observations } = recording;
  const of = (kind: "write" | "read", isGood: boolean) => (city: string) =>
    perSecond(
      operations.filter((each) => each.kind === kind && (each.outcome === "ok") === isGood && each.client === city),
      recording,
    );
  const worst = (kind: "write" | "read"): Series => {
    const [first = [], ...others] = cities.map(of(kind, false));
    return first.map((value, second) => Math.max(value, ...others.map((series) => series[second] ?? 0)));
  };
  const lines = (seriesOf: (city: string) => Series): Line[] =>
    cities.map((city, colour) => ({ label: city, colour, series: seriesOf(city) }));
  return [
    { heading: "Acknowledged writes", unit: "a second", lines: lines(of("write", true)), bars: worst("write") },
    { heading: "Reads answered", unit: "a second", lines: lines(of("read", true)), bars: worst("read") },
    {
      heading: "Greatest lag of a city's members",
      unit: "MB",
      lines: lines((city) => lagPerSecond(observations, city, recording).map((bytes) => bytes / 1e6)),
    },
  ];
}

function panelOf({ heading, unit, lines, bars }: Panel, top: number): string {
  const bottom = top + panelHeight;
  const most = scaleEnd(Math.max(0, ...lines.flatMap(({ series }) => series), ...(bars ?? [])));
  const y = (value: number): number => bottom - (value / most) * panelHeight;
  const count = lines[0]?.series.length ?? 1;
  const x = (second: number): number => left + (second / count) * plotWidth;
  const labels = spread(lines.map(({ series }) => y(series.at(-1) ?? 0)));
  return element(
    "g",
    {},
    textElement("text", { class: "heading", x: left, y: top - 8 }, heading),
    ...[0, most / 2, most].flatMap((value) => [
      element("line", { class: "axis", x1: left, x2: left + plotWidth, y1: y(value), y2: y(value) }),
      textElement("text", { x: left - 8, y: y(value) + 4, "text-anchor": "end", class: "small" }, `${value}`),
    ]),
    textElement("text", { x: left - 8, y: top - 8, "text-anchor": "end", class: "small" }, unit),
    ...(bars ?? []).flatMap((value, second) =>
      value === 0
        ? []
        : [
            element("rect", {
              class: "bad",
              x: x(second),
              y: y(value),
              width: Math.max(1, plotWidth / count - 1),
              height: bottom - y(value),
            }),
          ],
    ),
    ...lines.flatMap(({ series, label, colour }, index) => [
      polyline(
        series.map((value, second) => [x(second + 0.5), y(value)] as const),
        { class: `line${colour % 3}` },
      ),
      textElement("text", { class: `fill${colour % 3}`, x: left + plotWidth + 8, y: (labels[index] ?? 0) + 4 }, label),
    ]),
    ...(bars
      ? [
          textElement(
            "text",
            { class: "bad small", x: left + plotWidth, y: top - 8, "text-anchor": "end" },
            "bars: failed or unknown, worst city",
          ),
        ]
      : []),
  );
}

/** Places of labels, moved apart where they would lie on each other. */
function spread(wanted: readonly number[]): number[] {
  const places = [...wanted];
  const order = wanted.map((_, index) => index).sort((one, other) => (wanted[one] ?? 0) - (wanted[other] ?? 0));
  // From the lowest up: the space above the last label is free, that below it is not.
  let limit = Infinity;
  for (const index of order.reverse()) {
    places[index] = Math.min(wanted[index] ?? 0, limit);
    limit = (places[index] ?? 0) - 15;
  }
  return places;
}

/** Who led, as a band of names. */
function band(recording: Recording, top: number, x: (at: number) => number): string {
  const { periods } = leadershipOf(recording);
  const { cities } = recording;
  return element(
    "g",
    {},
    textElement("text", { class: "heading", x: left, y: top - 8 }, "Leader"),
    ...periods.map(({ from, to, leader }) => {
      const size = x(to) - x(from);
      const name = leader ?? "nobody";
      const colour = cities.findIndex((city) => leader?.startsWith(`${city}-`));
      const label = [name, name.replace(/-core-\d$/, ""), ""].find((text) => text.length * 7.5 < size) ?? "";
      return element(
        "g",
        { class: leader === undefined ? "unled" : "led" },
        element(
          "rect",
          { class: colour < 0 ? "nobody" : `fill${colour % 3}`, x: x(from), y: top, width: size, height: bandHeight },
          textElement("title", {}, `${name}: ${(to - from).toFixed(0)} s`),
        ),
        ...(label === "" ? [] : [textElement("text", { x: x(from) + 5, y: top + 16 }, label)]),
      );
    }),
  );
}

function markOf(x: number, { top, bottom }: { top: number; bottom: number }, text: string): string {
  const isLate = x > left + plotWidth / 2;
  const side = isLate ? { x: x - 5, "text-anchor": "end" } : { x: x + 5 };
  return element(
    "g",
    {},
    element("line", { class: "mark", x1: x, x2: x, y1: top - 10, y2: bottom }),
    textElement("text", { class: "small", y: top, ...side }, text),
  );
}

function axis({ from, to }: { from: number; to: number }, bottom: number): string {
  const distance = tickDistance(to - from, 12);
  const ticks: string[] = [];
  for (let second = Math.ceil(from / distance) * distance; second <= to; second += distance) {
    const x = left + ((second - from) / (to - from)) * plotWidth;
    ticks.push(
      element("line", { class: "axis", x1: x, x2: x, y1: bottom, y2: bottom + 5 }),
      textElement("text", { class: "small", x, y: bottom + 19, "text-anchor": "middle" }, `${second}`),
    );
  }
  const caption = textElement(
    "text",
    { class: "small", x: left + plotWidth / 2, y: bottom + 37, "text-anchor": "middle" },
    "seconds from the fault",
  );
  return element("g", {}, ...ticks, caption);
}
