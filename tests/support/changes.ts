import type { CapturedStack } from "../../local/render/capture.js";
import { describeManifest, manifestsOf, type Manifest } from "../../local/render/manifests.js";
import { unwrapSecrets } from "../../local/render/secrets.js";

/** The Kubernetes objects of a stack by description, e.g. `Deployment nusantara-mart/order`, secrets in plain text. */
const objectsByName = (stack: CapturedStack): Map<string, Manifest> =>
  new Map(manifestsOf(stack, unwrapSecrets).map((manifest) => [describeManifest(manifest), manifest]));

/** What becomes of the Kubernetes objects of a stack when it is brought up as another one. */
export function changesBetween(before: CapturedStack, after: CapturedStack) {
  const [old, next] = [objectsByName(before), objectsByName(after)];
  const same = (name: string) => JSON.stringify(old.get(name)) === JSON.stringify(next.get(name));
  return {
    added: [...next.keys()].filter((name) => !old.has(name)).sort(),
    removed: [...old.keys()].filter((name) => !next.has(name)).sort(),
    changed: [...old.keys()].filter((name) => next.has(name) && !same(name)).sort(),
  };
}
