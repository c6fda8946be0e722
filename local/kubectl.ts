import { applySetDefinition, applySetId, applySetReference, emptyApplySet, memberLabel } from "./applySet.js";
import { deletions, identity, parseDiff, uncontested, type Change, type Difference } from "./changes.js";
import { lastLines, UserError } from "./errors.js";
import { asNewJob } from "./jobs.js";
import { kubeCache, kubeconfigOf, tool, type Platform } from "./platform.js";
import { run } from "./process.js";
import { describeManifest, type Manifest } from "./render/manifests.js";

/** Owner of the fields that we apply. */
export const fieldManager = "nusantara";

const serverSide = ["--server-side", "--force-conflicts", `--field-manager=${fieldManager}`, "-f", "-"];

/** kubectl against one city. Manifests go through standard input: they hold secrets. */
export class Kubectl {
  constructor(
    private readonly platform: Platform,
    private readonly city: string,
  ) {}

  /** The live objects of the manifests; what does not exist is left out. */
  get(manifests: readonly Manifest[]): Promise<Manifest[]> {
    return this.list(["-f", "-", "--ignore-not-found"], manifests.map(identityOnly));
  }

  /** Objects that `kubectl get` finds with these arguments. */
  async list(args: readonly string[], manifests?: readonly Manifest[]): Promise<Manifest[]> {
    const stdout = await this.require("reading objects", ["get", ...args, "-o", "json"], manifests);
    if (stdout.trim() === "") return [];
    const result = JSON.parse(stdout) as Manifest & { items?: Manifest[] };
    return result.items ?? [result];
  }

  /**
   * Makes the cluster hold exactly these objects of a set: creates and changes by server-side apply, and deletes what
   * an earlier apply of the same set had and this one has not. Objects outside the set are not touched.
   *
   * @throws UserError with the API server's own words.
   */
  async apply(set: string, manifests: readonly Manifest[]): Promise<Change[]> {
    await this.ensureSet(set);
    const members = await this.members(set);
    const changes = await this.compare(set, manifests);
    const wanted = new Set(manifests.map(identity));
    await this.require(
      `applying "${set}"`,
      ["apply", "--prune", `--applyset=${applySetReference(set)}`, "--validate=strict", ...serverSide],
      manifests,
    );
    return [...changes, ...deletions(members.filter((member) => !wanted.has(identity(member))))];
  }

  /** Has the pods of a workload made anew, as its strategy says. */
  async restart({ kind, metadata: { name, namespace } }: Manifest): Promise<void> {
    await this.require("restarting", [
      "rollout",
      "restart",
      `${kind}/${name}`,
      `--namespace=${namespace ?? "default"}`,
    ]);
  }

  /** Has a Job run once more, also one that has ended. */
  async rerun(job: Manifest): Promise<void> {
    await this.require(
      "running a Job again",
      ["replace", "--force", `--field-manager=${fieldManager}`, "-f", "-"],
      [asNewJob(job)],
    );
  }

  /** The last lines that the newest pod of a Job has written; none where it has not started, or can't be asked. */
  async lastWords({ metadata: { name, namespace } }: Manifest, count: number): Promise<string[]> {
    const { stdout } = await this.attempt([
      "logs",
      `job/${name}`,
      `--namespace=${namespace ?? "default"}`,
      "--all-containers",
      "--ignore-errors",
      `--tail=${count}`,
    ]);
    return lastLines(stdout, count);
  }

  /** Deletes objects and waits until they are gone. */
  async delete(objects: readonly Manifest[]): Promise<void> {
    if (objects.length > 0) await this.require("deleting objects", ["delete", "-f", "-"], objects.map(identityOnly));
  }

  private async ensureSet(set: string): Promise<void> {
    const reference = applySetReference(set);
    const found = await this.attempt(["get", reference, "--ignore-not-found", "-o", "name"]);
    if (found.exitCode === 0 && found.stdout.trim() !== "") return;
    await this.require("preparing sets", ["apply", ...serverSide], [applySetDefinition]);
    await this.require("preparing sets", [
      "wait",
      "--for=condition=Established",
      "--timeout=30s",
      `customresourcedefinition/${applySetDefinition.metadata.name}`,
    ]);
    await this.require("preparing sets", ["create", "-f", "-"], [emptyApplySet(set)]);
  }

  /** What an earlier apply of the set left in the cluster. */
  private async members(set: string): Promise<Manifest[]> {
    const [parent] = await this.list([applySetReference(set)]);
    const kinds = parent?.metadata.annotations?.["applyset.kubernetes.io/contains-group-kinds"] ?? "";
    if (kinds === "") return [];
    return this.list([kinds, "--all-namespaces", `--selector=${memberLabel}=${applySetId(set)}`]);
  }

  /** What an apply would create or change. */
  private async compare(set: string, manifests: readonly Manifest[]): Promise<Change[]> {
    const live = new Set((await this.get(manifests)).map(identity));
    const created = manifests.filter((manifest) => !live.has(identity(manifest)));
    const existing = manifests.filter((manifest) => live.has(identity(manifest)));
    const creations = created.map((manifest): Change => ({
      action: "created",
      object: describeManifest(manifest),
      lines: [],
    }));
    if (existing.length === 0) return creations;
    const labelled = existing.map((manifest) => withLabel(manifest, memberLabel, applySetId(set)));
    return [...creations, ...(await uncontested(labelled, (some) => this.diff(some)))];
  }

  private async diff(manifests: readonly Manifest[]): Promise<Difference[]> {
    const { exitCode, stdout, stderr } = await this.attempt(["diff", ...serverSide], manifests);
    // 0 is no difference, 1 is some, more is an error.
    if (exitCode > 1) throw this.failure("comparing with what runs", stderr);
    return parseDiff(stdout);
  }

  private async require(what: string, args: readonly string[], manifests?: readonly Manifest[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.attempt(args, manifests);
    if (exitCode !== 0) throw this.failure(what, stderr);
    return stdout;
  }

  private attempt(args: readonly string[], manifests?: readonly Manifest[]) {
    return run(
      tool(this.platform, "kubectl"),
      ["--kubeconfig", kubeconfigOf(this.platform, this.city), "--request-timeout=60s", ...args],
      {
        ...(manifests && { input: JSON.stringify({ apiVersion: "v1", kind: "List", items: manifests }) }),
        env: {
          KUBECTL_APPLYSET: "true",
          KUBECTL_EXTERNAL_DIFF: "diff -u -N",
          KUBECACHEDIR: kubeCache(this.platform),
        },
      },
    );
  }

  private failure(what: string, stderr: string): UserError {
    return new UserError(`${what} in ${this.city} failed`, "mend what it says and run it again", lastLines(stderr, 8));
  }
}

/** Enough of a manifest to find the object, without its contents. */
const identityOnly = ({ apiVersion, kind, metadata: { name, namespace } }: Manifest): Manifest => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace !== undefined && { namespace }) },
});

const withLabel = (manifest: Manifest, label: string, value: string): Manifest => ({
  ...manifest,
  metadata: { ...manifest.metadata, labels: { ...manifest.metadata.labels, [label]: value } },
});
