import fc from "fast-check";
import { disruptionBudget } from "../../components/kubernetes/disruptionBudget.js";

const selector = { "app.kubernetes.io/name": "order" };

test("a budget always keeps one pod up and lets one be evicted, or there is none, or it is refused", () => {
  const minAvailable = fc.option(fc.oneof(fc.integer({ min: -2, max: 60 }), fc.double()), { nil: undefined });
  fc.assert(
    fc.property(fc.nat({ max: 50 }), minAvailable, (replicas, asked) => {
      const args = { selector, replicas, ...(asked !== undefined && { minAvailable: asked }) };
      const possible = asked === undefined || (Number.isInteger(asked) && asked >= 1 && asked < replicas);
      if (replicas < 2) {
        expect(disruptionBudget(args)).toBeUndefined();
      } else if (possible) {
        const kept = Number(disruptionBudget(args)?.minAvailable);
        expect(kept).toBe(asked ?? 1);
        expect(kept).toBeGreaterThanOrEqual(1);
        expect(replicas - kept).toBeGreaterThanOrEqual(1);
      } else {
        expect(() => disruptionBudget(args)).toThrow(`choose 1 to ${replicas - 1}`);
      }
    }),
    { numRuns: 500 },
  );
});
