import { join, relative } from "node:path";
import { z } from "zod";
import { lastLines, UserError } from "../errors.js";
import { run } from "../process.js";
import type { Finding } from "./finding.js";
import type { RenderedObject } from "./renders.js";
import { locationTemplate } from "./schemas.js";

/** What kubeconform writes with `-output json`. */
const output = z.object({
  resources: z.array(z.object({ filename: z.string(), status: z.string(), msg: z.string().default("") })),
});

export interface KubeconformArgs {
  /** Path of the program. */
  program: string;
  /** Directory of the rendered files. */
  directory: string;
  objects: readonly RenderedObject[];
  /** Directories of schemas; the first one that knows a kind counts. */
  schemas: readonly string[];
  /** Version of Kubernetes, for people. */
  version: string;
}

/**
 * Holds objects against the schemas of one release: unknown fields, wrong types, versions of APIs that are not there.
 * @throws UserError when the program can't be understood.
 */
export async function kubeconform(args: KubeconformArgs): Promise<Finding[]> {
  const { program, directory, objects, schemas, version } = args;
  const locations = schemas.flatMap((each) => ["-schema-location", join(each, locationTemplate)]);
  const { stdout, stderr } = await run(
    program,
    ["-strict", "-verbose", "-output", "json", ...locations, directory],
    {},
  );
  const verdicts = parse(stdout, stderr);
  return objects.flatMap(({ file, resource, render }) => {
    const own = verdicts.filter(({ filename }) => relative(directory, filename) === file);
    // It skips what it does not take for an object; a file that it says nothing good of has failed.
    const faults = own.length === 0 ? [{ status: "statusEmpty", msg: "is no object" }] : own.filter(isFault);
    return faults.map(({ status, msg }): Finding => ({
      checker: "kubeconform",
      check: checkOf(status, msg),
      resource,
      message: `${version}: ${msg}`,
      foundIn: [render],
    }));
  });
}

const isFault = ({ status }: { status: string }): boolean => status !== "statusValid";

/** Names of ours: it has none but for the outcome. */
function checkOf(status: string, message: string): string {
  if (status === "statusInvalid") return "schema";
  return message.includes("could not find schema") ? "no-schema" : "unreadable";
}

function parse(stdout: string, stderr: string): z.output<typeof output>["resources"] {
  try {
    return output.parse(JSON.parse(stdout)).resources;
  } catch {
    throw new UserError(
      "kubeconform did not say what it found",
      "look at its own words",
      lastLines(stderr || stdout, 5),
    );
  }
}
