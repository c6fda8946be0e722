/** Numbers of a version: `v1.35.2-rc1` → [1, 35, 2]. Undefined for a text that begins with none. */
export function versionNumbers(text: string): number[] | undefined {
  const digits = /^v?(\d+(?:\.\d+)*)/.exec(text)?.[1];
  return digits?.split(".").map(Number);
}

/** Whether a version is at least another; missing numbers are 0. Undefined when one of them is no version. */
export function isAtLeast(version: string, least: string): boolean | undefined {
  const [a, b] = [versionNumbers(version), versionNumbers(least)];
  if (a === undefined || b === undefined) return undefined;
  const difference = Array.from(
    { length: Math.max(a.length, b.length) },
    (_, index) => (a[index] ?? 0) - (b[index] ?? 0),
  );
  return (difference.find((each) => each !== 0) ?? 0) >= 0;
}
