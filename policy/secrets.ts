/** Names that people give to secrets. Files and lifetimes of secrets are none. */
const secretName = /(password|passwd|passphrase|secret|token|api_?key|private_?key|access_?key|credential)s?$/i;

/** Forms that only secrets have. */
const secretForms: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b/,
  /\bgh[opsu]_[A-Za-z0-9]{36}\b/,
  /[a-z][a-z0-9+.-]*:\/\/[^/\s:@]+:[^/\s:@$]+@/i,
];

/** Whether a variable or key of that name holds a secret. */
export const namesSecret = (name: string): boolean => secretName.test(name);

/** Whether a text holds a private key, a cloud's access key, a token of GitHub or a password in a URL. */
export const holdsSecret = (text: string): boolean => secretForms.some((form) => form.test(text));
