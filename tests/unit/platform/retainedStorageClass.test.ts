import {
  RetainedStorageClass,
  ScratchStorageClass,
  type RetainedStorageClassArgs,
} from "../../../components/platform/index.js";
import type { CapturedResource } from "../../../local/render/capture.js";
import { cityNames, nusantara } from "../../../stacks/topology.js";
import { renderCity } from "../../support/city.js";
import { register } from "../../support/register.js";

const ebs = { provisioner: "ebs.csi.aws.com", parameters: { type: "gp3", encrypted: "true" } };
const registered = (args: RetainedStorageClassArgs = ebs) =>
  register((provider) => new RetainedStorageClass("volumes", args, { provider }));
const classesOf = (resources: readonly CapturedResource[]): CapturedResource[] =>
  resources.filter(({ type }) => type === "kubernetes:storage.k8s.io/v1:StorageClass");

describe("a class of retained volumes", () => {
  test("keeps the data of a claim that is deleted (M8), and lets volumes grow", async () => {
    const [found, ...others] = classesOf(await registered());
    expect(others).toEqual([]);
    expect(found?.inputs).toMatchObject({ reclaimPolicy: "Retain", allowVolumeExpansion: true });
  });

  test("makes a volume in the zone that the pod is placed in", async () => {
    expect(classesOf(await registered())[0]?.inputs.volumeBindingMode).toBe("WaitForFirstConsumer");
  });

  test("hands the provisioner what it is told, and nothing else", async () => {
    expect(classesOf(await registered())[0]?.inputs).toMatchObject(ebs);
    const bare = { provisioner: "nusantara.io/zone-directory", parameters: {} };
    // An empty map would be found changed by every run, and parameters can't be changed.
    expect(classesOf(await registered(bare))[0]?.inputs).not.toHaveProperty("parameters");
  });

  test("is called database unless it is given a name, and is never the default for other claims", async () => {
    const metadata = async (args: RetainedStorageClassArgs) =>
      classesOf(await registered(args))[0]?.inputs.metadata as { name: string; annotations?: object };
    expect(await metadata(ebs)).toMatchObject({ name: "database" });
    expect(await metadata({ ...ebs, name: "archive" })).toMatchObject({ name: "archive" });
    expect(Object.keys((await metadata(ebs)).annotations ?? {})).toEqual([]);
  });

  test("stands below its component, so that the tree shows what it belongs to", async () => {
    const resources = await registered();
    const component = resources.find(({ type }) => type === "nusantara:platform:RetainedStorageClass");
    expect(classesOf(resources)[0]?.parent).toBe(component?.urn);
  });
});

test("a class of scratch volumes gives the room back when the pod is gone: what is in it can be made anew", async () => {
  const resources = await register((provider) => new ScratchStorageClass("scratch", ebs, { provider }));
  expect(classesOf(resources).map(({ inputs }) => inputs)).toMatchObject([
    { ...ebs, metadata: { name: "scratch" }, reclaimPolicy: "Delete", volumeBindingMode: "WaitForFirstConsumer" },
  ]);
});

describe.each(cityNames(nusantara))("the stack of %s", (city) => {
  test("registers one of each, for the disks that it is configured with", async () => {
    expect(classesOf((await renderCity(city)).resources).map(({ inputs }) => inputs)).toMatchObject([
      { metadata: { name: "database" }, reclaimPolicy: "Retain", ...ebs },
      { metadata: { name: "scratch" }, reclaimPolicy: "Delete", ...ebs },
    ]);
  });

  test("takes another provisioner from its configuration", async () => {
    const storage = { provisioner: "example.com/disks", parameters: { tier: "fast" } };
    const { resources } = await renderCity(city, { "nusantara:storage": storage });
    expect(classesOf(resources).map(({ inputs }) => inputs)).toMatchObject([storage, storage]);
  });
});
