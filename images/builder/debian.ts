/** What is pinned of Debian, for every image, in this one place. */
export const debian = {
  /** As purls and scanners call it. */
  distribution: "debian-13",
  suite: "trixie",
  architecture: "amd64",
  /** No file of an image is newer, and images, layers and bills of materials say they were made then. */
  date: new Date("2026-11-01T00:00:00Z"),
  mirror: "http://deb.debian.org/debian",
  securityMirror: "http://deb.debian.org/debian-security",
} as const;

/** Seconds since 1970, as `SOURCE_DATE_EPOCH` has it. */
export const sourceDateEpoch = debian.date.getTime() / 1000;

/** Where debian-archive-keyring has Debian's keys; another distribution's apt trusts only its own. */
const signed = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]";

/**
 * The sources that packages come from. `NUSANTARA_DEBIAN_MIRROR` and `NUSANTARA_DEBIAN_SECURITY_MIRROR` name others: a
 * private mirror, or a snapshot that still has the versions of an old lock.
 */
export function sources(environment: NodeJS.ProcessEnv = process.env): string {
  const { NUSANTARA_DEBIAN_MIRROR: own = "", NUSANTARA_DEBIAN_SECURITY_MIRROR: ownSecurity = "" } = environment;
  const mirror = own === "" ? debian.mirror : own;
  const security = ownSecurity === "" ? debian.securityMirror : ownSecurity;
  const { suite } = debian;
  return [
    `deb ${signed} ${mirror} ${suite} main`,
    `deb ${signed} ${mirror} ${suite}-updates main`,
    `deb ${signed} ${security} ${suite}-security main`,
    "",
  ].join("\n");
}

/** What packages bring and no image has. Licences stay: they have to travel with the programs. */
export const excludedFromPackages: readonly string[] = [
  "/usr/share/doc/*/*",
  "/usr/share/info/*",
  "/usr/share/man/*",
  "/usr/share/locale/*",
  "/usr/share/lintian/*",
  "/usr/share/bash-completion/*",
  "/usr/share/i18n/*",
];
export const includedFromPackages: readonly string[] = ["/usr/share/doc/*/copyright"];

/**
 * What an installation leaves behind and no image has: state of the host, of apt, which the images are without, caches
 * and logs, and devices, which the runtime makes.
 */
export const excludedFromTree: readonly string[] = [
  "/dev/*",
  "/etc/apt/*",
  "/etc/dpkg/dpkg.cfg.d/99mmdebstrap",
  "/etc/group-",
  "/etc/gshadow-",
  "/etc/hostname",
  "/etc/machine-id",
  "/etc/passwd-",
  "/etc/resolv.conf",
  "/etc/shadow-",
  "/var/cache/*",
  "/var/lib/apt/*",
  "/var/lib/dpkg/*-old",
  "/var/log/*",
];
