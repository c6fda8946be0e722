import { otherBirthmarks } from "../../../local/drills/birthmarks.js";

test("a member with another data directory than before was made anew, and so was one that had none noted", () => {
  const notes = new Map([
    ["birthmark of surabaya-core-0", "11"],
    ["birthmark of surabaya-core-1", "12"],
  ]);
  const found = new Map([
    ["surabaya-core-0", "11"],
    ["surabaya-core-1", "99"],
    ["surabaya-reporting-0", "13"],
  ]);
  expect(otherBirthmarks(notes, found)).toEqual(["surabaya-core-1", "surabaya-reporting-0"]);
});
