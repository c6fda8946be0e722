import type { ComponentResourceOptions } from "@pulumi/pulumi";
import type { CapturedResource } from "../../local/render/capture.js";
import type { Scaling } from "../../components/kubernetes/index.js";
import {
  CronJob,
  DaemonSet,
  Job,
  Namespace,
  Toolbox,
  WebService,
  Worker,
  type WorkloadArgs,
} from "../../components/workload/index.js";
import { register } from "./register.js";

/** A workload as small as they come. */
export const workload: WorkloadArgs = {
  name: "order",
  namespace: "shop",
  city: "jakarta",
  partOf: "nusantara-mart",
  component: "backend",
  image: { repository: "registry.example.com/order", version: "1.4.2" },
  resources: { requests: { cpu: "250m", memory: "128Mi" }, limits: { cpu: "1", memory: "256Mi" } },
};

/** What a test may say of a bundle; `scaling` is for those with replicas. */
type Changes = Partial<WorkloadArgs> & { scaling?: Scaling };
type Register = (changes?: Changes) => Promise<CapturedResource[]>;

const registered =
  (make: (args: WorkloadArgs & { scaling: Scaling }, opts: ComponentResourceOptions) => unknown): Register =>
  (changes = {}) =>
    register((provider) => make({ ...workload, scaling: { minimum: 2, maximum: 4 }, ...changes }, { provider }));

const run = { activeDeadlineSeconds: 600 };

/** Registers one bundle of each kind of workload, with changes to its arguments. */
export const bundles = {
  WebService: registered((args, opts) => new WebService("order", args, opts)),
  Worker: registered((args, opts) => new Worker("order", args, opts)),
  Job: registered((args, opts) => new Job("order", { ...args, ...run }, opts)),
  CronJob: registered((args, opts) => new CronJob("order", { ...args, ...run, schedule: "0 3 * * *" }, opts)),
  Toolbox: registered((args, opts) => new Toolbox("order", args, opts)),
  DaemonSet: registered((args, opts) => new DaemonSet("order", args, opts)),
} as const satisfies Record<string, Register>;

export type Bundle = keyof typeof bundles;
export const bundleNames = Object.keys(bundles) as Bundle[];

/** Registers a namespace. */
export const namespaceBundle = (): Promise<CapturedResource[]> =>
  register(
    (provider) =>
      new Namespace(
        "shop",
        {
          name: "shop",
          city: "jakarta",
          quota: { requests: { cpu: "4", memory: "4Gi" }, limits: { cpu: "8", memory: "8Gi" }, pods: 20 },
        },
        { provider },
      ),
  );
