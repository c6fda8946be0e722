import { CronJob, Job, type CronJobArgs, type JobArgs } from "../../../components/workload/index.js";
import { workload } from "../../support/bundles.js";
import { objectOf } from "../../support/objects.js";
import { register } from "../../support/register.js";

const jobOf = async (changes: Partial<JobArgs> = {}) =>
  objectOf(
    await register(
      (provider) => new Job("migration", { ...workload, activeDeadlineSeconds: 600, ...changes }, { provider }),
    ),
    "Job",
  );

const cronJobOf = async (changes: Partial<CronJobArgs> = {}) =>
  objectOf(
    await register(
      (provider) =>
        new CronJob(
          "backup",
          { ...workload, schedule: "0 3 * * *", activeDeadlineSeconds: 600, ...changes },
          { provider },
        ),
    ),
    "CronJob",
  );

describe("a Job", () => {
  test("keeps its name while it stays the same, so that it does not run again", async () => {
    expect((await jobOf()).metadata.name).toBe((await jobOf()).metadata.name);
  });

  test.each<[string, Partial<JobArgs>]>([
    ["image", { image: { ...workload.image, version: "1.4.3" } }],
    ["command", { arguments: ["migrate", "--all"] }],
    ["configuration", { environment: { LOG_LEVEL: "debug" } }],
    ["secret", { secrets: { password: "hunter2" } }],
    ["resources", { resources: { ...workload.resources, limits: { cpu: "2", memory: "1Gi" } } }],
    ["attempts", { backoffLimit: 0 }],
    ["deadline", { activeDeadlineSeconds: 60 }],
  ])("is a new one when its %s changes: its template can't be", async (_, changes) => {
    expect((await jobOf(changes)).metadata.name).not.toBe((await jobOf()).metadata.name);
  });

  test("has a name that Kubernetes takes even where the workload's is as long as allowed", async () => {
    const { metadata } = await jobOf({ name: "m".repeat(52) });
    expect(metadata.name).toMatch(/^m{52}-[0-9a-f]{10}$/);
    expect(metadata.name.length).toBeLessThanOrEqual(63);
  });

  test("gives up after its attempts and its deadline", async () => {
    const { spec } = await jobOf();
    expect(spec).toMatchObject({ backoffLimit: 3, activeDeadlineSeconds: 600 });
    expect(spec.template.spec.restartPolicy).toBe("Never");
    expect((await jobOf({ backoffLimit: 0 })).spec.backoffLimit).toBe(0);
  });
});

test("an `up` waits for a Job as long as it may run, and a minute more for its end to be said", async () => {
  const resources = await register(
    (provider) => new Job("migration", { ...workload, activeDeadlineSeconds: 1800 }, { provider }),
  );
  expect(resources.find(({ type }) => type === "kubernetes:batch/v1:Job")?.createTimeout).toBe("1860s");
});

describe("a CronJob", () => {
  test("runs on its schedule in Jakarta's time", async () => {
    expect((await cronJobOf()).spec).toMatchObject({ schedule: "0 3 * * *", timeZone: "Asia/Jakarta" });
    expect((await cronJobOf({ timeZone: "Etc/UTC" })).spec.timeZone).toBe("Etc/UTC");
  });

  test("never overlaps itself, and skips a start that was missed by too much", async () => {
    expect((await cronJobOf()).spec).toMatchObject({ concurrencyPolicy: "Forbid", startingDeadlineSeconds: 300 });
  });

  test("stops a run that takes too long", async () => {
    const { jobTemplate } = (await cronJobOf({ activeDeadlineSeconds: 60, backoffLimit: 1 })).spec;
    expect(jobTemplate.spec).toMatchObject({ activeDeadlineSeconds: 60, backoffLimit: 1 });
    expect(jobTemplate.spec.template.spec.restartPolicy).toBe("Never");
  });

  test("keeps its name when it changes", async () => {
    const changed = await cronJobOf({ image: { ...workload.image, version: "2.0.0" } });
    expect(changed.metadata.name).toBe("order");
  });
});
