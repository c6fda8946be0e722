/**
 * Why tests that take a number of minutes are left out: the run has a deadline, `NUSANTARA_TEST_DEADLINE` in seconds
 * since 1970, and they would pass it. Undefined where there is time, or no deadline.
 */
export function lackOfTime(minutes: number, now: Date = new Date()): string | undefined {
  const deadline = Number(process.env.NUSANTARA_TEST_DEADLINE ?? "");
  if (!Number.isFinite(deadline) || deadline <= 0) return undefined;
  const left = Math.floor((deadline - now.getTime() / 1000) / 60);
  return left >= minutes ? undefined : `${left} minutes are left of this run, and they take up to ${minutes}`;
}
