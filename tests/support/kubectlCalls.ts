import type { CapturedResource } from "../../local/render/capture.js";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { root } from "./city.js";
import { databases } from "./database.js";
import { allContainersOf, objectsOf, podTemplatesOf, within, type PodTemplate } from "./objects.js";

/** Commands of the tool that need the configuration of a repository host, which members have not. */
export const forRepositoryHosts: readonly string[] = ["backup", "check", "restore-drill", "verify"];

/** A call of kubectl, taken apart as far as runbooks use it. */
export interface KubectlCall {
  context: string;
  namespace: string | undefined;
  verb: string;
  /** Words that are no options: what the verb is done to. */
  targets: string[];
  options: Map<string, string>;
  /** What `exec` runs. */
  command: string[];
}

const withValue = ["--context", "--namespace", "--patch", "-c", "-o"];
const withoutValue = ["--no-headers", "--follow", "--ignore-not-found", "-i"];

/** @throws Error for an option that is not known here: see whether kubectl has it, and add it. */
export function parseKubectl(words: readonly string[]): KubectlCall {
  const end = words.indexOf("--");
  const options = new Map<string, string>();
  const plain: string[] = [];
  const before = end === -1 ? words : words.slice(0, end);
  for (let place = 0; place < before.length; place++) {
    const word = before[place] ?? "";
    const assigned = /^(--[a-z-]+)=([^]*)$/.exec(word);
    if (assigned) options.set(assigned[1] ?? "", assigned[2] ?? "");
    else if (withValue.includes(word)) options.set(word, before[++place] ?? "");
    else if (withoutValue.includes(word)) options.set(word, "");
    else if (word.startsWith("-")) throw new Error(`kubectl ${words.join(" ")}: the option ${word} is not known here`);
    else plain.push(word);
  }
  const [verb = "", ...targets] = plain;
  const command = end === -1 ? [] : words.slice(end + 1);
  return {
    context: options.get("--context") ?? "",
    namespace: options.get("--namespace"),
    verb,
    targets,
    options,
    command,
  };
}

type Container = PodTemplate["spec"]["containers"][number];

/** Variables that images bring, by the name of the image. */
const imageVariables = (image: string): string[] => {
  const name = /([^/]+):[^:]*$/.exec(image)?.[1] ?? "";
  const { environment = {} } = parse(readFileSync(join(root, "images", name, "image.yaml"), "utf8")) as {
    environment?: Record<string, string>;
  };
  return Object.keys(environment);
};

/** What stands in the namespace of a city's databases, as far as runbooks name it. */
export class KnownCluster {
  private readonly tier: CapturedResource[];
  private readonly templates: ReadonlyMap<string, PodTemplate>;
  /** Names that each kind may be called by, as `kubectl` writes kinds. */
  private readonly names: Readonly<Record<string, readonly string[]>>;
  /** Jobs that calls have made. */
  private readonly jobs = new Set<string>();

  constructor(private readonly resources: readonly CapturedResource[]) {
    this.tier = within(resources, databases);
    this.templates = new Map(podTemplatesOf(this.tier));
    const sets = objectsOf(this.tier, "StatefulSet");
    const pods = sets.flatMap(({ metadata, spec }) =>
      Array.from({ length: spec.replicas }, (_, ordinal) => ({
        pod: `${metadata.name}-${ordinal}`,
        claims: spec.volumeClaimTemplates.map((claim) => `${claim.metadata.name}-${metadata.name}-${ordinal}`),
      })),
    );
    const named = (kind: "ConfigMap" | "CronJob" | "Deployment") =>
      objectsOf(this.tier, kind).map(({ metadata }) => metadata.name);
    this.names = {
      configmap: named("ConfigMap"),
      cronjob: named("CronJob"),
      deployment: named("Deployment"),
      pod: pods.map(({ pod }) => pod),
      pvc: pods.flatMap(({ claims }) => claims),
      statefulset: sets.map(({ metadata }) => metadata.name),
    };
  }

  /** Everything that a call names and that is not there; empty when it could be done. */
  unknownIn(call: KubectlCall): string[] {
    // Volumes belong to no namespace, and nobody registers them.
    if (call.targets[0] === "pv")
      return call.namespace === undefined && ["get", "patch"].includes(call.verb) ? [] : ["pv"];
    if (call.options.has("--selector")) return this.unknownSelection(call);
    const unknown = call.namespace === databases ? [] : [`namespace ${call.namespace ?? "(none)"}`];
    switch (call.verb) {
      case "exec":
      case "logs":
        return [...unknown, ...this.unknownInPod(call)];
      case "scale":
        return [...unknown, ...call.targets.flatMap((target) => this.unknownScale(target, call))];
      case "create":
        return [...unknown, ...this.unknownCreation(call)];
      case "rollout":
        return [...unknown, ...call.targets.slice(1).flatMap((target) => this.unknownObject(target))];
      case "wait":
        return [...unknown, ...call.targets.flatMap((target) => this.unknownObject(target))];
      case "delete":
      case "get":
      case "patch": {
        const [kind = "", ...names] = call.targets;
        return [...unknown, ...names.flatMap((name) => this.unknownObject(`${kind}/${name}`))];
      }
      default:
        return [`verb ${call.verb}`];
    }
  }

