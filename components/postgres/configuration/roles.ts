import { databaseName } from "../layout.js";
import { applicationsRole, loginName, type LoginSlot, loginSlots, roles } from "./roleNames.js";
import { scramSalt, scramVerifier } from "./scram.js";
import { identifier, literal, sqlArray } from "./sql.js";

/** Who may do what in a schema. */
export interface SchemaAccess {
  schema: string;
  /** Group that owns the schema and what is made in it, e.g. `migrator`. */
  owner: string;
  /** Groups that may read and add rows, in tables of today and of tomorrow. */
  writers: readonly string[];
  /** Tables that writers get nothing of, e.g. the list of migrations. @default none */
  hidden?: readonly string[];
}

/** SCRAM verifiers of both logins of each group. */
export type Verifiers = Readonly<Record<string, Readonly<Record<LoginSlot, string>>>>;

export interface RolesArgs {
  schemas: readonly SchemaAccess[];
  /** Groups that no schema names may only connect. */
  verifiers: Verifiers;
}

/** Verifiers of passwords, by group. The same passwords give the same verifiers. @throws RangeError as `scramVerifier` */
export const verifiersOf = (
  logins: Readonly<Record<string, { passwords: Readonly<Record<LoginSlot, string>> }>>,
): Verifiers =>
  Object.fromEntries(
    Object.entries(logins).map(([group, { passwords }]) => {
      const verifier = (slot: LoginSlot): string => scramVerifier(passwords[slot], scramSalt(loginName(group, slot)));
      return [group, { a: verifier("a"), b: verifier("b") }];
    }),
  );

interface WantedRole {
  name: string;
  /** Of a login; a group has none. */
  verifier?: string;
}

/** Makes each role what it should be. Who runs it can't read verifiers, so that they are set anew, to the same. */
const rolesLoop = (wanted: readonly WantedRole[]): string => `DO $$
DECLARE
  wanted record;
BEGIN
  FOR wanted IN SELECT * FROM (VALUES
${wanted.map(({ name, verifier }) => `    (${literal(name)}, ${verifier === undefined ? "NULL" : literal(verifier)})`).join(",\n")}
  ) AS roles (name, verifier) LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) THEN
      EXECUTE format('CREATE ROLE %I', wanted.name);
    END IF;
    IF wanted.verifier IS NOT NULL THEN
      EXECUTE format('ALTER ROLE %I LOGIN PASSWORD %L', wanted.name, wanted.verifier);
    ELSIF (SELECT rolcanlogin FROM pg_roles WHERE rolname = wanted.name) THEN
      EXECUTE format('ALTER ROLE %I NOLOGIN PASSWORD NULL', wanted.name);
    END IF;
  END LOOP;
END $$;`;

/**
 * A login of an application that is no longer wanted can't connect any more. It stays, as it may own something. Who runs
 * this is a member of every role that it made.
 */
const retire = (logins: readonly string[]): string => `DO $$
DECLARE
  retired name;
BEGIN
  FOR retired IN
    SELECT rolname FROM pg_roles
    WHERE rolcanlogin AND NOT rolsuper AND rolname <> current_user
      AND pg_has_role(oid, ${literal(applicationsRole)}, 'MEMBER')
      AND rolname <> ALL (${sqlArray(logins)})
  LOOP
    EXECUTE format('ALTER ROLE %I NOLOGIN', retired);
  END LOOP;
END $$;`;

function schemaStatements({ schema, owner, writers, hidden = [] }: SchemaAccess): string[] {
  const name = identifier(schema);
  const group = identifier(owner);
  const to = writers.map(identifier).join(", ");
  const statements = [
    // CREATE SCHEMA IF NOT EXISTS asks for this right before it looks, and migrations begin with it.
    `GRANT CREATE ON DATABASE ${identifier(databaseName)} TO ${group};`,
    `CREATE SCHEMA IF NOT EXISTS ${name} AUTHORIZATION ${group};`,
    `REVOKE ALL ON SCHEMA ${name} FROM PUBLIC;`,
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${group} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;`,
    // What either login makes belongs to the group, so that the other one can change it.
    ...loginSlots.map((slot) => `ALTER ROLE ${identifier(loginName(owner, slot))} SET role = ${literal(owner)};`),
  ];
  if (writers.length === 0) return statements;
  return [
    ...statements,
    `GRANT USAGE ON SCHEMA ${name} TO ${to};`,
    `GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA ${name} TO ${to};`,
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${group} IN SCHEMA ${name} GRANT SELECT, INSERT ON TABLES TO ${to};`,
    ...hidden.map((table) => {
      const target = `${name}.${identifier(table)}`;
      return `DO $$ BEGIN
  IF to_regclass(${literal(target)}) IS NOT NULL THEN
    REVOKE ALL ON ${target} FROM ${to};
  END IF;
END $$;`;
    }),
  ];
}

/**
 * Roles of the applications and their rights, as SQL without transaction control: whoever runs it, as `administrator` in
 * the application's database on the primary, does so in one transaction and under a lock against a second run at the
 * same time. It may run any number of times. It holds verifiers, out of which no password can be read, and is a secret
 * all the same: it belongs neither into a log nor into arguments.
 *
 * The roles of the cluster itself and what only a superuser can make come from the bootstrap of the cluster.
 *
 * @throws Error for a name that is no plain identifier or is taken by the cluster, or for a group without verifiers.
 */
export function rolesSql({ schemas, verifiers }: RolesArgs): string {
  const groups = [...new Set([...Object.keys(verifiers), ...schemas.flatMap((s) => [s.owner, ...s.writers])])].sort();
  const own: string[] = [...Object.values(roles), applicationsRole];
  const taken = groups.find((group) => own.includes(group));
  if (taken !== undefined) throw new Error(`"${taken}" is a role of the cluster itself; give the group another name`);
  const logins = groups.flatMap((group) =>
    loginSlots.map((slot) => {
      const name = loginName(group, slot);
      const verifier = verifiers[group]?.[slot];
      if (verifier === undefined) {
        throw new Error(
          `group "${group}" has no verifier for its login ${name}; add one to verifiers.${group}.${slot}`,
        );
      }
      return { group, name, verifier };
    }),
  );
  const names = logins.map(({ name }) => name);
  const twice = [...groups, ...names].find((name, place, all) => all.indexOf(name) !== place);
  if (twice !== undefined) throw new Error(`two roles would be called "${twice}"; give one of the groups another name`);
  const applications = identifier(applicationsRole);
  return [
    rolesLoop([{ name: applicationsRole }, ...groups.map((name) => ({ name })), ...logins]),
    ...groups.map((group) => `GRANT ${applications} TO ${identifier(group)};`),
    ...logins.map(({ group, name }) => `GRANT ${identifier(group)} TO ${identifier(name)};`),
    retire(names),
    `GRANT CONNECT ON DATABASE ${identifier(databaseName)} TO ${applications};`,
    ...schemas.flatMap(schemaStatements),
    "",
  ].join("\n");
}
