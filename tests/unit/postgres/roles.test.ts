import { rolesSql, verifiersOf } from "../../../components/postgres/configuration/index.js";

const passwords = (group: string) => ({ passwords: { a: `${group} of generation 1`, b: `${group} of generation 2` } });
const verifiers = verifiersOf({ order: passwords("order"), migrator: passwords("migrator") });
const reference = { schema: "reference", owner: "migrator", writers: ["order"], hidden: ["migrations"] };
const sql = rolesSql({ schemas: [reference], verifiers });

test("no password is in the script, and its verifier is", () => {
  expect(sql).not.toContain("of generation");
  expect(sql).toContain(`('order_a', '${verifiers.order?.a ?? "?"}')`);
});

test("each group is an application, and each login a member of its group", () => {
  expect(sql).toContain('GRANT "applications" TO "order";');
  expect(sql).toContain('GRANT "order" TO "order_b";');
});

test("writers may read and add rows, and nothing else", () => {
  expect(sql).toContain('GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA "reference" TO "order";');
  expect(sql).not.toMatch(/GRANT (?:ALL|[^;]*\b(?:UPDATE|DELETE|TRUNCATE))\b/);
  expect(sql).toContain('REVOKE ALL ON "reference"."migrations" FROM "order";');
});

test("what a login of the owner makes belongs to the group", () => {
  expect(sql).toContain(`ALTER ROLE "migrator_a" SET role = 'migrator';`);
  expect(sql).not.toContain(`ALTER ROLE "order_a" SET role`);
});

test("the order in which groups are given does not matter", () => {
  const { order = { a: "", b: "" }, migrator = { a: "", b: "" } } = verifiers;
  expect(rolesSql({ schemas: [reference], verifiers: { order, migrator } })).toBe(
    rolesSql({ schemas: [reference], verifiers: { migrator, order } }),
  );
});

test("a group without verifiers is refused", () => {
  expect(() => rolesSql({ schemas: [{ ...reference, writers: ["payment"] }], verifiers })).toThrow(
    'group "payment" has no verifier for its login payment_a; add one to verifiers.payment.a',
  );
});

test.each(["replicator", "postgres", "administrator", "applications"])("%s is no group", (name) => {
  expect(() => rolesSql({ schemas: [], verifiers: { [name]: { a: "x", b: "y" } } })).toThrow(
    `"${name}" is a role of the cluster itself; give the group another name`,
  );
});

test.each(['x"; drop table records; --', "Order", "pg_group", "1st", ""])("%j is no name", (name) => {
  expect(() => rolesSql({ schemas: [], verifiers: { [name]: { a: "x", b: "y" } } })).toThrow(
    "can't be the name of a role",
  );
});

test("two groups whose logins would be one are refused", () => {
  const pair = { a: "x", b: "y" };
  expect(() => rolesSql({ schemas: [], verifiers: { "order-a": pair, order_a: pair } })).toThrow(
    'two roles would be called "order_a_a"',
  );
});
