import { streamingCheck } from "../../../local/drills/scenarios/quorum.js";

describe("what is promised of members after etcd was away (row 14)", () => {
  test("is kept where all of them stream within a minute", () => {
    expect(streamingCheck([], 15.2)).toMatchObject({ promised: "at most 60 s", measured: "15.2 s", isKept: true });
  });

  test("is broken where somebody does not, who is named", () => {
    const missing = ["jakarta sees that bandung-core-1 is running", "surabaya sees that bandung-core-1 is running"];
    expect(streamingCheck(missing, 60)).toMatchObject({ measured: missing.join("; "), isKept: false });
  });

  test("is broken where they stream later", () => {
    expect(streamingCheck([], 61)).toMatchObject({ measured: "61.0 s", isKept: false });
  });
});
