import type { WorkloadArgs } from "../../../components/workload/index.js";
import { bundleNames, bundles, workload } from "../../support/bundles.js";
import { objectOf } from "../../support/objects.js";

const directories = (...paths: string[]): Partial<WorkloadArgs> => ({
  writableDirectories: Object.fromEntries(paths.map((path) => [path, "1Mi"])),
});
const image = (changes: Partial<WorkloadArgs["image"]>): Partial<WorkloadArgs> => ({
  image: { ...workload.image, ...changes },
});

describe.each(bundleNames)("a %s refuses", (name) => {
  test.each<[string, Partial<WorkloadArgs>, RegExp]>([
    [
      "a name that is no DNS label",
      { name: "Order_1" },
      /^workload "Order_1": the name must be a lower-case DNS label/,
    ],
    ["a name that is too long for its Jobs", { name: "o".repeat(53) }, /at most 52 characters$/],
    ["no name", { name: "" }, /^workload "": the name must be/],
    [
      "the latest tag",
      image({ version: "latest" }),
      /^workload "order": image .*order needs a fixed version: "latest"/,
    ],
    ["no tag", image({ version: "" }), /^workload "order": image registry.example.com\/order needs a fixed version/],
    ["a digest that is none", image({ digest: "sha256:123" }), /^workload "order": "sha256:123" is no image digest/],
    ["a directory that is not absolute", directories("tmp"), /^workload "order": "tmp" is no directory below \//],
    ["the root as a directory", directories("/"), /"\/" is no directory below \//],
    ["directories that would share a volume", directories("/a/b", "/a-b"), /"\/a-b" and "\/a\/b" would share/],
    ["the volume of its secrets", directories("/Secrets"), /"\/Secrets" and "\/run\/secrets" would share the volume/],
  ])("%s", async (_, changes, message) => {
    await expect(bundles[name](changes)).rejects.toThrow(message);
  });

  test("none of the longest names", async () => {
    const longest = "o".repeat(52);
    const resources = await bundles[name]({ name: longest });
    expect(objectOf(resources, "ServiceAccount").metadata.name).toBe(longest);
  });
});

test.each(["WebService", "Worker"] as const)("a %s refuses bounds that it can't scale between", async (name) => {
  await expect(bundles[name]({ scaling: { minimum: 4, maximum: 2 } })).rejects.toThrow(
    "a Deployment can't scale from 4 to 2 replicas",
  );
});
