/** Name of a city's cluster, and what the names of everything around it in AWS begin with. */
export const clusterNameOf = (city: string): string => `nusantara-${city}`;

/** Tags that bills are divided by; whoever pays sees city and part at once. */
export const costTags = (city: string): Readonly<Record<string, string>> => ({
  project: "nusantara",
  city,
  "managed-by": "pulumi",
});

/**
 * Names of a city's two roles that change DNS. The city makes them without rights, because the zones come after it; the
 * stack `global`, which has the zones, gives them rights to exactly these.
 */
export const dnsRoleNames = (city: string): { publisher: string; challenges: string } => ({
  publisher: `${clusterNameOf(city)}-external-dns`,
  challenges: `${clusterNameOf(city)}-cert-manager`,
});
