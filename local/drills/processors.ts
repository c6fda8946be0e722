import { readFileSync } from "node:fs";

/** Time of all processors together, in ticks of the kernel. */
export interface ProcessorTime {
  total: number;
  /** Of it, what the machine's host gave to others although there was work here. */
  stolen: number;
}

/** The first line of a text like /proc/stat, whose fields proc_stat(5) describes. */
export function parseProcessorTime(text: string): ProcessorTime {
  const [line = ""] = text.split("\n");
  // user, nice, system, idle, iowait, irq, softirq, steal; what comes after is counted in user already.
  const fields = line.split(/\s+/).slice(1, 9).map(Number);
  return { total: fields.reduce((sum, ticks) => sum + ticks, 0), stolen: fields[7] ?? 0 };
}

export const processorTime = (): ProcessorTime => parseProcessorTime(readFileSync("/proc/stat", "utf8"));

/** Share of the time between two moments that was stolen, from 0 to 1. */
export const stolenBetween = (before: ProcessorTime, after: ProcessorTime): number =>
  after.total > before.total ? (after.stolen - before.stolen) / (after.total - before.total) : 0;
