import { Drill } from "../../../local/drills/drill.js";
import type { UserError } from "../../../local/errors.js";
import { localPlatform } from "../../../local/platform.js";
import { Pods } from "../../../local/drills/pods.js";

function drillOf(signal: AbortSignal = new AbortController().signal) {
  const said: string[] = [];
  const platform = localPlatform({});
  const topology = { cities: [{ name: "jakarta", pods: "10.10.0.0/16" }], privateZone: "nusantara.internal" };
  const drill = new Drill(platform, topology, [], new Pods(platform, [], () => undefined), signal, (message) =>
    said.push(message),
  );
  return { drill, said };
}

const errorOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("healing", () => {
  test("undoes the last thing first, everything once, and goes on where something fails", async () => {
    const { drill, said } = drillOf();
    const done: string[] = [];
    for (const what of ["first", "second", "third"])
      drill.onHealing(what, () => {
        done.push(what);
        return what === "second" ? Promise.reject(new Error("it is stuck")) : Promise.resolve();
      });
    const error = (await errorOf(drill.heal())) as UserError;
    expect(done).toEqual(["third", "second", "first"]);
    expect(error.explanation).toBe(
      "not everything could be healed\n    second: it is stuck\n  → make up undoes what drills break",
    );
    expect(said).toEqual(["healing: third", "healing: second", "healing: first"]);
    await drill.heal();
    expect(done).toHaveLength(3);
  });
});

describe("waiting", () => {
  test("ends with what is missing when the time is up", async () => {
    const { drill } = drillOf();
    expect(await drill.waitFor(() => ["a leader"], 0.3)).toEqual(["a leader"]);
    const error = (await errorOf(drill.require("peace", () => ["a leader"], 0))) as UserError;
    expect(error.explanation).toBe("peace did not come true within 0 s\n    a leader\n  → look into what is named");
  });

  test("ends at once when there is nothing to wait for", async () => {
    let looks = 0;
    const { drill } = drillOf();
    expect(await drill.waitFor(() => ((looks += 1) < 2 ? ["one more look"] : []), 10)).toEqual([]);
    expect(looks).toBe(2);
  });

  test("ends when somebody interrupts it", async () => {
    const interruption = new AbortController();
    const { drill } = drillOf(interruption.signal);
    const holding = errorOf(drill.hold(60));
    const waiting = errorOf(drill.waitFor(() => ["for ever"], 60));
    interruption.abort();
    expect(await holding).toMatchObject({ name: "AbortError" });
    expect(await waiting).toMatchObject({ name: "AbortError" });
  });
});

test("without a view that shows one, nobody leads", () => {
  const { drill } = drillOf();
  expect(() => drill.leader()).toThrow("nobody leads the cluster");
});
