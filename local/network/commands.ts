import { lastLines, UserError } from "../errors.js";
import { run } from "../process.js";
import { namespacePath } from "./names.js";

/**
 * Runs a program and expects it to succeed.
 * @returns its standard output.
 * @throws UserError with the last words of the program.
 */
export async function requireRun(file: string, args: readonly string[], input?: string): Promise<string> {
  const { exitCode, stdout, output } = await run(file, args, input === undefined ? {} : { input });
  if (exitCode === 0) return stdout;
  const details = exitCode === 127 ? [`there is no program "${file}"`] : lastLines(output, 4);
  throw new UserError(`"${[file, ...args].join(" ")}" failed`, "mend what it says and run it again", details);
}

/** Commands of `ip` in a namespace, in one process. */
export const ipBatch = (namespace: string, lines: readonly string[]): Promise<string> =>
  lines.length === 0 ? Promise.resolve("") : requireRun("ip", ["-n", namespace, "-batch", "-"], lines.join("\n"));

/** A program in a network namespace. Not `ip netns exec`, which hides the cgroup file systems from it. */
export const inNamespace = (namespace: string, file: string, args: readonly string[]): [string, string[]] => [
  "nsenter",
  [`--net=${namespacePath(namespace)}`, file, ...args],
];

/** Rules for nftables in a namespace, applied as one transaction. */
export function nftables(namespace: string, rules: string): Promise<string> {
  const [file, args] = inNamespace(namespace, "nft", ["-f", "-"]);
  return requireRun(file, args, rules);
}

/** Names of the interfaces of a namespace. */
export async function interfacesOf(namespace: string): Promise<string[]> {
  const links = JSON.parse(await requireRun("ip", ["-n", namespace, "-json", "link", "show"])) as { ifname: string }[];
  return links.map(({ ifname }) => ifname);
}

/** Kernel settings of a namespace, by name. */
export async function setKernel(namespace: string, settings: Readonly<Record<string, string>>): Promise<void> {
  const [file, args] = inNamespace(namespace, "sysctl", [
    "-q",
    "-w",
    ...Object.entries(settings).map(([key, value]) => `${key}=${value}`),
  ]);
  await requireRun(file, args);
}
