import Table from "cli-table3";
import { UserError } from "./errors.js";
import type { Platform } from "./platform.js";
import { exportCommand, readAccountQuotas, type AccountQuotas } from "./quotas/account.js";
import { quotas, type Quota } from "./quotas/catalogue.js";
import { needsOf, type Need } from "./quotas/needs.js";
import type { CapturedResource } from "./render/capture.js";
import { renderStack, stacksFor } from "./render/city.js";
import { plainTable } from "./tables.js";

/**
 * What the production stacks need of the quotas of their account, against the account's own or those of a new one. Asks AWS
 * for nothing.
 * @param path file or directory with what the AWS CLI lists; without it the defaults of AWS count
 * @returns what to print.
 * @throws UserError when the account's own quotas are too small, with the commands that raise them.
 */
export async function quotasCommand(platform: Platform, path: string | undefined): Promise<string> {
  const stacks: Record<string, readonly CapturedResource[]> = {};
  for (const stack of stacksFor("production")) {
    stacks[stack] = (await renderStack(platform, stack, "production")).resources;
  }
  const needs = needsOf(stacks);
  const known = path === undefined || path === "" ? undefined : readAccountQuotas(path);
  const table = quotaTable(needs, known);
  const missing = tooSmall(needs, known);
  if (missing.length === 0) return `${table}\nAll of them are enough.`;
  const what = `${missing.length} of ${needs.length} quotas are too small`;
  if (known !== undefined) {
    throw new UserError(what, "run these, and wait until AWS has granted them", [
      ...table.split("\n"),
      ...missing.map(raiseCommand),
    ]);
  }
  return [
    table,
    `${what} in a new account. Raise them:`,
    ...missing.map(raiseCommand),
    "To compare with what your account has (then QUOTAS=quotas):",
    ...[...new Set(needs.map(({ region }) => region))].map((region) =>
      exportCommand(region, [...new Set(Object.values(quotas).map(({ service }) => service))].sort()),
    ),
  ].join("\n");
}

/** What there is of a quota: the account's own where it is known, else AWS's default. */
const valueOf = ({ region, quota }: Need, known: AccountQuotas | undefined): number =>
  known?.(region, quotas[quota].code) ?? quotas[quota].default;

export const tooSmall = (needs: readonly Need[], known: AccountQuotas | undefined): Need[] =>
  needs.filter((need) => rounded(need) > valueOf(need, known));

/** Quotas are whole numbers, and so is what is asked for. */
const rounded = ({ value }: Need): number => Math.ceil(value);

export function quotaTable(needs: readonly Need[], known: AccountQuotas | undefined): string {
  const table = new Table({ head: ["region", "quota", "code", "needed", "there", "is"], ...plainTable });
  for (const need of needs) {
    const { name, service, code }: Quota = quotas[need.quota];
    const own = known?.(need.region, code);
    table.push([
      need.region,
      name,
      `${service}/${code}`,
      rounded(need),
      `${valueOf(need, known)}${own === undefined ? " (default)" : ""}`,
      rounded(need) > valueOf(need, known) ? "too small" : "enough",
    ]);
  }
  return table.toString();
}

export const raiseCommand = (need: Need): string => {
  const { service, code } = quotas[need.quota];
  return (
    `aws service-quotas request-service-quota-increase --region ${need.region} --service-code ${service} ` +
    `--quota-code ${code} --desired-value ${rounded(need)}`
  );
};
