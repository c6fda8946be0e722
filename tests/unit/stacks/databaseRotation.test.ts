import { activeSlot, generationOf } from "../../../components/postgres/index.js";
import type { CapturedStack } from "../../../local/render/capture.js";
import { manifestsOf } from "../../../local/render/manifests.js";
import { unwrapSecrets } from "../../../local/render/secrets.js";
import { databaseRoles } from "../../../stacks/databaseRoles.js";
import { parseSharedSecrets } from "../../../stacks/outputs.js";
import { changesBetween } from "../../support/changes.js";
import { renderMarked } from "../../support/database.js";
import { objectOf, within } from "../../support/objects.js";

const users = ["order", "payment", "inventory", "report"];

const stacks: CapturedStack[] = [];
beforeAll(async () => {
  for (const passwordGeneration of [0, 1, 2]) {
    stacks.push(await renderMarked("jakarta", { "nusantara:database": { passwordGeneration } }));
  }
}, 240_000);

/** What the cities share in a generation. */
function shared(generation: number) {
  const { outputs } = stacks[generation] ?? {};
  return parseSharedSecrets("jakarta", unwrapSecrets(outputs?.sharedSecrets)).database;
}

describe("raising the generation of passwords by one", () => {
  test.each([
    [0, "a", "b"],
    [1, "b", "a"],
  ] as const)(
    "from %d leaves the password in use, %s, and makes that of the resting login, %s, anew",
    (from, used, idle) => {
      for (const role of databaseRoles) {
        const [before, after] = [shared(from).logins[role], shared(from + 1).logins[role]];
        expect(before?.active).toBe(used);
        expect(after?.active).toBe(idle);
        expect(after?.passwords[used]).toBe(before?.passwords[used]);
        expect(after?.passwords[idle]).not.toBe(before?.passwords[idle]);
      }
    },
  );

  test("changes neither the authority nor the passphrase, without which no backup could be read", () => {
    const { logins, ...before } = shared(0);
    const { logins: next, ...after } = shared(1);
    expect(after).toEqual(before);
    expect(next).not.toEqual(logins);
  });

  test("gives every role two passwords of its own", () => {
    const passwords = Object.values(shared(1).logins).flatMap((login) => Object.values(login.passwords));
    expect(passwords).toHaveLength(2 * databaseRoles.length);
    expect(new Set(passwords).size).toBe(passwords.length);
  });

  test("hands the other logins out and runs the Job that makes roles, and touches no member", () => {
    const [before, after] = stacks as [CapturedStack, CapturedStack];
    const { added, removed, changed } = changesBetween(before, after);
    const jobs = ["databases/reconcile", "nusantara-mart/schema-migration"].map(
      (name) => expect.stringMatching(new RegExp(`^Job ${name}-[0-9a-f]{10}$`)) as string,
    );
    expect({ added, removed }).toEqual({ added: jobs, removed: jobs });
    const own = (name: string) => [
      `ConfigMap nusantara-mart/${name}-config`,
      `Deployment nusantara-mart/${name}`,
      `Secret nusantara-mart/${name}-secrets`,
    ];
    expect(changed).toEqual(
      [
        ...users.flatMap(own),
        "ConfigMap nusantara-mart/schema-migration-config",
        "Secret nusantara-mart/schema-migration-secrets",
        "ConfigMap databases/reconcile-config",
        "Secret databases/roles",
        "Secret databases/migrator-database",
        "Secret databases/drill-database",
      ].sort(),
    );
    const { data } = objectOf(within(after.resources, "nusantara-mart"), "ConfigMap", "order-config");
    expect(data.DATABASE_WRITE_URL).toContain("postgres://order_b@pg-rw.");
    expect(data.DATABASE_PASSWORD_FILE).toBe("/run/secrets/database-password-b");
  });

  test("leaves pods that were not replaced yet the password of their login", () => {
    const [before, after] = stacks.map((stack) => {
      const secrets = manifestsOf(stack, unwrapSecrets).filter(({ metadata }) => metadata.name === "order-secrets");
      return secrets[0]?.data as Record<string, string>;
    }) as [Record<string, string>, Record<string, string>];
    expect(after["database-password-a"]).toBe(before["database-password-a"]);
    expect(after["database-password-b"]).not.toBe(before["database-password-b"]);
  });
});

test.each(Array.from({ length: 6 }, (_, generation) => generation))(
  "from generation %d on the login in use keeps its password through the next one, and no longer",
  (generation) => {
    const slot = activeSlot(generation);
    const made = [0, 1, 2].map((later) => generationOf(slot, generation + later));
    expect(made).toEqual([generation, generation, generation + 2]);
    expect(activeSlot(generation + 1)).not.toBe(slot);
  },
);
