import type { CapturedStack, Surroundings } from "../../local/render/capture.js";
import { render } from "../../local/render/render.js";
import { unwrapSecrets } from "../../local/render/secrets.js";
import { overlaid, type StackSettings } from "../../local/render/stackFile.js";
import { root, settingsOf } from "./city.js";
import { withoutStacks } from "./withoutStacks.js";

/** Namespace of the data tier. */
export const databases = "databases";

/** What every secret value in these tests contains. */
export const mark = "hunter2";

const nameOf = (urn: string): string => urn.split("::").at(-1) ?? "";

/** A value that says which resource made it, and out of what. */
const secretOf = (urn: string, keepers: unknown): string =>
  `${mark}-${nameOf(urn)}-${JSON.stringify(keepers ?? {}).replace(/[^\w-]+/g, "")}`.padEnd(32, "-");

/** Surroundings in which no two secrets are alike, and each is found wherever it ends up. */
const marked = (first: Record<string, unknown>): Surroundings => ({
  compute({ type, urn, inputs }) {
    switch (type) {
      case "random:index/randomPassword:RandomPassword":
        return { result: secretOf(urn, inputs.keepers) };
      case "tls:index/privateKey:PrivateKey":
        return { privateKeyPem: secretOf(urn, undefined) };
      case "tls:index/selfSignedCert:SelfSignedCert":
      case "tls:index/locallySignedCert:LocallySignedCert":
        return { certPem: `certificate of ${nameOf(urn)}` };
      case "tls:index/certRequest:CertRequest":
        return { certRequestPem: `request of ${nameOf(urn)}` };
      default:
        return {};
    }
  },
  stackOutputs: () => first,
});

/**
 * Registers a city as its real file has it, with changes on top, out of secrets that can be told apart.
 * @param ofFirst changes of the first city, which shares its outputs with a branch.
 */
export async function renderMarked(
  city: string,
  changes: StackSettings = {},
  ofFirst: StackSettings = {},
): Promise<CapturedStack> {
  const first = city === "jakarta" ? {} : (await renderMarked("jakarta", ofFirst)).outputs;
  return withoutStacks(() =>
    render({
      root,
      stack: city,
      settings: overlaid(settingsOf(city), changes),
      surroundings: marked(unwrapSecrets(first) as Record<string, unknown>),
      decrypt: (key) => `${mark}-${key.replace(/\W+/g, "-")}`,
    }),
  );
}

/** Encrypted keys for the repositories of backups, as a stack's file has them. */
export const backupCredentials: StackSettings = {
  "nusantara:backupCredentials": {
    accessKeyId: { secure: "v1:abc" },
    secretAccessKey: { secure: "v1:def" },
  },
};
