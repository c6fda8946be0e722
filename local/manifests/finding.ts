/** What a checker objects to. */
export interface Finding {
  checker: Checker;
  /** The checker's name of what is wrong. */
  check: string;
  /** `Deployment nusantara-mart/order` */
  resource: string;
  message: string;
  /** The renders that it was found in, e.g. `jakarta, local`. */
  foundIn: readonly string[];
}

export const checkers = ["kubeconform", "checkov"] as const;
export type Checker = (typeof checkers)[number];

/** The same finding in several renders is one. */
export function mergedFindings(findings: readonly Finding[]): Finding[] {
  const byIdentity = new Map<string, Finding>();
  for (const finding of findings) {
    const { checker, check, resource, message } = finding;
    const identity = JSON.stringify([checker, check, resource, message]);
    const foundIn = [...(byIdentity.get(identity)?.foundIn ?? []), ...finding.foundIn];
    byIdentity.set(identity, { ...finding, foundIn: [...new Set(foundIn)] });
  }
  return [...byIdentity.values()];
}
