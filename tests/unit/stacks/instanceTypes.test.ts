import { alternatives, isArm, isOffered, knownRegions, sizeOfType } from "../../../stacks/instanceTypes.js";
import { defaultInstanceTypes } from "../../../stacks/eksSchema.js";
import { nodeClasses, nodeClassNames } from "../../../stacks/nodeClasses.js";

describe.each(knownRegions)("in %s", (region) => {
  test.each(nodeClassNames)("AWS has the default type of class %s, at least as large as M2 asks for", (nodeClass) => {
    const type = defaultInstanceTypes[nodeClass];
    expect([type, isOffered(region, type), isArm(type)]).toEqual([type, true, false]);
    const { cpu, memory } = nodeClasses[nodeClass];
    expect(sizeOfType(type)).toEqual({ cpu, memory: 2 * memory });
  });
});

test.each(["c6i.xlarge", "m6id.large", "r6i.large", "c7a.xlarge", "t3a.medium"])(
  "Jakarta's region lacks %s, which lists from elsewhere name",
  (type) => {
    expect(isOffered("ap-southeast-3", type)).toBe(false);
  },
);

test("others of the same size are named newest first, without ARM", () => {
  expect(alternatives("ap-southeast-3", "c6i.xlarge")).toEqual([
    "c7i.xlarge",
    "c7i-flex.xlarge",
    "c6in.xlarge",
    "c5n.xlarge",
    "c5d.xlarge",
    "c5.xlarge",
  ]);
});

test.each([
  ["c7i.large", { cpu: 2, memory: 4 }],
  ["m7i.4xlarge", { cpu: 16, memory: 64 }],
  ["r7i.24xlarge", { cpu: 96, memory: 768 }],
  ["t3.medium", undefined],
])("the size of %s", (type, size) => {
  expect(sizeOfType(type)).toEqual(size);
});
