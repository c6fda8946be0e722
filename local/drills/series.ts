import type { Observation, Operation } from "./history.js";

/** A value for each whole second of a span. */
export type Series = readonly number[];

const secondsIn = ({ start, end }: Span): number => Math.max(1, Math.ceil(end - start));

interface Span {
  start: number;
  end: number;
}

/** How many operations were decided in each second: acknowledged ones and failed ones when they ended. */
export function perSecond(operations: readonly Operation[], span: Span): Series {
  const counts = new Array<number>(secondsIn(span)).fill(0);
  for (const { invoked, ended } of operations) {
    const second = Math.floor((Number.isFinite(ended) ? ended : invoked) - span.start);
    if (second >= 0 && second < counts.length) counts[second] = (counts[second] ?? 0) + 1;
  }
  return counts;
}

/** The greatest lag that the members of a city were seen with in each second, in bytes; the last one known goes on. */
export function lagPerSecond(observations: readonly Observation[], city: string, span: Span): Series {
  const values = new Array<number | undefined>(secondsIn(span)).fill(undefined);
  for (const { at, members } of observations) {
    const second = Math.floor(at - span.start);
    if (second < 0 || second >= values.length) continue;
    const lags = members.filter(({ name }) => name.startsWith(`${city}-`)).flatMap(({ lag }) => lag ?? []);
    if (lags.length > 0) values[second] = Math.max(values[second] ?? 0, ...lags);
  }
  let last = 0;
  return values.map((value) => (last = value ?? last));
}

/** A round number at or above a value, for the end of a scale: 1, 2 or 5 times a power of ten. */
export function scaleEnd(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10) * power;
}

/** A distance between marks of an axis that leaves about so many of them: 1, 2, 5, 10, 15, 30 s or whole minutes. */
export function tickDistance(seconds: number, count: number): number {
  const wanted = seconds / count;
  return [1, 2, 5, 10, 15, 30, 60, 120, 300, 600].find((distance) => distance >= wanted) ?? 1200;
}

/** The greatest lag that a member was seen with, in bytes; 0 where none is known. */
export const greatestLag = (observations: readonly Observation[], member: string): number =>
  observations
    .flatMap(({ members }) => members.filter(({ name }) => name === member))
    .reduce((greatest, { lag = 0 }) => Math.max(greatest, lag), 0);
