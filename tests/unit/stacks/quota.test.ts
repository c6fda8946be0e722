import { parseQuantity } from "../../../components/kubernetes/index.js";
import type { CapturedResource } from "../../../local/render/capture.js";
import { renderCity } from "../../support/city.js";
import { databases } from "../../support/database.js";
import { containerOf, objectOf, objectsOf, within } from "../../support/objects.js";

const keys = ["requests.cpu", "requests.memory", "limits.cpu", "limits.memory", "pods"] as const;
type Key = (typeof keys)[number];

/** What all services together use at their largest, each with the extra pod of a roll-out, and the runs beside them. */
function largestUse(resources: readonly CapturedResource[], key: Key): number {
  const template = (name: string) => objectOf(resources, "Deployment", name).spec.template;
  const users = [
    ...objectsOf(resources, "HorizontalPodAutoscaler").map(({ metadata, spec }) => ({
      pods: spec.maxReplicas + 1,
      container: containerOf(template(metadata.name)),
    })),
    { pods: 1, container: containerOf(objectOf(resources, "CronJob").spec.jobTemplate.spec.template) },
    // One run of the migration that failed and is ending, and the next one.
    { pods: 2, container: containerOf(objectOf(resources, "Job").spec.template) },
  ];
  const each = ({ resources: { requests, limits } }: ReturnType<typeof containerOf>): Record<Key, string> => ({
    "requests.cpu": requests.cpu ?? "",
    "requests.memory": requests.memory ?? "",
    "limits.cpu": limits.cpu ?? "",
    "limits.memory": limits.memory ?? "",
    pods: "1",
  });
  return users.reduce((sum, { pods, container }) => sum + pods * parseQuantity(each(container)[key]), 0);
}

const large = { cpu: "2", memory: "3Gi" };
const huge = { requests: large, limits: large };

test.each<[string, object]>([
  ["as the stack file has them", {}],
  ["with many more replicas than the load needs", { replicas: 60 }],
  ["with a higher cap than the load needs", { maximumReplicas: 90 }],
  ["with much larger replicas", { replicas: 20, resources: huge }],
])("the quota of the namespace holds all services at their largest, %s", async (_, order) => {
  const stack = await renderCity("jakarta", {
    "nusantara:nodePools": {},
    "nusantara:nusantaraMart": {
      services: { "api-gateway": {}, order, payment: {}, inventory: {}, report: {} },
    },
  });
  const resources = within(stack.resources, "nusantara-mart");
  const { hard } = objectOf(resources, "ResourceQuota").spec;
  for (const key of keys) {
    expect(parseQuantity(hard[key] ?? "")).toBeGreaterThanOrEqual(largestUse(resources, key));
  }
});

test("the quota stays as it is when a service goes, so that nothing but the service changes", async () => {
  const quotaOf = async (services: object) => {
    const { resources } = await renderCity("jakarta", { "nusantara:nusantaraMart": { services } });
    return objectOf(within(resources, "nusantara-mart"), "ResourceQuota").spec.hard;
  };
  expect(await quotaOf({ "api-gateway": {}, order: { replicas: 3 } })).toEqual(await quotaOf({ "api-gateway": {} }));
});

test("the quota of the data tier holds all of it, with a second set of entry points and every Job at once", async () => {
  const resources = within((await renderCity("jakarta")).resources, databases);
  const pods = [
    ...objectsOf(resources, "StatefulSet").map(({ spec }) => [spec.replicas, spec.template] as const),
    ...objectsOf(resources, "Deployment").map(({ spec }) => [2 * spec.replicas, spec.template] as const),
    ...objectsOf(resources, "Job").map(({ spec }) => [1, spec.template] as const),
    ...objectsOf(resources, "CronJob").map(({ spec }) => [1, spec.jobTemplate.spec.template] as const),
  ];
  const { hard } = objectOf(resources, "ResourceQuota").spec;
  for (const kind of ["requests", "limits"] as const) {
    for (const key of ["cpu", "memory"]) {
      const used = pods.reduce((total, [count, { spec }]) => {
        const each = spec.containers.map(({ resources: amounts }) => parseQuantity(amounts[kind][key] ?? ""));
        return total + count * each.reduce((sum, amount) => sum + amount, 0);
      }, 0);
      expect(used).toBeGreaterThan(0);
      expect(parseQuantity(hard[`${kind}.${key}`] ?? "")).toBeGreaterThanOrEqual(used);
    }
  }
  expect(Number(hard.pods)).toBeGreaterThanOrEqual(pods.reduce((total, [count]) => total + count, 0));
});
