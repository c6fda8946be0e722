import { cutRules } from "../../../local/network/links.js";

test("a router drops what comes from the cities that it is cut off from, and what goes to them, and nothing else", () => {
  expect(cutRules(["bandung"])).toBe('add element inet nusantara cut { "link-1" }');
  expect(cutRules(["bandung", "surabaya"])).toBe('add element inet nusantara cut { "link-1", "link-2" }');
});
