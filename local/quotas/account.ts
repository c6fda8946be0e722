import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../errors.js";

/** What `aws service-quotas list-service-quotas` prints, as far as it is used. */
const listing = z.object({
  Quotas: z.array(
    z.object({
      QuotaArn: z.string().regex(/^arn:aws[a-z-]*:servicequotas:[a-z0-9-]+:\d*:/),
      QuotaCode: z.string(),
      Value: z.number(),
    }),
  ),
});

/** The quotas of an account: the value by region and code; undefined where nobody said. */
export type AccountQuotas = (region: string, code: string) => number | undefined;

/** How to get them. */
export const exportCommand = (region: string, services: readonly string[]): string =>
  `mkdir -p quotas; for service in ${services.join(" ")}; do aws service-quotas list-service-quotas ` +
  `--region ${region} --service-code $service --output json > quotas/${region}-$service.json; done`;

/**
 * Reads a file, or all `.json` files of a directory, that hold what the AWS CLI printed.
 * @throws UserError naming the file that can't be read.
 */
export function readAccountQuotas(path: string): AccountQuotas {
  const remedy = "let the AWS CLI write it: docs/eks.md, Quotas";
  if (!existsSync(path)) throw new UserError(`there is no file or directory "${path}"`, remedy);
  const files = statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => name.endsWith(".json"))
        .map((name) => join(path, name))
    : [path];
  if (files.length === 0) throw new UserError(`there is no .json file in "${path}"`, remedy);
  const values = new Map<string, number>();
  for (const file of files) {
    for (const { QuotaArn, QuotaCode, Value } of parse(file, remedy).Quotas)
      values.set(`${QuotaArn.split(":")[3] ?? ""} ${QuotaCode}`, Value);
  }
  return (region, code) => values.get(`${region} ${code}`);
}

function parse(file: string, remedy: string): z.output<typeof listing> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new UserError(`"${file}" is no JSON`, remedy);
  }
  const result = listing.safeParse(value);
  if (result.success) return result.data;
  const fields = result.error.issues.map(({ path }) => path.join(".") || "(all)");
  throw new UserError(`"${file}" is not what list-service-quotas prints`, remedy, [`wrong: ${fields.join(", ")}`]);
}
