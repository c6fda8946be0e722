import { disruptionBudget } from "../../../components/kubernetes/disruptionBudget.js";

const selector = { "app.kubernetes.io/name": "order" };

test("one of two replicas stays up while a node is drained (M16)", () => {
  expect(disruptionBudget({ selector, replicas: 2 })).toMatchObject({
    minAvailable: 1,
    selector: { matchLabels: selector },
  });
});

test.each([0, 1])("%d replicas get no budget: it would block every drain for ever", (replicas) => {
  expect(disruptionBudget({ selector, replicas })).toBeUndefined();
});

test("more replicas may be kept up, as long as one can go", () => {
  expect(disruptionBudget({ selector, replicas: 5, minAvailable: 4 })).toMatchObject({ minAvailable: 4 });
});

test.each([0, -1, 1.5, 3, 4])("%d of 3 replicas is refused, with what would do", (minAvailable) => {
  expect(() => disruptionBudget({ selector, replicas: 3, minAvailable })).toThrow(
    `minAvailable ${minAvailable} of 3 replicas can't be satisfied: choose 1 to 2`,
  );
});

test("a pod that is broken already does not block the drain that would move it", () => {
  expect(disruptionBudget({ selector, replicas: 2 })).toMatchObject({ unhealthyPodEvictionPolicy: "AlwaysAllow" });
});