  private unknownObject(target: string): string[] {
    const [kind = "", name = ""] = target.split("/");
    if (kind === "job") return this.jobs.has(name) ? [] : [target];
    return this.names[kind]?.includes(name) ? [] : [target];
  }

  /** Whether a selector selects nothing. Of Jobs only: their names are hashes. */
  private unknownSelection({ namespace = "", targets: [kind = ""], options }: KubectlCall): string[] {
    const selector = options.get("--selector") ?? "";
    const [label = "", value] = selector.split("=");
    const jobs = kind === "job" ? objectsOf(within(this.resources, namespace), "Job") : [];
    return jobs.some(({ metadata }) => metadata.labels[label] === value)
      ? []
      : [`${kind} --selector=${selector} in ${namespace}`];
  }

  private unknownScale(target: string, { options }: KubectlCall): string[] {
    const missing = this.unknownObject(target);
    if (missing.length > 0) return missing;
    const [kind = "", name = ""] = target.split("/");
    const registered =
      kind === "statefulset"
        ? objectsOf(this.tier, "StatefulSet").find(({ metadata }) => metadata.name === name)?.spec.replicas
        : objectsOf(this.tier, "Deployment").find(({ metadata }) => metadata.name === name)?.spec.replicas;
    // One that the stack has none of is scaled up by whoever needs it.
    const allowed = ["0", `${registered === 0 ? 1 : registered}`];
    const wanted = options.get("--replicas") ?? "";
    return allowed.includes(wanted) ? [] : [`${wanted} replicas of ${target}`];
  }

  private unknownCreation({ targets: [kind, name = ""], options }: KubectlCall): string[] {
    if (kind !== "job") return ["kind"];
    this.jobs.add(name);
    return this.unknownObject(options.get("--from") ?? "");
  }

  private unknownInPod({ targets: [target = ""], options, command }: KubectlCall): string[] {
    const deployment = /^deployment\/(.*)$/.exec(target)?.[1];
    const missing = this.unknownObject(target.includes("/") ? target : `pod/${target}`);
    if (missing.length > 0 || target.startsWith("job/")) return missing;
    const spec = this.templates.get(deployment ?? target.replace(/-\d+$/, ""))?.spec;
    const containers = spec ? allContainersOf(spec) : [];
    const name = options.get("-c");
    const container = name === undefined ? spec?.containers[0] : containers.find((each) => each.name === name);
    if (!spec || !container) return [`container ${name ?? ""}`];
    const text = command.join("\n");
    return [
      ...this.unknownFiles(text, target, spec, container),
      ...unknownVariables(command, container),
      ...this.unfitFor(command, spec),
    ];
  }

  /** Files that no volume of the container has. */
  private unknownFiles(text: string, pod: string, spec: PodTemplate["spec"], { volumeMounts }: Container): string[] {
    const paths = [...text.matchAll(/(?<![\w.-])\/(?:etc|run|scratch|var)\/[^\s"'\\,;)]*/g)].map(([path]) =>
      path.replaceAll(/\$\{?POD_NAME\}?/g, pod),
    );
    return paths.filter((path) => {
      const mount = volumeMounts
        .filter(({ mountPath }) => path === mountPath || path.startsWith(`${mountPath}/`))
        .sort((one, other) => other.mountPath.length - one.mountPath.length)[0];
      if (!mount) return true;
      const volume = spec.volumes.find(({ name }) => name === mount.name) as
        { configMap?: { name: string }; secret?: { secretName: string } } | undefined;
      const files = volume && this.filesOf(volume);
      return files !== undefined && !files.includes(path.slice(mount.mountPath.length + 1));
    });
  }

  private filesOf(volume: { configMap?: { name: string }; secret?: { secretName: string } }): string[] | undefined {
    const [kind, name] = volume.configMap
      ? (["ConfigMap", volume.configMap.name] as const)
      : (["Secret", volume.secret?.secretName] as const);
    const found = objectsOf(this.tier, kind).find(({ metadata }) => metadata.name === name);
    return found && Object.keys(found.data);
  }

  private unfitFor([program, command]: readonly string[], { volumes }: PodTemplate["spec"]): string[] {
    if (program !== "database" || !forRepositoryHosts.includes(command ?? "")) return [];
    const configuration = volumes.some(
      (volume) => "configMap" in volume && volume.configMap.name === "operations-config",
    );
    return configuration ? [] : [`${command} in a pod without the configuration of backups`];
  }
}

/** Variables of a script that neither the pod nor the image has. */
function unknownVariables([program, , script]: readonly string[], { env, image }: Container): string[] {
  if (program !== "bash") return [];
  const known = [
    ...((env as typeof env | undefined) ?? []).map(({ name }) => name),
    ...imageVariables(image),
    "HOSTNAME",
  ];
  const used = [...(script ?? "").matchAll(/\$\{?([A-Z_]+)/g)].map((match) => match[1] ?? "");
  return used.filter((name) => !known.includes(name)).map((name) => `variable ${name}`);
}
