import { allocatable, nodeClasses } from "../../../stacks/nodeClasses.js";

const mebibytes = (bytes: number): number => bytes / 2 ** 20;

test("the classes have the sizes of M2", () => {
  expect(nodeClasses).toEqual({
    heavy: { cpu: 64, memory: 64, storage: 500 },
    medium: { cpu: 8, memory: 8, storage: 50 },
    light: { cpu: 4, memory: 4, storage: 50 },
  });
});

test.each([
  [1, 940],
  [2, 1930],
  [4, 3920],
  [8, 7910],
  [64, 63_770],
])("of %d CPUs EKS leaves %d millicores to pods", (cpu, millicores) => {
  expect(allocatable({ cpu, memory: 8, storage: 50 }).cpu).toBe(millicores);
});

test.each([
  [4, 4096 - 1565],
  [64, 65_536 - 1565],
])("of %d GiB EKS leaves %d MiB to pods", (memory, left) => {
  expect(mebibytes(allocatable({ cpu: 4, memory, storage: 50 }).memory)).toBe(left);
});

test("every class has room for pods, and for no more than the kubelet allows", () => {
  for (const size of Object.values(nodeClasses)) {
    const { cpu, memory, pods } = allocatable(size);
    expect(cpu).toBeGreaterThan(0.9 * size.cpu * 1000);
    expect(memory).toBeGreaterThan(0);
    expect(pods).toBe(110);
  }
});
