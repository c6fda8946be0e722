import { clusterName, paths } from "../layout.js";

/**
 * What a member runs pgBackRest for. The two need configurations of their own: `archive-push` writes to every
 * repository that it finds, `archive-get` and `restore` read from every one.
 */
export type PgbackrestPurpose = "archive" | "restore";

/** Where the configuration for each purpose is: the public part, and the directory of the secret part. */
export const pgbackrestFiles: Readonly<Record<PgbackrestPurpose, { file: string; secrets: string }>> = {
  archive: { file: `${paths.configuration}/pgbackrest.conf`, secrets: paths.pgbackrestSecrets },
  restore: { file: `${paths.configuration}/pgbackrest-restore.conf`, secrets: paths.restoreSecrets },
};

/** The command without its verb. With `--config` alone pgBackRest would not read the secret part. */
export function pgbackrestCommand(purpose: PgbackrestPurpose): string {
  const { file, secrets } = pgbackrestFiles[purpose];
  return `pgbackrest --config=${file} --config-include-path=${secrets} --stanza=${clusterName}`;
}
