import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";

const schema = z.record(z.string(), z.strictObject({ identity: z.string(), digest: z.string() }));

/** SHA-256 of files. Programs are large: one that is the same file as last time is not read again. */
export class Digests {
  private readonly known: z.infer<typeof schema>;
  private changed = false;

  /** @param file where digests are remembered; without one, not at all. */
  constructor(private readonly file?: string) {
    this.known = file !== undefined && existsSync(file) ? remembered(readFileSync(file, "utf8")) : {};
  }

  of(path: string): string {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    const identity = [ino, size, mtimeNs, ctimeNs].join(" ");
    const known = this.known[path];
    if (known?.identity === identity) return known.digest;
    const digest = createHash("sha256").update(readFileSync(path)).digest("hex");
    this.known[path] = { identity, digest };
    this.changed = true;
    return digest;
  }

  save(): void {
    if (this.file === undefined || !this.changed) return;
    mkdirSync(dirname(this.file), { recursive: true });
    const beside = `${this.file}.${process.pid}`;
    writeFileSync(beside, JSON.stringify(this.known));
    renameSync(beside, this.file);
  }
}

function remembered(text: string): z.infer<typeof schema> {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    // What can't be read is worked out again.
    return {};
  }
}
